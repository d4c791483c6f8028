"""Best-first search over sets of texts whose bounds are exact masses."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from docextract.decoding._masses import ValidMasses
from docextract.decoding.ctc import Masses, collapse, forward, scan, spans
from docextract.decoding.grammar import Grammar

IntArray = NDArray[np.int64]
Text: TypeAlias = tuple[int, ...]  # columns of ValidMasses.probs: 1 + canonical symbol

# What rounding may have added to or taken from a difference of masses, as a share of them.
_ROUNDING = 1e-12
# A bound that beats the n-th best text by less than this share is rounding error or a tie.
_TIE = 1 + 1e-9
# A text below this share of the best one is not looked for; no confidence shows it. A check
# digit's rivals differ in two places, and to prove which is the fifth of them takes long.
NEGLIGIBLE = math.exp(-9)
# A blank this probable is taken for one when a likely text is looked for.
_SILENT = 0.9


class _Branch(NamedTuple):
    """All texts that start with ``prefix``; those not met yet weigh no more than ``bound``.

    ``weight`` is the mass of all of them. ``prefix`` led to ``cell`` most heavily at ``frame``.
    """

    bound: float
    order: int
    weight: np.floating
    prefix: Text
    cell: int
    frame: int


@dataclass(frozen=True, eq=False)
class _Prefixes:
    """P prefixes of some texts: the first ``sizes`` (P,) symbols of ``texts[owners]``.

    ``states`` they lead to, ``last`` symbols and what ``follows`` in the text, 0 for nothing.
    Forward masses after t frames, (T + 1, P) each.
    """

    texts: Sequence[Text]
    owners: IntArray
    sizes: IntArray
    states: IntArray
    last: IntArray
    follows: IntArray
    on_blank: Masses
    on_label: Masses

    def before(self, chosen: IntArray, symbols: IntArray) -> Masses:
        """The mass, before each frame, of paths that each symbol may follow, (T, W)."""
        before: Masses = self.on_blank[:-1].take(chosen, axis=1)
        apart = np.flatnonzero(self.last[chosen] != symbols)
        before[:, apart] += self.on_label[:-1].take(chosen[apart], axis=1)
        return before

    def text(self, p: int) -> Text:
        """The prefix at ``p`` itself."""
        return self.texts[int(self.owners[p])][: int(self.sizes[p])]


@dataclass(frozen=True, eq=False)
class _Exits:
    """How texts may leave prefixes: by which cell, at which frame most, and their mass, (B,)."""

    prefixes: IntArray
    cells: IntArray
    frames: IntArray
    weights: Masses


class _Edit(NamedTuple):
    """The guess up to ``at``, then ``symbol``, then the guess from ``tail`` on; its exit."""

    exit: int
    at: int
    symbol: int
    tail: int


class PrefixSearch:
    """Finds the most probable texts; ``best`` holds every text met so far and its exact mass.

    A set of texts is split by its likeliest one (Lawler 1972): the text itself, and for each of
    its prefixes and each symbol that leaves it there, the set of all texts that do so. A greedy
    guess is split first, and its neighbours' masses taken off the sets they are in: in a clear
    lattice nothing of weight is left. Texts of less mass than ``floor`` are not looked for.
    """

    def __init__(
        self, masses: ValidMasses, grammar: Grammar, nbest: int, floor: float = 0.0
    ) -> None:
        self._least = masses.total * 0 + floor
        self._masses, self._grammar, self._nbest = masses, grammar, nbest
        self._width = max(8, 2 * nbest)
        self._open: list[_Branch] = []
        self._order = count()
        self._floor = self._least
        self.best: dict[Text, np.floating] = {}

    def guess(self) -> Text:
        """A likely text to begin with."""
        text = tuple(collapse(self._masses.probs.argmax(axis=1), 0))
        if not self._grammar.accepts_labels(k - 1 for k in text):
            (text,) = self._completed([self._everything])
        return text

    def run(self, guess: Text, tables: tuple[Masses, Masses], limit: int) -> bool:
        """Search until nothing better can be open, or ``limit`` splits; True when proven.

        ``tables`` are those of the guess forwards and backwards, as ``forward_backward`` makes
        them for the guesses of many lines at once.
        """
        ahead, back = tables
        prefixes = self._prefixes([guess], [0], [ahead])
        exits = self._exits(prefixes, [self._masses.total])
        self._push(prefixes, exits, self._vary(guess, prefixes, exits, back))
        done = 0
        while branches := self._heaviest():
            if done >= limit:
                return False
            done += len(branches)
            self._split(branches)
        return True

    @property
    def floor(self) -> np.floating:
        """The mass below which a text is not among the best."""
        return self._floor

    def ranked(self) -> list[tuple[Text, np.floating]]:
        """The best texts and their masses, heaviest first, ties in order of text."""
        met = (item for item in self.best.items() if item[1] >= self._floor)
        return sorted(met, key=lambda item: (-item[1], item[0]))[: self._nbest]

    def _record(self, texts: Sequence[Text], masses: Sequence[np.floating]) -> None:
        self.best.update((t, m) for t, m in zip(texts, masses, strict=True) if m > 0)
        heaviest = heapq.nlargest(self._nbest, self.best.values())
        if heaviest:
            full = len(heaviest) == self._nbest
            self._floor = max(heaviest[0] * NEGLIGIBLE, heaviest[-1] * full, self._least)

    def _heaviest(self) -> list[_Branch]:
        size = min(self._width, len(self._open))
        heaviest = [heapq.heappop(self._open) for _ in range(size)]
        return [branch for branch in heaviest if -branch.bound > self._floor * _TIE]

    @property
    def _everything(self) -> _Branch:
        """All texts of the grammar."""
        return _Branch(0.0, 0, self._masses.total, (), 0, -1)

    def _split(self, branches: Sequence[_Branch]) -> None:
        texts = self._completed(branches)
        tables = forward(self._masses.probs, texts, 0)
        prefixes = self._prefixes(texts, [len(b.prefix) for b in branches], tables)
        exits = self._exits(prefixes, [b.weight for b in branches])
        self._push(prefixes, exits, exits.weights)

    def _completed(self, branches: Sequence[_Branch]) -> list[Text]:
        """A likely text of each: from where it stands, the heaviest step at every frame."""
        arcs, cells = self._grammar.arcs, self._masses.cells
        silent = (self._masses.probs[:, 0] > _SILENT).tolist()
        at = np.array([branch.cell for branch in branches])
        frames = np.array([branch.frame for branch in branches])
        every = np.arange(len(at))
        path = np.tile(at, (len(cells), 1))
        for t in range(int(frames.min()) + 1, len(cells)):
            onward = arcs.states.take(at)
            if not (silent[t] and cells[t].take(onward).all()):
                steps = arcs.successors.take(at, axis=0)
                onward = steps[every, cells[t].take(steps).argmax(axis=1)]
            at = np.where(frames < t, onward, at)
            path[t] = at
        labels = arcs.columns[path]
        return [
            (*branch.prefix[:-1], *collapse(labels[max(branch.frame, 0) :, w], 0))
            for w, branch in enumerate(branches)
        ]

    def _prefixes(
        self, texts: Sequence[Text], first: Sequence[int], tables: Sequence[Masses]
    ) -> _Prefixes:
        """The prefixes of texts from a ``first`` size on; ``tables`` are the texts' own."""
        rows = self._grammar.rows
        found = []
        for owner, (text, start) in enumerate(zip(texts, first, strict=True)):
            state = 0
            for size, (last, follows) in enumerate(pairwise((0, *text, 0))):
                state = rows[state][last - 1] if size else 0
                if size >= start:
                    found.append((owner, size, state, last, follows))
        halves = [
            (t[:, 2 * i :: 2], _on_labels(t)[:, i:]) for t, i in zip(tables, first, strict=True)
        ]
        on_blank, on_label = (np.concatenate(half, axis=1) for half in zip(*halves, strict=True))
        owners, sizes, states, lasts, nexts = np.array(found).T
        return _Prefixes(texts, owners, sizes, states, lasts, nexts, on_blank, on_label)

    def _exits(self, prefixes: _Prefixes, weights: Sequence[np.floating]) -> _Exits:
        """Record the prefixes that are texts, and list how else texts may leave them.

        Where too little leaves a prefix for any text to matter, its exits are left out;
        ``weights`` is the mass of all texts behind the first prefix of each text.
        """
        arcs, cells = self._grammar.arcs, self._masses.cells
        ends = np.flatnonzero(self._grammar.final[prefixes.states])
        leaving = np.zeros(len(prefixes.states), cells.dtype)
        leaving[ends] = prefixes.on_blank[-1, ends] + prefixes.on_label[-1, ends]
        self._record([prefixes.text(p) for p in ends.tolist()], list(leaving[ends]))
        every = np.arange(len(leaving))
        goes_on = arcs.led_to[prefixes.states, prefixes.follows]
        before = prefixes.before(every, prefixes.follows)
        onward = np.einsum("tp,tp->p", before, cells.take(goes_on, axis=1))
        through = np.empty_like(onward)
        through[1:] = onward[:-1]
        through[np.flatnonzero(np.diff(prefixes.owners, prepend=-1))] = weights
        rest = through * (1 + _ROUNDING) - onward - leaving
        wide = np.flatnonzero(rest > self._floor * _TIE)
        sizes = arcs.sizes[prefixes.states[wide]] - 1  # a blank goes nowhere
        columns = np.repeat(wide, sizes)
        firsts = arcs.starts[prefixes.states[wide]] + 1 - (np.cumsum(sizes) - sizes)
        exits = arcs.flow[np.arange(len(columns)) + np.repeat(firsts, sizes)]
        other = exits != goes_on[columns]
        columns, exits = columns[other], exits[other]
        masses = prefixes.before(columns, arcs.columns[exits])
        masses *= cells.take(exits, axis=1)
        frames = masses.argmax(axis=0) if len(masses) else exits
        return _Exits(columns, exits, frames, masses.sum(axis=0))

    def _vary(self, text: Text, prefixes: _Prefixes, exits: _Exits, back: Masses) -> Masses:
        """Score the likeliest single edits of ``text``; the bounds on what else takes each exit."""
        arcs, grammar = self._grammar.arcs, self._grammar
        bounds = exits.weights * (1 + _ROUNDING)
        edits: dict[Text, _Edit] = {}
        for chosen in self._largest(exits.weights, self._width):
            at, cell = int(exits.prefixes[chosen]), int(exits.cells[chosen])
            symbol, state = int(arcs.columns[cell]), int(arcs.states[cell])
            for tail in (at + 1, at, at + 2):
                if grammar.accepts_labels((k - 1 for k in text[tail:]), state):
                    edits[(*text[:at], symbol, *text[tail:])] = _Edit(chosen, at, symbol, tail)
        if not edits:
            return bounds
        scores = self._edit_masses(text, prefixes, list(edits.values()), back)
        self._record(list(edits), list(scores))
        for edit, score in zip(edits.values(), scores, strict=True):
            bounds[edit.exit] -= score
        return bounds

    def _edit_masses(
        self, text: Text, prefixes: _Prefixes, edits: Sequence[_Edit], back: Masses
    ) -> Masses:
        """The mass of each edit: what leads to its symbol, the symbol, and what may follow."""
        probs = self._masses.probs
        symbols = np.array([edit.symbol for edit in edits])
        entering = prefixes.before(np.array([edit.at for edit in edits]), symbols)
        on_symbol = scan(entering * probs[:, symbols], spans(probs), symbols)
        left = np.array([max(len(text) - edit.tail, 0) for edit in edits])
        follows = back[-2::-1].take(2 * left, axis=1)
        apart = [i for i, e in enumerate(edits) if e.tail < len(text) and text[e.tail] != e.symbol]
        follows[:, apart] += back[-2::-1].take(2 * left[apart] - 1, axis=1)
        scores: Masses = np.einsum("te,te->e", on_symbol, follows)
        return scores

    @staticmethod
    def _largest(weights: Masses, n: int) -> Iterator[int]:
        chosen = np.argpartition(-weights, n)[:n] if n < weights.size else np.arange(weights.size)
        yield from chosen[weights[chosen] > 0].tolist()

    def _push(self, prefixes: _Prefixes, exits: _Exits, bounds: Masses) -> None:
        """Open the exits that may still lead to one of the n best."""
        able = np.flatnonzero(bounds > self._floor * _TIE)
        owners, cells = exits.prefixes[able].tolist(), exits.cells[able]
        symbols = self._grammar.arcs.columns[cells].tolist()
        steps = zip(owners, symbols, cells.tolist(), exits.frames[able].tolist(), strict=True)
        masses = zip(-bounds[able], exits.weights[able], strict=True)
        for (owner, symbol, cell, frame), (bound, weight) in zip(steps, masses, strict=True):
            prefix = (*prefixes.text(owner), symbol)
            branch = _Branch(bound, next(self._order), weight, prefix, cell, frame)
            heapq.heappush(self._open, branch)


def _on_labels(table: Masses) -> Masses:
    """The masses on each label of a forward table, behind a column of zeros for no label."""
    on_labels = np.zeros((len(table), table.shape[1] // 2 + 1), table.dtype)
    on_labels[:, 1:] = table[:, 1::2]
    return on_labels
