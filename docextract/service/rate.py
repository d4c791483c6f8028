"""So many requests a minute for each caller: a token bucket each."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from docextract.service.problems import Problem

_MOST_CALLERS = 10_000  # remembered; who was not seen for longest is forgotten first
_ROUNDING = 1e-9


class RateLimit:
    """Lets ``per_minute`` requests of each caller through, and as many at once after a pause."""

    def __init__(self, per_minute: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._per_minute, self._now = per_minute, now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, when

    def wait_s(self, caller: str) -> int:
        """Take a token: 0 when there was one, else the whole seconds until there will be."""
        now = self._now()
        most, a_second = max(1.0, self._per_minute), self._per_minute / 60
        tokens, since = self._buckets.pop(caller, (most, now))
        tokens = min(most, tokens + (now - since) * a_second)
        passes = tokens >= 1 - _ROUNDING
        self._buckets[caller] = (max(0.0, tokens - passes), now)
        if len(self._buckets) > _MOST_CALLERS:
            self._buckets.popitem(last=False)
        return 0 if passes else math.ceil((1 - tokens) / a_second)

    def check(self, caller: str) -> None:
        """Take a token; raises Problem 429 when there is none."""
        wait_s = self.wait_s(caller)
        if wait_s:
            raise Problem(
                429,
                "too-often",
                f"more than {self._per_minute:g} requests a minute. Wait {wait_s} s",
                {"Retry-After": str(wait_s)},
            )


def caller_of(key: str | None, address: str) -> str:
    """Who asks: the key by its name, or the address, which cannot be made up like a key."""
    return address if key is None else f"key {key}"
