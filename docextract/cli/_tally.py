"""What a run came to: pages by status, fields by how they were read, the exit code."""

from __future__ import annotations

import time
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping
from statistics import median

from docextract.cli._console import stderr, table, tell
from docextract.confidence import LEVEL, Limit
from docextract.errors import SourceError
from docextract.result import Result
from docextract.template import Template
from docextract.types import Reading

_STATES = ("read", "unsure", "failed")


class Tally:
    """Counts results as they come; fields of several templates are called TEMPLATE.FIELD."""

    def __init__(self, *templates: Template) -> None:
        self._several = len(templates) > 1
        self._rate = None if self._several else templates[0].accept.error_rate
        self._limits: Mapping[str, Limit] = {}
        self._pages: Counter[str] = Counter()
        self._papers: Counter[str] = Counter()
        self._fields = defaultdict[str, Counter[str]](Counter)
        if not self._several:
            self._fields |= {name: Counter[str]() for name in templates[0].fields}
        self._proven = 0
        self._seconds = array("d")  # of work a page
        self._lines = self._deferred = 0
        self._started = time.perf_counter()
        self.exit_code = 0

    def add(self, result: Result) -> None:
        """Count one page."""
        self._pages[result.status] += 1
        self._papers[result.template] += 1
        self._limits = result.limits or self._limits
        for name, reading in result.readings.items():
            shown = f"{result.template}.{name}" if self._several else name
            self._fields[shown][self._state(name, reading)] += 1
            self._proven += self._limits[name].proves(reading)
            self._lines += bool(reading.models)
            self._deferred += len(reading.models) > 1
        if result.failure is None:
            self._seconds.append(sum(result.timings_s.values()))
        elif self.exit_code != SourceError.exit_code:
            self.exit_code = result.failure.kind.exit_code

    def show(self) -> None:
        """Print the summary to stderr."""
        console = stderr()
        if self._seconds:
            fields = table("field", *_STATES)
            for name, states in self._fields.items():
                fields.add_row(name, *(str(states[state]) for state in _STATES))
            console.print(fields)
            if self._rate is not None:
                tell(console, self._accepted(self._rate))
                for line in unproven_lines(self._limits, self._rate):
                    tell(console, line)
        if self._several:
            papers = (f"{pages} {name}" for name, pages in sorted(self._papers.items()))
            tell(console, f"pages by template: {', '.join(papers)}")
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

    def _accepted(self, rate: float) -> str:
        """How many fields needed no person, and what is proven about them."""
        accepted = sum(states["read"] for states in self._fields.values())
        read = sum(states.total() for states in self._fields.values())
        return (
            f"accepted by themselves: {accepted} of {read} fields; for {self._proven} of "
            f"them an error rate of at most {rate:g} is proven at {LEVEL:.0%}"
        )

    def _state(self, name: str, reading: Reading) -> str:
        if not reading.ok:
            return "failed"
        return "read" if self._limits[name].accepts(reading) else "unsure"


def unproven_lines(limits: Mapping[str, Limit], rate: float) -> list[str]:
    """Of which fields the error rate is not proven, and why; those of one reason together."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for name, limit in limits.items():
        for models, proof in limit.proofs.items():
            if proof.bound is None:
                reasons[proof.why].append(f"{name} (by {models})")
        if not limit.proofs:
            reasons["it is not one line of print"].append(name)
    return [
        f"not proven for {', '.join(names)}: {why}; held to a confidence of {1 - rate:g}"
        for why, names in reasons.items()
    ]
