"""Best-first search over prefixes whose bounds are exact masses."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from docextract.decoding._masses import ValidMasses
from docextract.decoding.ctc import Masses, collapse, forward
from docextract.decoding.grammar import Grammar

Text: TypeAlias = tuple[int, ...]  # columns of ValidMasses.probs: 1 + canonical symbol

# What rounding may have added to or taken from a difference of masses, as a share of them.
_ROUNDING = 1e-12
# A bound that beats the n-th best text by less than this share is rounding error or a tie.
_TIE = 1 + 1e-9


@dataclass(frozen=True, eq=False)
class _Prefixes:
    """W prefixes: their texts, states and forward masses after t frames, (T + 1, W) each."""

    texts: Sequence[Text]
    states: NDArray[np.int64]
    on_blank: Masses
    on_label: Masses


class _Branch(NamedTuple):
    """All texts that continue prefix ``column`` with ``symbol``; none outweighs ``bound``."""

    bound: float
    order: int
    prefixes: _Prefixes
    column: int
    symbol: int


class PrefixSearch:
    """Finds the most probable texts; ``best`` holds every text met so far and its exact mass.

    A greedy guess, its neighbours and their masses come first: in a clear lattice they prove
    themselves best at once. What they leave open is searched by beams, each beam from the
    heaviest open branches down (beam-stack search, Zhou & Hansen 2005).
    """

    def __init__(self, masses: ValidMasses, grammar: Grammar, nbest: int) -> None:
        self._masses, self._grammar, self._nbest = masses, grammar, nbest
        self._width = max(16, 2 * nbest)
        self._open: list[_Branch] = []
        self._order = count()
        self._floor = masses.total * 0
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
        """The mass of the n-th best text so far; zero while there are fewer."""
        return self._floor

    def ranked(self) -> list[tuple[Text, np.floating]]:
        """The best texts and their masses, heaviest first, ties in order of text."""
        order = sorted(self.best.items(), key=lambda item: (-item[1], item[0]))
        return order[: self._nbest]

    def _record(self, texts: Sequence[Text], masses: Sequence[np.floating]) -> None:
        self.best.update((t, m) for t, m in zip(texts, masses, strict=True) if m > 0)
        if len(self.best) >= self._nbest:
            self._floor = heapq.nlargest(self._nbest, self.best.values())[-1]

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
        table = forward(probs, [text], 0)[0]
        prefixes = self._prefixes_of(text, table)
        self._record_ends(prefixes)
        bounds = self._bounds(prefixes)
        bounds[np.arange(len(text)), np.array(text, int) - 1] = 0
        self._vary(text, prefixes, bounds)
        for branch in self._branches(prefixes, bounds):
            heapq.heappush(self._open, branch)

    def _likely_text(self) -> Text:
        """Follow the heaviest step at every frame, down to a valid text."""
        step, stay, rows = self._masses.step, self._masses.stay, self._grammar.rows
        state = last = 0
        path = []
        for t in range(len(step)):
            weights = step[t, state].copy()
            if last:
                weights[last] = stay[t, state, last]
            chosen = int(weights.argmax())
            if chosen and chosen != last:
                state = rows[state][chosen - 1]
            last = chosen
            path.append(chosen)
        return tuple(collapse(np.array(path, np.int64), 0))

    def _prefixes_of(self, text: Text, table: Masses) -> _Prefixes:
        states = [0]
        for k in text:
            states.append(self._grammar.rows[states[-1]][k - 1])
        on_label = np.zeros((len(table), len(states)), table.dtype)
        on_label[:, 1:] = table[:, 1::2]
        texts = [text[:i] for i in range(len(states))]
        return _Prefixes(texts, np.array(states), table[:, ::2], on_label)

    def _bounds(self, prefixes: _Prefixes) -> Masses:
        """The mass of all valid texts that go on from each prefix by each symbol, (W, K)."""
        step = self._masses.step.take(prefixes.states, axis=1)[:, :, 1:]
        on_blank = prefixes.on_blank[:-1]
        bounds: Masses = np.einsum("tw,twk->wk", on_blank + prefixes.on_label[:-1], step)
        column = [w for w, text in enumerate(prefixes.texts) if text]
        again = [prefixes.texts[w][-1] - 1 for w in column]
        bounds[column, again] = np.einsum("tw,tw->w", on_blank[:, column], step[:, column, again])
        return bounds

    def _vary(self, text: Text, prefixes: _Prefixes, bounds: Masses) -> None:
        """Score the likeliest single edits of ``text`` and take their masses off the bounds."""
        edits: dict[Text, tuple[int, int]] = {}
        for at, symbol in self._largest(bounds, self._nbest + 1):
            state = self._grammar.rows[prefixes.states[at]][symbol - 1]
            for tail in (text[at + 1 :], text[at:], text[at + 2 :]):
                if self._grammar.accepts_labels((k - 1 for k in tail), state):
                    edits[(*text[:at], symbol, *tail)] = at, symbol
        tables = forward(self._masses.probs, list(edits), 0)
        scores = [table[-1, -2:].sum() for table in tables]
        self._record(list(edits), scores)
        bounds *= 1 + _ROUNDING
        for (at, symbol), score in zip(edits.values(), scores, strict=True):
            bounds[at, symbol - 1] -= score

    @staticmethod
    def _largest(bounds: Masses, n: int) -> Iterator[tuple[int, int]]:
        flat = bounds.ravel()
        chosen = np.argpartition(-flat, n)[:n] if n < flat.size else np.arange(flat.size)
        for cell in chosen[flat[chosen] > 0].tolist():
            yield cell // bounds.shape[1], cell % bounds.shape[1] + 1

    def _branches(self, prefixes: _Prefixes, bounds: Masses) -> list[_Branch]:
        """The branches that may still hold one of the n best, heaviest first."""
        columns, symbols = np.nonzero(bounds > self._floor * _TIE)
        weights = bounds[columns, symbols]
        heaviest = np.argsort(-weights, kind="stable")
        return [
            _Branch(-weights[i], next(self._order), prefixes, int(columns[i]), int(symbols[i]) + 1)
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
        before = np.array([self._before(b) for b in beam]).T
        on_label, on_blank = np.zeros((2, len(probs) + 1, len(beam)), probs.dtype)
        on_label[1:] = self._scan(before * probs[:, symbols], symbols)
        on_blank[1:] = self._scan(on_label[:-1] * probs[:, :1], np.zeros_like(symbols))
        texts = [(*b.prefixes.texts[b.column], b.symbol) for b in beam]
        states = [rows[b.prefixes.states[b.column]][b.symbol - 1] for b in beam]
        return _Prefixes(texts, np.array(states), on_blank, on_label)

    @staticmethod
    def _before(branch: _Branch) -> Masses:
        """The mass, before each frame, of paths that the branch's symbol may follow, (T,)."""
        parent, column = branch.prefixes, branch.column
        on_blank = parent.on_blank[:-1, column]
        if parent.texts[column][-1:] == (branch.symbol,):
            return on_blank
        return on_blank + parent.on_label[:-1, column]

    def _scan(self, entering: Masses, symbols: NDArray[np.int64]) -> Masses:
        """Solve y[t] = probs[t, symbol] y[t - 1] + entering[t] in log2 T array steps."""
        for level, decay in enumerate(self._decays):
            span = 1 << level
            entering[span:] += decay[span:].take(symbols, axis=1) * entering[:-span]
        return entering

    @cached_property
    def _decays(self) -> list[Masses]:
        """The products of each column over 1, 2, 4, ... frames up to and with frame t."""
        decays = [self._masses.probs]
        while 1 << len(decays) < len(decays[0]):
            span = 1 << (len(decays) - 1)
            product = decays[-1].copy()
            product[span:] *= decays[-1][:-span]
            decays.append(product)
        return decays
