"""What is said of a template: the place, why it is fragile, and the cure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that may go wrong; a ``serious`` one will on some pages."""

    place: str
    why: str
    cure: str
    serious: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {self.why}. {self.cure}"
