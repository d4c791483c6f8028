"""How many requests are worked on at a time; more wait, and still more are sent away."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from docextract.service.problems import Problem

T = TypeVar("T")

_FIRST_GUESS_S = 1.0  # a request, before any was seen
_MEMORY = 0.9  # of the running mean of what a request takes
_LONGEST_RETRY_S = 60


class Gate:
    """Threads for readings, and a queue before them that does not grow without end.

    ``seen`` is told whenever it changes how many requests are being read or wait.
    """

    def __init__(self, at_once: int, waiting: int, *, seen: Callable[[int], None]) -> None:
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="docextract-read")
        self._at_once, self._most = at_once, at_once + waiting
        self._takes_s, self._seen = _FIRST_GUESS_S, seen
        self._lock = threading.Lock()
        self._inside = 0  # requests being read or waiting
        self.working = 0  # being read

    async def run(self, work: Callable[[], T]) -> T:
        """Do work in a thread; raises Problem 503 when too many wait already."""
        if self._inside >= self._most:
            raise self._busy()
        loop = asyncio.get_running_loop()
        self._change_inside(1)
        future = self._pool.submit(self._timed, work)

        def left(_future: Future[T]) -> None:
            loop.call_soon_threadsafe(self._change_inside, -1)

        # Not when this coroutine ends: a client may go while its thread is at work.
        future.add_done_callback(left)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Let those in work finish and send the others away."""
        self._pool.shutdown(cancel_futures=True)

    def _timed(self, work: Callable[[], T]) -> T:
        started = time.perf_counter()
        self._count(1)
        try:
            return work()
        finally:
            self._count(-1)
            took_s = time.perf_counter() - started
            self._takes_s = _MEMORY * self._takes_s + (1 - _MEMORY) * took_s

    def _count(self, change: int) -> None:
        with self._lock:
            self.working += change

    def _change_inside(self, change: int) -> None:
        self._inside += change
        self._seen(self._inside)

    def _busy(self) -> Problem:
        wait_s = math.ceil(self._takes_s * self._inside / self._at_once)
        seconds = min(max(1, wait_s), _LONGEST_RETRY_S)
        return Problem(
            503,
            "busy",
            f"too many requests are waiting. Try again in {seconds} s",
            {"Retry-After": str(seconds)},
        )
