"""What a run came to: pages by status, fields by how they were read, the exit code."""

from __future__ import annotations

import time
from array import array
from collections import Counter
from statistics import median

from docextract.cli._console import stderr, table, tell
from docextract.errors import RegistrationError, SourceError
from docextract.result import Result
from docextract.template import Template
from docextract.types import Reading

_STATES = ("read", "unsure", "failed")


class Tally:
    """Counts results as they come."""

    def __init__(self, template: Template) -> None:
        self._sure_from = template.accept.confidence
        self._pages: Counter[str] = Counter()
        self._fields = {name: Counter[str]() for name in template.fields}
        self._seconds = array("d")  # of work a page
        self._lines = self._deferred = 0
        self._started = time.perf_counter()
        self.exit_code = 0

    def add(self, result: Result) -> None:
        """Count one page."""
        self._pages[result.status] += 1
        for name, reading in result.readings.items():
            self._fields[name][self._state(reading)] += 1
            self._lines += bool(reading.models)
            self._deferred += len(reading.models) > 1
        if result.status != "failed":
            self._seconds.append(sum(result.timings_s.values()))
        elif self.exit_code != SourceError.exit_code:
            self.exit_code = exit_code_of(result)

    def show(self) -> None:
        """Print the summary to stderr."""
        console = stderr()
        if self._seconds:
            fields = table("field", *_STATES)
            for name, states in self._fields.items():
                fields.add_row(name, *(str(states[state]) for state in _STATES))
            console.print(fields)
        tell(console, self._line())

    def _line(self) -> str:
        pages = ", ".join(f"{self._pages[s]} {s}" for s in ("accepted", "review", "failed"))
        took_s = time.perf_counter() - self._started
        line = f"{self._pages.total()} pages: {pages}; {took_s:.1f} s"
        if self._seconds:
            line += f", median {median(self._seconds):.2f} s a page"
        if self._deferred:
            line += f"; {self._deferred} of {self._lines} lines looked at again"
        return line

    def _state(self, reading: Reading) -> str:
        if not reading.ok:
            return "failed"
        return "read" if reading.confidence >= self._sure_from else "unsure"


def exit_code_of(result: Result) -> int:
    """The exit code of a failed page: 4 when the form was not found on it, else 3."""
    unplaced = f"{result.source} page {result.page}: no layout "
    return (RegistrationError if result.reason.startswith(unplaced) else SourceError).exit_code
