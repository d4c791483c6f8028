"""Best-first search over prefixes whose bounds are exact masses."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from docextract.decoding._masses import ValidMasses
from docextract.decoding.ctc import Masses, collapse, forward_backward, scan, spans
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


@dataclass(frozen=True, eq=False)
class _Prefixes:
    """W prefixes: their texts, states and forward masses after t frames, (T + 1, W) each."""

    texts: Sequence[Text]
    states: IntArray
    on_blank: Masses
    on_label: Masses


@dataclass(frozen=True, eq=False)
class _Bounds:
    """How prefixes may go on: the mass of all valid texts behind each column and symbol, (B,)."""

    columns: IntArray
    symbols: IntArray
    weights: Masses


class _Branch(NamedTuple):
    """All texts that continue prefix ``column`` with ``symbol``; none outweighs ``bound``."""

    bound: float
    order: int
    prefixes: _Prefixes
    column: int
    symbol: int


class _Edit(NamedTuple):
    """The guess up to ``at``, then ``symbol``, then the guess from ``tail`` on; its bound."""

    bound: int
    at: int
    symbol: int
    tail: int


class PrefixSearch:
    """Finds the most probable texts; ``best`` holds every text met so far and its exact mass.

    A greedy guess, its neighbours and their masses come first: in a clear lattice they prove
    themselves best at once. What they leave open is searched by beams, each beam from the
    heaviest open branches down (beam-stack search, Zhou & Hansen 2005). Texts of less mass than
    ``floor`` are not looked for.
    """

    def __init__(
        self, masses: ValidMasses, grammar: Grammar, nbest: int, floor: float = 0.0
    ) -> None:
        self._least = masses.total * 0 + floor
        self._masses, self._grammar, self._nbest = masses, grammar, nbest
        self._width = max(16, 2 * nbest)
        self._open: list[_Branch] = []
        self._order = count()
        self._floor = self._least
        self.best: dict[Text, np.floating] = {}

    def run(self, limit: int) -> bool:
        """Search until nothing better can be open, or ``limit`` prefixes; True when proven."""
        self._guess()
        beam: list[_Branch] = []
        expanded = 0
        while beam := self._promising(beam) or self._heaviest():
            if expanded >= limit:
                return False
            expanded += len(beam)
            beam = self._advance(beam)
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

    def _record_ends(self, prefixes: _Prefixes) -> None:
        ends = np.flatnonzero(self._grammar.final[prefixes.states])
        masses = prefixes.on_blank[-1, ends] + prefixes.on_label[-1, ends]
        self._record([prefixes.texts[w] for w in ends.tolist()], list(masses))

    def _guess(self) -> None:
        """Score a likely text and its likeliest variants; open every branch off the text."""
        probs = self._masses.probs
        text = tuple(collapse(probs.argmax(axis=1), 0))
        if not self._grammar.accepts_labels(k - 1 for k in text):
            text = self._likely_text()
        ahead, back = forward_backward(probs, text, 0)
        prefixes = self._prefixes_of(text, ahead)
        self._record_ends(prefixes)
        bounds = self._bounds(prefixes)
        guessed = np.array([*text, 0])[bounds.columns] == bounds.symbols
        bounds.weights[guessed] = 0
        self._vary(text, prefixes, bounds, back)
        for branch in self._branches(prefixes, bounds):
            heapq.heappush(self._open, branch)

    def _likely_text(self) -> Text:
        """Follow the heaviest step at every frame, down to a valid text."""
        arcs = self._grammar.arcs
        at = 0
        path = []
        for cells_t in self._masses.cells:
            steps = arcs.steps[int(arcs.states[at])]
            if at >= len(arcs.starts):  # on a symbol, which may stay, but not come anew
                own = int(arcs.own[at - len(arcs.starts)])
                steps = [at, *(cell for cell in steps if cell != own)]
            at = steps[int(cells_t[steps].argmax())]
            path.append(int(arcs.columns[at]))
        return tuple(collapse(np.array(path, np.int64), 0))

    def _prefixes_of(self, text: Text, table: Masses) -> _Prefixes:
        states = [0]
        for k in text:
            states.append(self._grammar.rows[states[-1]][k - 1])
        on_label = np.zeros((len(table), len(states)), table.dtype)
        on_label[:, 1:] = table[:, 1::2]
        texts = [text[:i] for i in range(len(states))]
        return _Prefixes(texts, np.array(states), table[:, ::2], on_label)

    def _bounds(self, prefixes: _Prefixes) -> _Bounds:
        """The mass of all valid texts that go on from each prefix by each symbol."""
        arcs = self._grammar.arcs
        sizes = arcs.sizes[prefixes.states] - 1  # a blank goes nowhere
        columns = np.repeat(np.arange(len(sizes)), sizes)
        first = arcs.starts[prefixes.states] + 1 - (np.cumsum(sizes) - sizes)
        cells = arcs.flow[np.arange(len(columns)) + first[columns]]
        symbols = arcs.columns[cells]
        last = np.array([text[-1] if text else 0 for text in prefixes.texts])
        before = (prefixes.on_blank[:-1] + prefixes.on_label[:-1]).take(columns, axis=1)
        again = np.flatnonzero(last[columns] == symbols)
        before[:, again] = prefixes.on_blank[:-1, columns[again]]
        weights = np.einsum("tb,tb->b", before, self._masses.cells.take(cells, axis=1))
        return _Bounds(columns, symbols, weights)

    def _vary(self, text: Text, prefixes: _Prefixes, bounds: _Bounds, back: Masses) -> None:
        """Score the likeliest single edits of ``text`` and take their masses off the bounds."""
        edits: dict[Text, _Edit] = {}
        for bound in self._largest(bounds.weights, self._nbest + 1):
            at, symbol = int(bounds.columns[bound]), int(bounds.symbols[bound])
            state = self._grammar.rows[prefixes.states[at]][symbol - 1]
            for tail in (at + 1, at, at + 2):
                if self._grammar.accepts_labels((k - 1 for k in text[tail:]), state):
                    edits[(*text[:at], symbol, *text[tail:])] = _Edit(bound, at, symbol, tail)
        if not edits:
            return
        scores = self._edit_masses(text, prefixes, list(edits.values()), back)
        self._record(list(edits), list(scores))
        np.multiply(bounds.weights, 1 + _ROUNDING, bounds.weights)
        for edit, score in zip(edits.values(), scores, strict=True):
            bounds.weights[edit.bound] -= score

    def _edit_masses(
        self, text: Text, prefixes: _Prefixes, edits: Sequence[_Edit], back: Masses
    ) -> Masses:
        """The mass of each edit: what leads to its symbol, the symbol, and what may follow."""
        symbols = np.array([edit.symbol for edit in edits])
        entering = self._before(prefixes, [edit.at for edit in edits], symbols)
        on_symbol = scan(entering * self._masses.probs[:, symbols], self._spans, symbols)
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

    def _branches(self, prefixes: _Prefixes, bounds: _Bounds) -> list[_Branch]:
        """The branches that may still hold one of the n best, heaviest first."""
        able = np.flatnonzero(bounds.weights > self._floor * _TIE)
        heaviest = able[np.argsort(-bounds.weights[able], kind="stable")]
        return [
            _Branch(
                -bounds.weights[i],
                next(self._order),
                prefixes,
                int(bounds.columns[i]),
                int(bounds.symbols[i]),
            )
            for i in heaviest
        ]

    def _promising(self, beam: list[_Branch]) -> list[_Branch]:
        return [branch for branch in beam if -branch.bound > self._floor * _TIE]

    def _heaviest(self) -> list[_Branch]:
        size = min(self._width, len(self._open))
        return self._promising([heapq.heappop(self._open) for _ in range(size)])

    def _advance(self, beam: list[_Branch]) -> list[_Branch]:
        """Turn branches into prefixes, record their texts, and return the next beam."""
        prefixes = self._grow(beam)
        self._record_ends(prefixes)
        branches = self._branches(prefixes, self._bounds(prefixes))
        for branch in branches[self._width :]:
            heapq.heappush(self._open, branch)
        return branches[: self._width]

    def _grow(self, beam: list[_Branch]) -> _Prefixes:
        probs, rows = self._masses.probs, self._grammar.rows
        symbols = np.array([b.symbol for b in beam])
        before = np.concatenate(
            [self._before(b.prefixes, [b.column], np.array([b.symbol])) for b in beam], axis=1
        )
        on_label, on_blank = np.zeros((2, len(probs) + 1, len(beam)), probs.dtype)
        on_label[1:] = scan(before * probs[:, symbols], self._spans, symbols)
        silent = np.zeros_like(symbols)
        on_blank[1:] = scan(on_label[:-1] * probs[:, :1], self._spans, silent)
        texts = [(*b.prefixes.texts[b.column], b.symbol) for b in beam]
        states = [rows[b.prefixes.states[b.column]][b.symbol - 1] for b in beam]
        return _Prefixes(texts, np.array(states), on_blank, on_label)

    @staticmethod
    def _before(prefixes: _Prefixes, columns: Sequence[int], symbols: IntArray) -> Masses:
        """The mass, before each frame, of paths that each symbol may follow, (T, W)."""
        before: Masses = prefixes.on_blank[:-1].take(columns, axis=1)
        apart = [
            i
            for i, (column, symbol) in enumerate(zip(columns, symbols.tolist(), strict=True))
            if prefixes.texts[column][-1:] != (symbol,)
        ]
        before[:, apart] += prefixes.on_label[:-1, [columns[i] for i in apart]]
        return before

    @cached_property
    def _spans(self) -> list[Masses]:
        return spans(self._masses.probs)
