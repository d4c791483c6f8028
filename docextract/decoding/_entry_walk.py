"""Walking a trie down a CTC lattice: which entries may stand there, best prefixes first.

The mass of all texts that start with a prefix bounds every entry below it (prefix search, Graves
2006), so what falls under a floor is proven to be worse and is never looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from docextract.decoding._entry_index import EntryIndex, IntArray, Level
from docextract.decoding.ctc import Masses


@dataclass(frozen=True, eq=False)
class Roots:
    """R places where an entry may start: forward masses (T + 1, R), as in ``ctc.forward``.

    ``last`` is the symbol before each, -1 where it is none of the index's.
    """

    last: IntArray
    on_blank: Masses
    on_label: Masses


@dataclass(frozen=True, eq=False)
class Found:
    """Entries met: row in the index, root, and a bound on the mass; ``missed`` bounds the rest."""

    rows: IntArray
    roots: IntArray
    bounds: Masses
    missed: float


@dataclass(frozen=True, eq=False)
class _Front:
    """The W prefixes of one depth: rows [starts, stops), last label, root, forward masses."""

    starts: IntArray
    stops: IntArray
    last: IntArray
    roots: IntArray
    on_blank: Masses
    on_label: Masses


def walk(index: EntryIndex, probs: Masses, roots: Roots, *, width: int, floor: float) -> Found:
    """Find the entries whose bound reaches ``floor``, through ``width`` prefixes a depth at most.

    ``probs`` (T, 1 + K, or more) holds the blank, then the index's symbols.
    """
    front = _start(index, roots)
    # A symbol's expected number of frames bounds the mass of whatever has it.
    likely = probs.sum(axis=0)[1:] >= floor
    found: list[tuple[IntArray, IntArray, Masses]] = []
    missed = 0.0
    for depth in range(len(index.levels)):
        parents, nodes, bounds = _children(index.levels[depth], front, probs, likely, floor)
        if len(bounds) > width:
            order = np.argpartition(-bounds, width)
            missed = max(missed, float(bounds[order[width]]))
            order = order[:width]
            parents, nodes, bounds = parents[order], nodes[order], bounds[order]
        children = index.levels[depth].take(nodes)
        alone = children.stops - children.starts == 1
        ends = alone | (index.lengths[children.starts] == depth + 1)
        found.append((children.starts[ends], front.roots[parents[ends]], bounds[ends]))
        if alone.all():
            break
        front = _grow(front, parents[~alone], children.take(~alone), probs)
    rows, origins, masses = zip(*found, strict=True)
    return Found(
        np.concatenate(rows), np.concatenate(origins), np.concatenate(masses), max(missed, floor)
    )


def _start(index: EntryIndex, roots: Roots) -> _Front:
    size = roots.on_blank.shape[1]
    return _Front(
        np.zeros(size, np.int64),
        np.full(size, len(index.offsets) - 1),
        roots.last,
        np.arange(size),
        roots.on_blank,
        roots.on_label,
    )


def _children(
    level: Level, front: _Front, probs: Masses, likely: NDArray[np.bool_], floor: float
) -> tuple[IntArray, IntArray, Masses]:
    """All children that reach the floor: their parents' columns, their nodes, their bounds."""
    low = np.searchsorted(level.starts, front.starts)
    sizes = np.searchsorted(level.starts, front.stops) - low
    parents = np.repeat(np.arange(len(low)), sizes)
    nodes = np.arange(sizes.sum()) + np.repeat(low - (np.cumsum(sizes) - sizes), sizes)
    able = likely[level.symbols[nodes]]
    parents, nodes = parents[able], nodes[able]
    labels = level.symbols[nodes]
    bounds = _entering(front, parents, labels, probs).sum(axis=0)
    keep = bounds >= max(floor, np.finfo(float).tiny)
    return parents[keep], nodes[keep], bounds[keep]


def _entering(front: _Front, parents: IntArray, labels: IntArray, probs: Masses) -> Masses:
    """The mass (T, N) of the paths that finish the longer prefix at each frame."""
    before = front.on_blank[:-1].take(parents, axis=1)
    fresh = front.last[parents] != labels
    before += front.on_label[:-1].take(parents, axis=1) * fresh
    before *= probs.take(labels + 1, axis=1)
    return before


def _grow(front: _Front, parents: IntArray, children: Level, probs: Masses) -> _Front:
    entering = _entering(front, parents, children.symbols, probs)
    on_label, on_blank = np.zeros((2, len(probs) + 1, len(parents)), probs.dtype)
    stay = probs.take(children.symbols + 1, axis=1)
    for t, enter in enumerate(entering):
        on_label[t + 1] = on_label[t] * stay[t] + enter
        on_blank[t + 1] = (on_blank[t] + on_label[t]) * probs[t, 0]
    return _Front(
        children.starts, children.stops, children.symbols, front.roots[parents], on_blank, on_label
    )
