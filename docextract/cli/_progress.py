"""The progress bar of a run, on stderr, when that is a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from docextract.cli._console import stderr, tell
from docextract.result import Result
from docextract.sources import find_files


class Bar:
    """Files done of those found, and pages a second; silent without a ``progress``."""

    def __init__(self, console: Console, progress: Progress | None, found: int) -> None:
        self._console, self._progress = console, progress
        self._started, self._pages, self._source = time.perf_counter(), 0, ""
        if progress is not None:
            self._task = progress.add_task("reading", total=found, pages_per_s="")

    def add(self, result: Result) -> None:
        """Move on by one page."""
        self._pages += 1
        if self._progress is not None:
            speed = self._pages / (time.perf_counter() - self._started)
            self._progress.update(
                self._task,
                advance=result.source != self._source,
                pages_per_s=f"{speed:.1f} pages/s",
            )
        self._source = result.source

    def tell(self, line: str) -> None:
        """Print a line above the bar."""
        tell(self._console, line)


@contextmanager
def progress(inputs: Sequence[str], *, quiet: bool) -> Iterator[Bar]:
    """Show a bar while the block runs; without one when quiet or in a pipe."""
    console = stderr()
    if quiet or not console.is_terminal:
        yield Bar(console, None, 0)
        return
    found = sum(1 for _ in find_files(inputs))
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files, {task.fields[pages_per_s]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as shown:
        yield Bar(console, shown, found)
