"""An automaton's arcs as index arrays, for passes over all of its paths at once.

Real grammars have few arcs for their states and symbols: an arc for each digit, none for most
letters. Arrays of arcs are several times smaller than tables of states and symbols.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from docextract.decoding._passes import Arcs


def list_arcs(table: NDArray[np.int32], final: NDArray[np.bool_]) -> Arcs:
    """The arcs of an automaton with S states, and its M cells.

    ``table`` (S, K) holds the next states, -1 for none; ``final`` (S,) where texts end.

    A cell is what a CTC path can stand on: the first S are the states, on a blank; the rest are
    pairs of a state and the symbol that led into it, state by state. ``states`` (M,) are the
    cells' states and ``columns`` (M,) their symbols as columns of folded masses: 0 the blank, then
    1 + symbol. ``flow`` holds, state by state, the cells one step leads to: the state itself on a
    blank, then its arcs' targets in the order of their symbols. ``led_to`` (S, 1 + K) is the cell
    each column leads to from a state, M for none.
    """
    size, width = table.shape
    source, symbol = np.nonzero(table >= 0)
    node, target = np.unique(table[source, symbol] * width + symbol, return_inverse=True)
    starts = np.append(np.searchsorted(source, np.arange(size)), len(source)) + np.arange(size + 1)
    flow = np.empty(size + len(source), np.int64)
    flow[starts[:-1]] = np.arange(size)
    flow[np.arange(len(source)) + source + 1] = target + size
    states = np.concatenate([np.arange(size), node // width])
    columns = np.concatenate([np.zeros(size, np.int64), node % width + 1])
    led_to = np.full((size, width + 1), len(states))
    led_to[source, symbol + 1] = target + size
    own = led_to[states[size:], columns[size:]]  # where the same symbol leads anew
    entered = size + np.searchsorted(states[size:], np.arange(size + 1))
    return Arcs(states, columns, flow, starts, led_to, own, entered, final)
