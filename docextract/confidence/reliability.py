"""How well confidences keep their word: bins of equal size, and the expected calibration error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MOST_LEVELS = 40
_DIGITS = 1e7  # levels are written down with 7 decimals


@dataclass(frozen=True, slots=True)
class Bin:
    """Readings of like confidence: how many, what they promised, what share of them is right."""

    n: int
    confidence: float
    right: float


def reliability(
    confidences: NDArray[np.float64], right: NDArray[np.bool_], *, bins: int = 10
) -> list[Bin]:
    """Split (N,) confidences, lowest first, into up to ``bins`` bins of equal size."""
    order = np.argsort(confidences, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return [Bin(len(p), float(confidences[p].mean()), float(right[p].mean())) for p in parts]


def calibration_error(confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The expected calibration error: the mean gap between promise and truth over the bins.

    Naeini et al. 2015, with bins of equal size, since most readings are very sure.
    """
    gaps = [part.n * abs(part.confidence - part.right) for part in reliability(confidences, right)]
    return sum(gaps) / max(len(confidences), 1)


def levels(
    confidences: NDArray[np.float64], right: NDArray[np.bool_]
) -> list[tuple[float, int, int]]:
    """(confidence, readings that reach it, errors among them) at up to 40 equal steps.

    Where the steps lie depends on the confidences alone, not on which readings are wrong.
    """
    if not len(confidences):
        return []
    falling = np.sort(confidences)[::-1]
    falling = np.floor(falling * _DIGITS) / _DIGITS
    ranks = np.ceil(np.linspace(0, len(falling), _MOST_LEVELS + 1)[1:]).astype(int)
    rows = []
    for confidence in dict.fromkeys(falling[ranks - 1].tolist()):
        reached = confidences >= confidence
        rows.append((confidence, int(reached.sum()), int((reached & ~right).sum())))
    return rows
