"""A page settled again: what people said is certain, and the rules are asked anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from docextract.record import build_record, record_model
from docextract.reviewing.kept import Current, Kept
from docextract.reviewing.worth import error_probabilities, page_gain
from docextract.rules.joint import agree
from docextract.store import Answer, FieldState
from docextract.template import Field, Template
from docextract.types import Reading, Status

_CERTAIN = 1 - 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class SettledPage:
    """A page's fields after people's answers; ``accepted`` are those that need no person."""

    status: Status
    record: BaseModel | None
    readings: Mapping[str, Reading]
    accepted: frozenset[str]
    answered: frozenset[str]

    @property
    def errors(self) -> dict[str, float]:
        """The probability that each field is wrong; 0 where a person answered."""
        found = error_probabilities(self.readings)
        return {name: 0.0 if name in self.answered else found[name] for name in found}

    def fields(self) -> dict[str, FieldState]:
        """Each field as the queue needs it."""
        errors = self.errors
        waiting = self.readings.keys() - self.accepted - self.answered
        gain = page_gain(errors[name] for name in waiting)
        return {
            name: FieldState(
                state="open" if name in waiting else "settled",
                current=Current.of(reading).model_dump_json(),
                error=errors[name],
                gain=gain,
            )
            for name, reading in self.readings.items()
        }


def settled_again(
    template: Template, kept: Mapping[str, Kept], answers: Mapping[str, Answer]
) -> SettledPage:
    """Choose the values of all fields jointly once more, with ``answers`` by field held fixed.

    Fields that no one answered may change: a corrected total makes another tax the likelier, or
    shows that an accepted amount cannot be. A page is accepted when every field is.
    """
    fields = {name: template.fields[name] for name in kept}
    fixed = {name: _answered(fields[name], answers[name], kept[name]) for name in answers}
    readings = agree(
        {name: fixed.get(name) or kept[name].reading(name, fields[name].kind) for name in fields},
        template.compiled_rules(),
        nullable=frozenset(name for name, field in fields.items() if field.nullable),
        alternatives=lambda name: (
            () if name in fixed else kept[name].alternatives(fields[name].kind)
        ),
    )
    readings |= fixed  # a violated rule says nothing against what a person saw
    accepted = frozenset(
        name
        for name, reading in readings.items()
        if (reading.ok if name in fixed else kept[name].accepts(reading))
    )
    values = {name: reading.value for name, reading in readings.items()}
    return SettledPage(
        status="accepted" if accepted == readings.keys() else "review",
        record=build_record(record_model(template), values),
        readings=readings,
        accepted=accepted,
        answered=frozenset(fixed),
    )


def _answered(field: Field, answer: Answer, kept: Kept) -> Reading:
    """The reading that a person's answer is: certain, and without other candidates."""
    quad_px = kept.reading(field.name, field.kind).quad_px
    if answer.act == "value":
        value = field.kind.parse(answer.text)
        return Reading(field.name, value, answer.text, _CERTAIN, quad_px=quad_px)
    if answer.act == "not_printed":
        failed = () if field.nullable else ("blank",)
        return Reading(field.name, None, "", _CERTAIN, failed=failed, quad_px=quad_px)
    return Reading(field.name, None, "", 0.0, failed=("unreadable",), quad_px=quad_px)
