"""The probability of a text under CTC: the sum over all its alignments (Graves 2006, eq. 5-8).

Probabilities are kept as probabilities, not logarithms: sums and products of small arrays are
several times faster. Rows are scaled so that nothing overflows, and what would underflow in
float64 is done again in the platform's longest float.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Masses: TypeAlias = NDArray[np.floating]

# Below this a float64 result may have lost digits to gradual underflow on its way.
UNDERFLOW = 1e-200


def scaled(probs: Masses) -> tuple[Masses, float]:
    """Scale rows (T, K) to sum to one; the second value is the log of what was taken out."""
    sums = probs.sum(axis=1)
    if not sums.all():
        return probs, 0.0
    return probs / sums[:, None], float(np.log(sums).sum())


def forward(probs: Masses, texts: Sequence[Sequence[int]], blank: int) -> list[Masses]:
    """The forward table of each text, (T + 1, 2 L + 1); row t is after t frames.

    Column 2 i is the mass of all paths that have emitted i labels and stand on a blank, column
    2 i - 1 of those that stand on label i. Row 0 holds the start. ``probs`` is (T, K).
    """
    return _forward([(probs, text) for text in texts], blank)


def forward_backward(
    guesses: Sequence[tuple[Masses, Sequence[int]]], blank: int
) -> list[tuple[Masses, Masses]]:
    """For each lattice and text the forward table, and the one of its reverse, read from the
    last frame back: row t of it is over the last t frames; its columns count labels from the
    text's end.
    """
    ahead = _forward(guesses, blank)
    back = _forward([(probs[::-1], text[::-1]) for probs, text in guesses], blank)
    return list(zip(ahead, back, strict=True))


def _forward(lines: Sequence[tuple[Masses, Sequence[int]]], blank: int) -> list[Masses]:
    """The forward table of each text in its lattice."""
    # All texts lie in one row, each behind two cells that stay zero, so a step is four array
    # operations however many texts there are. Shorter lattices end in certain blanks.
    if not lines:
        return []
    cells = [2 * len(text) + 3 for _, text in lines]
    starts = np.cumsum([2, *cells[:-1]]).tolist()
    frames = max(len(probs) for probs, _ in lines)
    dtype = lines[0][0].dtype
    skip = np.zeros(sum(cells), dtype)
    emitted = np.zeros((frames, sum(cells)), dtype)
    for at, (probs, text) in zip(starts, lines, strict=True):
        end = at + 2 * len(text) + 1
        emitted[: len(probs), at:end:2] = probs[:, blank, None]
        emitted[len(probs) :, at:end:2] = 1
        emitted[: len(probs), at + 1 : end : 2] = probs.take(text, axis=1)
        skip[at + 3 : end : 2] = [a != b for a, b in pairwise(text)]
    alpha = np.zeros((frames + 1, sum(cells)), dtype)
    alpha[0, starts] = 1
    before, skips = alpha[:-1], skip[2:]
    steps = zip(
        before[:, :-2], before[:, 1:-1], before[:, 2:], alpha[1:, 2:], emitted[:, 2:], strict=True
    )
    for past_blank, left, same, row, probs_t in steps:
        np.multiply(past_blank, skips, row)
        np.add(row, left, row)
        np.add(row, same, row)
        np.multiply(row, probs_t, row)
    return [
        alpha[: len(probs) + 1, at : at + n - 2]
        for at, n, (probs, _) in zip(starts, cells, lines, strict=True)
    ]


def scan(entering: Masses, decays: Sequence[Masses], columns: NDArray[np.int64]) -> Masses:
    """Solve y[t] = probs[t, column] y[t - 1] + entering[t] in log2 T array steps, in place.

    ``entering`` is (T, W), a column of probs for each W; ``decays`` are ``spans(probs)``.
    """
    for level, decay in enumerate(decays):
        span = 1 << level
        entering[span:] += decay[span:].take(columns, axis=1) * entering[:-span]
    return entering


def spans(probs: Masses) -> list[Masses]:
    """The products of each column over 1, 2, 4, ... frames up to and with frame t, (T, K) each."""
    decays = [probs]
    while 1 << len(decays) < len(probs):
        span = 1 << (len(decays) - 1)
        product = decays[-1].copy()
        product[span:] *= decays[-1][:-span]
        decays.append(product)
    return decays


def collapse(path: NDArray[np.int64], blank: int) -> list[int]:
    """The labels of a path (T,): repeats merged, then blanks dropped."""
    fresh = path != blank
    fresh[1:] &= path[1:] != path[:-1]
    labels: list[int] = path[fresh].tolist()
    return labels


def string_logp(logp: NDArray[np.floating], labels: Sequence[int], blank: int) -> float:
    """The log-probability of ``labels`` in a lattice (T, K) of natural logs; maybe -inf."""
    used = [blank, *dict.fromkeys(labels)]
    text = [used.index(label) for label in labels]
    for dtype in (np.float64, np.longdouble):
        probs, log_scale = scaled(np.exp(logp[:, used].astype(dtype)))
        mass = forward(probs, [text], 0)[0][-1, -2:].sum()
        if mass > UNDERFLOW:
            break
    return float(np.log(mass)) + log_scale if mass > 0 else -math.inf
