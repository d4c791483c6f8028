"""What a person can choose among without typing."""

from __future__ import annotations

from dataclasses import dataclass

from docextract.fields import ReadsMarks
from docextract.reviewing.kept import Kept
from docextract.template import Field

_MOST = 9  # one key each


@dataclass(frozen=True, slots=True)
class ReviewChoice:
    """A value's text with its log-evidence, None where a picture gives none."""

    text: str
    logp: float | None = None


def review_choices(field: Field, kept: Kept) -> list[ReviewChoice]:
    """The values that were read, most evidence first; of boxes to tick, all there are."""
    read = [ReviewChoice(c.text, c.logp) for c in kept.choices if not c.nothing][:_MOST]
    if read or not isinstance(field.kind, ReadsMarks):
        return read
    kind = field.kind
    texts = [kind.text_of([name]) for name in kind.boxes] or [kind.text_of([""]), kind.text_of([])]
    return [ReviewChoice(text) for text in texts[:_MOST]]
