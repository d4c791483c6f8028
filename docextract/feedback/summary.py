"""How often people had to correct what, field by field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from docextract.feedback.corrected import Corrected


@dataclass(frozen=True, slots=True)
class FieldSummary:
    """One field: how many people looked at, in how many documents, and how many were wrong.

    ``drawn`` of them had been accepted and were drawn at random: what share of those is wrong is
    what share of all accepted ones is.
    """

    template: str
    field: str
    looked_at: int
    documents: int
    wrong: int
    drawn: int
    drawn_wrong: int


def summarize(fields: Iterable[Corrected]) -> list[FieldSummary]:
    """A summary of each field, the most wrong first."""
    groups: dict[tuple[str, str], list[Corrected]] = defaultdict(list)
    for one in fields:
        groups[one.template, one.field.name].append(one)
    summaries = [
        FieldSummary(
            template,
            field,
            len(group),
            len({one.document for one in group}),
            sum(not one.right for one in group),
            sum(one.drawn for one in group),
            sum(one.drawn and not one.right for one in group),
        )
        for (template, field), group in groups.items()
    ]
    return sorted(summaries, key=lambda s: (-s.wrong, s.template, s.field))
