"""A field's reading as the database keeps it, so that the rules can be asked again without it."""

from __future__ import annotations

from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from docextract.confidence import Limit
from docextract.fields import FieldType
from docextract.result import Unruled
from docextract.rules.choice import Choice
from docextract.types import Candidate, Reading
from docextract.writers import Plain, plain_value


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KeptChoice(_Strict):
    """A value that a field may have, as printed, with its log-evidence; ``nothing`` is none."""

    text: str
    logp: float
    nothing: bool


class Kept(_Strict):
    """One field as it was read, before the rules across fields.

    Values are kept as the texts that they are parsed from. ``asked`` is the confidence from which
    it is accepted, ``unproven`` the one where the confidence is not calibrated. ``quad_px`` is on
    the page as ``load_page`` gives it for ``page_size_u``: PDFs have no pixels of their own.
    """

    text: str
    nothing: bool
    confidence: float
    candidates: tuple[tuple[str, float], ...]
    choices: tuple[KeptChoice, ...]
    failed: tuple[str, ...]
    quad_px: tuple[tuple[float, float], ...] | None
    page_size_u: tuple[float, float] | None
    models: tuple[str, ...]
    evidence: dict[str, float]
    calibrated: bool
    asked: float
    unproven: float

    @classmethod
    def of(cls, unruled: Unruled, limit: Limit, page_size_u: tuple[float, float] | None) -> Self:
        """What is to be kept of a field."""
        reading = unruled.reading
        quad = reading.quad_px
        return cls(
            text=reading.text,
            nothing=reading.value is None,
            confidence=reading.confidence,
            candidates=tuple((c.text, c.logp) for c in reading.candidates),
            choices=tuple(
                KeptChoice(text=choice.text, logp=choice.logp, nothing=choice.value is None)
                for choice in unruled.alternatives
            ),
            failed=reading.failed,
            quad_px=None if quad is None else tuple((float(x), float(y)) for x, y in quad),
            page_size_u=page_size_u,
            models=reading.models,
            evidence=dict(reading.evidence),
            calibrated=reading.calibrated,
            asked=limit.asked(reading),
            unproven=limit.unproven,
        )

    def reading(self, field: str, kind: FieldType) -> Reading:
        """The reading again, its value parsed as the field's type does."""
        return Reading(
            field=field,
            value=None if self.nothing else kind.parse(self.text),
            text=self.text,
            confidence=self.confidence,
            candidates=tuple(Candidate(text, logp) for text, logp in self.candidates),
            failed=self.failed,
            quad_px=None if self.quad_px is None else np.array(self.quad_px),
            models=self.models,
            evidence=self.evidence,
            calibrated=self.calibrated,
        )

    def alternatives(self, kind: FieldType) -> tuple[Choice, ...]:
        """The values it may have, most evidence first."""
        return tuple(
            Choice(None if choice.nothing else kind.parse(choice.text), choice.text, choice.logp)
            for choice in self.choices
        )

    def accepts(self, reading: Reading) -> bool:
        """Whether the field does without a person, as the template's ``accept`` asks."""
        asked = self.asked if reading.calibrated else self.unproven
        return reading.ok and reading.confidence >= asked


class Current(_Strict):
    """What holds for a field now: by the models and the rules, or by a person."""

    value: Plain
    text: str
    confidence: float
    failed: tuple[str, ...]

    @classmethod
    def of(cls, reading: Reading) -> Self:
        """What a reading says."""
        return cls(
            value=plain_value(reading.value),
            text=reading.text,
            confidence=reading.confidence,
            failed=reading.failed,
        )
