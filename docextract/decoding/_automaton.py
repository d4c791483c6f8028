"""Deterministic automata as tables (S, C): subset construction, trimming, minimisation.

A table holds the next state, -1 for none; state 0 is the start.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from docextract.decoding._regex import Nfa, too_large

Table = NDArray[np.int32]
States = NDArray[np.bool_]


def determinise(
    nfa: Nfa, classes: Sequence[frozenset[int]], *, limit: int, pattern: str
) -> tuple[Table, States]:
    """The subset construction over symbol classes, each the set of labels it meets.

    Raises GrammarError beyond ``limit`` states; ``pattern`` is for its message.
    """
    start = _closure(nfa, [0])
    numbers = {start: 0}
    rows: list[list[int]] = []
    queue = deque([start])
    while queue:
        row = []
        for target in _follow(nfa, queue.popleft(), classes):
            if target and target not in numbers:
                numbers[target] = len(numbers)
                queue.append(target)
            row.append(numbers[target] if target else -1)
        if len(numbers) > limit:
            raise too_large(pattern, limit)
        rows.append(row)
    table = np.array(rows, np.int32).reshape(len(rows), len(classes))
    return table, np.array([nfa.end in subset for subset in numbers])


def _closure(nfa: Nfa, states: Iterable[int]) -> frozenset[int]:
    reached = set(states)
    stack = list(reached)
    while stack:
        fresh = [s for s in nfa.silent[stack.pop()] if s not in reached]
        reached.update(fresh)
        stack.extend(fresh)
    return frozenset(reached)


def _follow(
    nfa: Nfa, subset: frozenset[int], classes: Sequence[frozenset[int]]
) -> list[frozenset[int]]:
    arcs = [arc for state in subset for arc in nfa.arcs[state]]
    labels = {label for label, _ in arcs}
    closures: dict[frozenset[int], frozenset[int]] = {}
    follow = []
    for members in classes:
        met = members & labels
        if met not in closures:
            closures[met] = _closure(nfa, [target for label, target in arcs if label in met])
        follow.append(closures[met])
    return follow


def trim(table: Table, final: States) -> tuple[Table, States]:
    """Keep the start and the states that are reachable and can reach a final one."""
    source, symbol = np.nonzero(table >= 0)
    target = table[source, symbol]
    start = np.zeros(len(final), bool)
    start[0] = True
    useful = _spread(start, source, target) & _spread(final, target, source)
    keep = useful | start
    number = np.full(len(final) + 1, -1, np.int32)
    number[:-1][keep] = np.arange(keep.sum())
    trimmed = np.where((table >= 0) & np.r_[useful, False][table], number[table], -1)[keep]
    return trimmed.astype(np.int32), final[keep]


def _spread(
    seed: States, source: NDArray[np.signedinteger], target: NDArray[np.signedinteger]
) -> States:
    """All states that ``seed`` reaches along the arcs source -> target."""
    order = np.argsort(source, kind="stable")
    bounds = np.searchsorted(source[order], np.arange(len(seed) + 1)).tolist()
    targets = target[order].tolist()
    reached = seed.copy()
    stack = np.flatnonzero(seed).tolist()
    while stack:
        state = stack.pop()
        for other in targets[bounds[state] : bounds[state + 1]]:
            if not reached[other]:
                reached[other] = True
                stack.append(other)
    return reached


def minimise(table: Table, final: States) -> tuple[Table, States]:
    """Merge the states no text can tell apart (Moore 1956), numbered from the start on."""
    block = np.unique(final, return_inverse=True)[1].astype(np.int64)  # may be one block
    while True:
        seen = np.c_[block, np.where(table < 0, -1, block[table])]
        refined = np.unique(seen, axis=0, return_inverse=True)[1].reshape(-1)
        if refined.max() == block.max():
            break
        block = refined
    first = np.unique(block, return_index=True)[1]
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    merged = np.where(table < 0, -1, rank[block][table])[first[order]]
    return merged.astype(np.int32), final[first[order]]
