"""Best-first search over sets of texts whose bounds are exact masses."""

from __future__ import annotations

import heapq
import math
from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from docextract.decoding._masses import ValidMasses
from docextract.decoding._passes import edited
from docextract.decoding.ctc import Masses, collapse, forward
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


class _Branch(NamedTuple):
    """All texts that start with ``prefix``; those not met yet weigh no more than ``bound``.

    ``weight`` is the mass of all of them. ``prefix`` led to ``cell`` most heavily at ``frame``.
    """

    bound: np.floating
    order: int
    weight: np.floating
    prefix: Text
    cell: int
    frame: int


class _Exits(NamedTuple):
    """How texts may leave a text: behind how many symbols, by which cell, at which frame most,
    and their mass, (B,) each."""

    sizes: IntArray
    cells: IntArray
    frames: IntArray
    weights: Masses


class _Edit(NamedTuple):
    """A text up to ``at``, then ``symbol``, then the text from ``tail`` on; by which exit."""

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
        self._tried = max(8, 2 * nbest)
        self._open: list[_Branch] = []
        self._order = count()
        self._floor = self._least
        self._heaviest: list[np.floating] = []  # the n best masses, lightest first
        self.best: dict[Text, np.floating] = {}

    def run(self, limit: int) -> bool:
        """Search until nothing better can be open, or ``limit`` splits; True when proven."""
        probs = self._masses.probs
        guess = self._guess()
        (table,) = forward(probs, [guess], 0)
        exits = self._exits(guess, table, 0, self._masses.total)
        (back,) = forward(probs[::-1], [guess[::-1]], 0)
        self._push(guess, exits, self._vary(guess, exits, table, back))
        for _ in range(limit):
            branch = self._next()
            if branch is None:
                return True
            self._split(branch)
        return self._next() is None

    @property
    def floor(self) -> np.floating:
        """The mass below which a text is not among the best."""
        return self._floor

    def ranked(self) -> list[tuple[Text, np.floating]]:
        """The best texts and their masses, heaviest first, ties in order of text."""
        met = (item for item in self.best.items() if item[1] >= self._floor)
        return sorted(met, key=lambda item: (-item[1], item[0]))[: self._nbest]

    def _guess(self) -> Text:
        """A likely text to begin with."""
        text = tuple(collapse(self._masses.probs.argmax(axis=1), 0))
        if self._grammar.accepts_labels(k - 1 for k in text):
            return text
        return self._completed((), 0, -1)

    def _record(self, texts: Iterable[tuple[Text, np.floating]]) -> None:
        for text, mass in texts:
            if mass > 0 and text not in self.best:
                self.best[text] = mass
                insort(self._heaviest, mass)
        del self._heaviest[: -self._nbest]
        if self._heaviest:
            full = len(self._heaviest) == self._nbest
            nth = self._heaviest[0] * full
            self._floor = max(self._heaviest[-1] * NEGLIGIBLE, nth, self._least)

    def _next(self) -> _Branch | None:
        """The branch that may hold the heaviest text not met yet."""
        if self._open and -self._open[0].bound > self._floor * _TIE:
            return heapq.heappop(self._open)
        return None

    def _split(self, branch: _Branch) -> None:
        text = self._completed(branch.prefix[:-1], branch.cell, branch.frame)
        (table,) = forward(self._masses.probs, [text], 0)
        exits = self._exits(text, table, len(branch.prefix), branch.weight)
        self._push(text, exits, exits.weights)

    def _completed(self, prefix: Text, cell: int, frame: int) -> Text:
        """A likely text that goes on from a cell: the heaviest step at every frame."""
        columns = self._grammar.arcs.heaviest(self._masses.cells, cell, frame)
        return (*prefix, *collapse(columns, 0))

    def _exits(self, text: Text, table: Masses, first: int, weight: np.floating) -> _Exits:
        """Record the prefixes of ``text`` that are texts, and list how else texts may leave it.

        ``table`` is the forward table of the text, ``weight`` the mass of all texts that share its
        ``first`` symbols, before which none may leave.
        """
        probs = self._masses.probs
        limits = np.array([weight, self._floor * _TIE], probs.dtype)
        (sizes, masses), exits = self._grammar.arcs.leave(
            probs, self._masses.cells, table, np.array(text, np.int64), first, limits
        )
        self._record((text[:size], m) for size, m in zip(sizes.tolist(), masses, strict=True))
        return _Exits(*exits)

    def _vary(self, text: Text, exits: _Exits, table: Masses, back: Masses) -> Masses:
        """Score the likeliest single edits of ``text``; the bounds on what else takes each exit."""
        arcs, grammar = self._grammar.arcs, self._grammar
        bounds = exits.weights * (1 + _ROUNDING)
        edits: dict[Text, _Edit] = {}
        for chosen in self._largest(exits.weights):
            at, cell = int(exits.sizes[chosen]), int(exits.cells[chosen])
            symbol, state = int(arcs.columns[cell]), int(arcs.states[cell])
            for tail in (at + 1, at, at + 2):
                if grammar.accepts_labels((k - 1 for k in text[tail:]), state):
                    edits[(*text[:at], symbol, *text[tail:])] = _Edit(chosen, at, symbol, tail)
        if not edits:
            return bounds
        taken, *places = np.array(list(edits.values())).T.copy()
        scores = edited(self._masses.probs, table, back, np.array(text, np.int64), *places)
        self._record(zip(edits, scores, strict=True))
        np.subtract.at(bounds, taken, scores)
        return bounds

    def _largest(self, weights: Masses) -> Iterator[int]:
        n = self._tried
        chosen = np.argpartition(-weights, n)[:n] if n < weights.size else np.arange(weights.size)
        yield from chosen[weights[chosen] > 0].tolist()

    def _push(self, text: Sequence[int], exits: _Exits, bounds: Masses) -> None:
        """Open the exits that may still lead to one of the n best."""
        able = np.flatnonzero(bounds > self._floor * _TIE)
        cells = exits.cells[able]
        symbols = self._grammar.arcs.columns[cells].tolist()
        steps = zip(exits.sizes[able].tolist(), symbols, cells.tolist(), strict=True)
        masses = zip(-bounds[able], exits.weights[able], exits.frames[able].tolist(), strict=True)
        for (size, symbol, cell), (bound, weight, frame) in zip(steps, masses, strict=True):
            branch = _Branch(bound, next(self._order), weight, (*text[:size], symbol), cell, frame)
            heapq.heappush(self._open, branch)
