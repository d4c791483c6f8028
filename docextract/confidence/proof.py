"""What a count of errors proves about an error rate (Clopper & Pearson 1934)."""

from __future__ import annotations

import math

import numpy as np

LEVEL = 0.95  # the probability that a bound holds
_HALVINGS = 60


def error_bound(errors: int, n: int, *, level: float = LEVEL) -> float:
    """The upper bound of an error rate of which ``n`` independent trials showed ``errors``.

    One-sided and exact: the rate at which so few errors have the probability 1 - ``level``.
    1.0 for no trials. Raises ValueError when ``errors`` is not between 0 and ``n``.
    """
    if not 0 <= errors <= n:
        raise ValueError(f"{errors} errors of {n} trials: errors lie between 0 and the trials")
    if errors == n:
        return 1.0
    if errors == 0:
        return -math.expm1(math.log1p(-level) / n)
    low, high = errors / n, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _at_most(errors, n, middle) > 1 - level:
            low = middle
        else:
            high = middle
    return high


def trials_needed(rate: float, *, level: float = LEVEL) -> int:
    """How many trials without an error prove a rate of at most ``rate``, in (0, 1)."""
    n = math.ceil(math.log1p(-level) / math.log1p(-rate))
    return n if error_bound(0, n, level=level) <= rate else n + 1


def _at_most(errors: int, n: int, rate: float) -> float:
    """The probability of at most ``errors`` in ``n`` trials of a ``rate``: a binomial's tail."""
    if rate >= 1:
        return 0.0
    k = np.arange(errors + 1)
    # ln C(n, k), as a running sum of ln((n - k + 1) / k).
    ways = np.concatenate([[0.0], np.cumsum(np.log((n - k[1:] + 1) / k[1:]))])
    logps = ways + k * math.log(rate) + (n - k) * math.log1p(-rate)
    return float(np.exp(np.logaddexp.reduce(logps)))
