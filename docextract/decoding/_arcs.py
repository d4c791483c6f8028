"""An automaton's arcs as index arrays, for passes over all of its paths at once.

Real grammars have few arcs for their states and symbols: an arc for each digit, none for most
letters. Arrays of arcs are several times smaller than tables of states and symbols.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Arcs:
    """The arcs of an automaton with S states, and its M cells.

    A cell is what a CTC path can stand on: the first S are the states, on a blank; the rest are
    pairs of a state and the symbol that led into it. ``states`` (M,) are the cells' states and
    ``columns`` (M,) their symbols as columns of folded masses: 0 the blank, then 1 + symbol.

    ``flow`` holds, state by state from ``starts`` (S,) on, the cells one step leads to: the state
    itself on a blank, then its arcs' targets in the order of their symbols. ``led_to``
    (S, 1 + K) is the cell each column leads to from a state, and ``own`` (M - S,), for each cell
    on a symbol, the one that the same symbol leads to anew; M for none, as for blanks.
    """

    states: IntArray
    columns: IntArray
    flow: IntArray
    starts: IntArray
    led_to: IntArray
    own: IntArray

    @cached_property
    def sizes(self) -> IntArray:
        """How many steps lead out of each state, (S,)."""
        return np.diff(self.starts, append=len(self.flow))

    @cached_property
    def steps(self) -> list[list[int]]:
        """``flow`` as lists, a list for each state."""
        bounds = [*self.starts.tolist(), len(self.flow)]
        flow = self.flow.tolist()
        return [flow[a:b] for a, b in itertools.pairwise(bounds)]

    def steps_from(self, cells: IntArray) -> IntArray:
        """The cells that each of ``cells`` may step to; itself stands in for those it lacks."""
        steps = self._padded_flow.take(self.states[cells], axis=0)
        np.copyto(steps, cells[:, None], where=steps == self._own_anew[cells, None])
        steps[:, -1] = cells
        return steps

    @cached_property
    def _padded_flow(self) -> IntArray:
        """Each state's ``flow``, and then itself on a blank."""
        padded = np.tile(np.arange(len(self.starts))[:, None], (1, int(self.sizes.max()) + 1))
        padded[np.arange(padded.shape[1]) < self.sizes[:, None]] = self.flow
        return padded

    @cached_property
    def _own_anew(self) -> IntArray:
        return np.concatenate([np.full(len(self.starts), -1), self.own])

    @cached_property
    def follows(self) -> NDArray[np.float64]:
        """1 where a cell (row) may be followed by a cell (column), itself included, (M, M)."""
        size = len(self.states)
        matrix = np.zeros((size, size + 1))
        matrix[np.repeat(np.arange(size), self.sizes[self.states]), self._all_steps] = 1
        on_symbol = np.arange(len(self.starts), size)
        matrix[on_symbol, self.own] = 0
        matrix[on_symbol, on_symbol] = 1
        return matrix[:, :-1].copy()

    @property
    def _all_steps(self) -> IntArray:
        return np.array([cell for s in self.states.tolist() for cell in self.steps[s]], np.int64)

    @cached_property
    def others(self) -> tuple[IntArray, IntArray]:
        """All steps from each cell on a symbol but its own symbol anew, and where each starts."""
        size = len(self.starts)
        steps = [
            [cell for cell in self.steps[state] if cell != own]
            for state, own in zip(self.states[size:].tolist(), self.own.tolist(), strict=True)
        ]
        starts = np.cumsum([0, *map(len, steps)])[:-1]
        return np.array([cell for row in steps for cell in row], np.int64), starts


def list_arcs(table: NDArray[np.int32]) -> Arcs:
    """The arcs of a table (S, K) of next states, -1 for none."""
    size = len(table)
    source, symbol = np.nonzero(table >= 0)
    node, target = np.unique(symbol * size + table[source, symbol], return_inverse=True)
    starts = np.searchsorted(source, np.arange(size)) + np.arange(size)
    flow = np.empty(size + len(source), np.int64)
    flow[starts] = np.arange(size)
    flow[np.arange(len(source)) + source + 1] = target + size
    states = np.concatenate([np.arange(size), node % size])
    columns = np.concatenate([np.zeros(size, np.int64), node // size + 1])
    led_to = np.full((size, table.shape[1] + 1), len(states))
    led_to[source, symbol + 1] = target + size
    own = led_to[states[size:], columns[size:]]
    return Arcs(states, columns, flow, starts, led_to, own)
