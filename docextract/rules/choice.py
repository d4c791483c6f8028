"""One of the values a field may have, with the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass

from docextract.types import Value


@dataclass(frozen=True, slots=True)
class Choice:
    """A value, how it is printed, and the log-evidence of all candidates that say it."""

    value: Value | None
    text: str
    logp: float
