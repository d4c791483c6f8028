"""The probability of a text under CTC: the sum over all its alignments (Graves 2006, eq. 5-8).

Probabilities are kept as probabilities, not logarithms: sums and products of small arrays are
several times faster. Rows are scaled so that nothing overflows, and what would underflow in
float64 is done again in the platform's longest float.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from docextract.decoding._passes import forward as forward_table

Masses: TypeAlias = NDArray[np.floating]

# Below this a float64 result may have lost digits to gradual underflow on its way.
UNDERFLOW = 1e-200


def scaled(probs: Masses) -> tuple[Masses, float]:
    """Scale rows (T, K) to sum to one; the second value is the log of what was taken out."""
    sums = probs.sum(axis=1)
    if not sums.all():
        return probs, 0.0
    return probs / sums[:, None], float(np.log(sums).sum())


def forward(probs: Masses, texts: Iterable[Sequence[int]], blank: int) -> list[Masses]:
    """The forward table of each text, (T + 1, 2 L + 1); row t is after t frames.

    Column 2 i is the mass of all paths that have emitted i labels and stand on a blank, column
    2 i - 1 of those that stand on label i. Row 0 holds the start. ``probs`` is (T, K).
    """
    probs = np.ascontiguousarray(probs)
    return [forward_table(probs, np.array(text, np.int64), blank) for text in texts]


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
