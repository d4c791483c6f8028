"""Worker processes, each with its own extractor and pipe, so that a dead one names its file."""

from __future__ import annotations

import signal
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from docextract.auto import Library
from docextract.errors import DocextractError, SourceError
from docextract.result import Failure, Result

_MOST_FAILED_STARTS = 3
_SPAWN = get_context("spawn")  # a fork would copy the threads' locks of onnxruntime and OpenCV


@dataclass(slots=True)
class Ticket:
    """A file in flight and the results of it that have come in."""

    path: Path
    done: bool = False
    _pages: int = 0
    _results: list[Result] = field(default_factory=list)

    def add(self, result: Result) -> None:
        """Keep the result of the next page."""
        self._results.append(result)
        self._pages = result.page

    def fail(self, template: str, error: SourceError) -> None:
        """Say why no further page of this file can be read."""
        page, failure = self._pages + 1, Failure.of(error)
        self.add(Result(str(self.path), page, template, status="failed", failure=failure))
        self.done = True

    def take(self) -> list[Result]:
        """The results since the last call."""
        taken, self._results = self._results, []
        return taken


class _Worker:
    """A process at the other end of a pipe: paths go in; results come out, and None after each.

    The first None comes when the extractor is loaded.
    """

    def __init__(self, library: Library) -> None:
        self.channel, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs, library), daemon=True)
        with _sigint_held():
            self._process.start()
        theirs.close()
        self.ready = False
        self.ticket: Ticket | None = None

    def give(self, ticket: Ticket) -> None:
        """Hand over a file; when the worker is dead, its pipe will say so."""
        self.ready, self.ticket = False, ticket
        with suppress(OSError):
            self.channel.send(ticket.path)

    def receive(self) -> None:
        """Take one message; raises EOFError or OSError when the worker is dead."""
        message: Result | None = self.channel.recv()
        if message is not None:
            assert self.ticket is not None
            self.ticket.add(message)
            return
        if self.ticket is not None:
            self.ticket.done = True
        self.ready, self.ticket = True, None

    def end(self) -> str:
        """End the process, whatever it does, and say how it ended."""
        self.channel.close()
        self._process.join(timeout=1)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        return _ending(self._process.exitcode or 0)

    def stop(self) -> None:
        """End the process at once."""
        self._process.kill()
        self.channel.close()


class Pool:
    """Up to ``count`` workers, started as there are files for them, replaced when they die."""

    def __init__(self, library: Library, count: int) -> None:
        self._library, self._count = library, count
        self._workers: dict[Connection, _Worker] = {}
        self._waiting: deque[Ticket] = deque()
        self._failed_starts = 0

    def submit(self, ticket: Ticket) -> None:
        """Have a file read; its ticket is filled while waiting."""
        self._waiting.append(ticket)
        self._assign()

    def wait(self) -> None:
        """Wait until a worker says something, and take it in.

        Raises DocextractError when workers die again and again before they can read anything.
        """
        for channel in connection.wait(list(self._workers)):
            worker = self._workers[channel]  # type: ignore[index]  # only ours were given
            try:
                worker.receive()
                self._failed_starts = 0
            except (EOFError, OSError):
                self._bury(worker)
        self._assign()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for worker in self._workers.values():
            worker.stop()

    def _assign(self) -> None:
        """Give waiting files to workers that are ready; start workers for the others."""
        for worker in self._workers.values():
            if worker.ready and self._waiting:
                worker.give(self._waiting.popleft())
        loading = sum(not w.ready and w.ticket is None for w in self._workers.values())
        wanted = min(len(self._waiting) - loading, self._count - len(self._workers))
        for _ in range(wanted):
            worker = _Worker(self._library)
            self._workers[worker.channel] = worker

    def _bury(self, worker: _Worker) -> None:
        del self._workers[worker.channel]
        ending = worker.end()
        if worker.ticket is not None:
            why = (
                f"the worker process reading it {ending}. "
                "Look at the file; or, if memory ran out, use fewer workers"
            )
            error = SourceError(str(worker.ticket.path), why)
            worker.ticket.fail(self._library.name, error)
            return
        self._failed_starts += 1
        if self._failed_starts >= _MOST_FAILED_STARTS:
            raise DocextractError(
                f"{self._failed_starts} worker processes ended before they could read a file; "
                f"the last {ending}. Use one worker; in a script, guard the start with "
                "if __name__ == '__main__'"
            )


def _serve(channel: Connection, library: Library) -> None:
    """Read files as their paths come; runs in the worker process until the pipe is closed."""
    import cv2

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the parent decides
    cv2.setNumThreads(1)
    reader = library.reader(threads=1)
    try:
        channel.send(None)
        while True:
            for result in reader.run([channel.recv()]):
                channel.send(result)
            channel.send(None)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent has gone


def _ending(exit_code: int) -> str:
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    try:
        return f"was killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"was killed by signal {-exit_code}"


@contextmanager
def _sigint_held() -> Iterator[None]:
    """Hold back Ctrl-C in this thread; a process started meanwhile never gets it."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
