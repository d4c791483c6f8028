"""A sorted list of texts as a trie: a node is a range of rows, so the trie needs no nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Level:
    """All nodes of one depth in order: rows [start, stop), and the symbol that leads to each."""

    starts: IntArray
    stops: IntArray
    symbols: IntArray

    def take(self, chosen: IntArray | NDArray[np.bool_]) -> Level:
        """Some of the nodes, by position or by mask."""
        return Level(self.starts[chosen], self.stops[chosen], self.symbols[chosen])


@dataclass(frozen=True, eq=False)
class EntryIndex:
    """N distinct texts, sorted, as a trie over symbol indices.

    ``labels`` holds all texts one behind the other, text i from ``offsets[i]``; ``levels[d]``
    the nodes of depth d + 1. Below a node of a single row there are no more nodes.
    """

    symbols: tuple[str, ...]
    labels: IntArray
    offsets: IntArray
    levels: tuple[Level, ...]

    @cached_property
    def lengths(self) -> IntArray:
        """The number of symbols of each text, (N,)."""
        return np.diff(self.offsets)

    def labels_of(self, row: int) -> list[int]:
        """The symbol indices of one text."""
        text: list[int] = self.labels[self.offsets[row] : self.offsets[row + 1]].tolist()
        return text


def index_entries(texts: Sequence[str]) -> EntryIndex:
    """Index sorted, distinct, non-empty texts; time and memory are linear in their characters."""
    joined = "".join(texts)
    symbols = tuple(sorted(set(joined)))
    codes = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
    number = np.zeros(ord(symbols[-1]) + 1, np.int64)
    number[[ord(s) for s in symbols]] = np.arange(len(symbols))
    labels = number[codes]
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    offsets = np.r_[0, np.cumsum(lengths)]
    return EntryIndex(symbols, labels, offsets, tuple(_levels(labels, offsets, lengths)))


def _levels(labels: IntArray, offsets: IntArray, lengths: IntArray) -> list[Level]:
    rows = np.arange(len(lengths))
    starts_here = np.zeros(len(lengths), bool)  # rows whose prefix so far differs from the last's
    levels: list[Level] = []
    while True:
        rows = rows[lengths[rows] > len(levels)]
        if not len(rows):
            return levels
        level_labels = labels[offsets[rows] + len(levels)]
        fresh = np.ones(len(rows), bool)
        fresh[1:] = (np.diff(rows) > 1) | (np.diff(level_labels) != 0) | starts_here[rows[1:]]
        starts_here[rows] = fresh
        first = np.flatnonzero(fresh)
        starts = rows[first]
        stops = rows[np.r_[first[1:], len(rows)] - 1] + 1
        levels.append(Level(starts, stops, level_labels[first]))
        shared = np.repeat(stops - starts > 1, np.diff(np.r_[first, len(rows)]))
        rows = rows[shared]
