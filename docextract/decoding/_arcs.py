"""An automaton's arcs as index arrays, for passes over all of its paths at once.

Real grammars have few arcs for their states and symbols: an arc for each digit, none for most
letters. Arrays of arcs are several times smaller than tables of states and symbols.
"""

from __future__ import annotations

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
    def padded_columns(self) -> IntArray:
        """``columns`` and one more, for tables of all cells and an empty one behind them."""
        return np.append(self.columns, 0)

    @cached_property
    def sizes(self) -> IntArray:
        """How many steps lead out of each state, (S,)."""
        return np.diff(self.starts, append=len(self.flow))

    @cached_property
    def successors(self) -> NDArray[np.int32]:
        """The cells that each cell may step to; itself stands in for those it lacks."""
        cells = np.arange(len(self.states), dtype=np.int32)[:, None]
        anew = np.concatenate([np.full(len(self.starts), -1), self.own])[:, None]
        steps = self.table.astype(np.int32).take(self.states, axis=0)
        np.copyto(steps, cells, where=(steps == anew) | (steps == len(cells)))
        return steps

    @cached_property
    def table(self) -> IntArray:
        """Each state's ``flow`` as a row, filled up with M, at least once."""
        rows = np.full((len(self.starts), int(self.sizes.max()) + 1), len(self.states))
        rows[np.arange(rows.shape[1]) < self.sizes[:, None]] = self.flow
        return rows

    @cached_property
    def around_own(self) -> tuple[IntArray, IntArray]:
        """For each cell on a symbol, where sums of the table's rows leave out ``own``.

        They are flat indices into sums of the first 0, 1, ... steps of each row, and of the last.
        """
        row = self.states[len(self.starts) :]
        own = (self.table[row] == self.own[:, None]).argmax(axis=1)
        width = self.table.shape[1]
        return row * (width + 1) + own, row * (width + 1) + width - 1 - own

    @cached_property
    def follows(self) -> NDArray[np.float64]:
        """1 where a cell (row) may be followed by a cell (column), itself included, (M, M)."""
        size = len(self.states)
        matrix = np.zeros((size, size + 1))
        matrix[np.arange(size)[:, None], self.table[self.states]] = 1
        on_symbol = np.arange(len(self.starts), size)
        matrix[on_symbol, self.own] = 0
        matrix[on_symbol, on_symbol] = 1
        return matrix[:, :-1].copy()


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
