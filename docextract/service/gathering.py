"""Lines of concurrent requests meet in one queue and are recognized as one batch."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from docextract.recognition import Recognizer
from docextract.types import Alphabet, Image, Lattice

_MOST_LINES = 512  # a batch; what else has come waits for the next


@dataclass(slots=True, eq=False)
class _Ticket:
    """The lines of one caller, and the lattices to be."""

    images: Sequence[Image]
    lattices: Future[list[Lattice]] = field(default_factory=Future)


class GatheringRecognizer:
    """A recognizer that puts the lines of several threads together.

    While a batch is recognized the next one gathers. Where nothing is going on, a first caller
    is waited with for ``wait_s`` at most, unless ``others`` says that nobody else can come: how
    many callers there are in all. ``seen`` is told how many callers and lines each batch has.
    """

    def __init__(
        self,
        inner: Recognizer,
        *,
        wait_s: float,
        others: Callable[[], int],
        seen: Callable[[int, int], None],
    ) -> None:
        self.name, self.height, self.alphabet = inner.name, inner.height, inner.alphabet
        self._inner, self._wait_s, self._others, self._seen = inner, wait_s, others, seen
        self._tickets: deque[_Ticket] = deque()
        self._came = threading.Condition()
        threading.Thread(target=self._serve, name=f"gather-{inner.name}", daemon=True).start()

    name: str
    height: int
    alphabet: Alphabet

    def recognize(self, images: Sequence[Image]) -> list[Lattice]:
        """Read line images of any size, one lattice each, in order; waits for the batch."""
        if not images:
            return []
        ticket = _Ticket(images)
        with self._came:
            self._tickets.append(ticket)
            self._came.notify()
        return ticket.lattices.result()

    def _serve(self) -> None:
        while True:
            self._recognize(self._gathered())

    def _gathered(self) -> list[_Ticket]:
        """The next batch: what has come, and what comes before the time is up."""
        with self._came:
            while not self._tickets:
                self._came.wait()
            until = time.monotonic() + self._wait_s
            while len(self._tickets) < self._others() and self._came.wait(until - time.monotonic()):
                pass
            batch = [self._tickets.popleft()]
            lines = len(batch[0].images)
            while self._tickets and lines + len(self._tickets[0].images) <= _MOST_LINES:
                batch.append(self._tickets.popleft())
                lines += len(batch[-1].images)
        self._seen(len(batch), lines)
        return batch

    def _recognize(self, batch: Sequence[_Ticket]) -> None:
        try:
            lattices = iter(self._inner.recognize([i for ticket in batch for i in ticket.images]))
        except Exception as error:  # whatever it is, it is the callers' and not this thread's
            for ticket in batch:
                ticket.lattices.set_exception(error)
            return
        for ticket in batch:
            ticket.lattices.set_result([next(lattices) for _ in ticket.images])
