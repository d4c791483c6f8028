"""One field's reading, taken apart: what was seen, heard, checked, and why the winner won."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docextract.errors import InvalidValue
from docextract.explaining.lattice import Step, steps_of
from docextract.explaining.why import reasons
from docextract.fields import type_name
from docextract.pipeline import Inspection
from docextract.settling import Slot
from docextract.types import Candidate, Image, Reading


@dataclass(frozen=True, slots=True)
class Heard:
    """What one recognizer makes of the crop: its best path's text, and its steps."""

    model: str
    greedy: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate, the value it says, and the check it failed ("" for none)."""

    candidate: Candidate
    value: str
    failed: str


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Everything that led to a field's reading, best candidates first.

    ``rules`` are those about the field with their verdicts; ``why`` are sentences.
    """

    source: str
    field: str
    type: str
    status: str
    reading: Reading
    crop: Image
    heard: tuple[Heard, ...]
    candidates: tuple[Judged, ...]
    rules: Mapping[str, str]
    why: tuple[str, ...]

    @property
    def scorers(self) -> tuple[str, ...]:
        """The names of the candidates' scorers, in the order of their first mention."""
        return tuple(dict.fromkeys(s for j in self.candidates for s in j.candidate.terms))


def explain(found: Inspection) -> Explanation:
    """Take apart what an extractor found for a field, or a cell of a table."""
    reading = found.reading
    heard = tuple(
        Heard(ballot.model, ballot.lattice.greedy(), tuple(steps_of(ballot.lattice)))
        for ballot in found.line.ballots
    )
    candidates = tuple(_judged(found.line.slot, c) for c in found.line.reading.candidates)
    return Explanation(
        source=found.result.source,
        field=found.field,
        type=type_name(found.line.slot.kind),
        status="accepted" if found.limit.accepts(reading) else "review",
        reading=reading,
        crop=found.line.crop.image,
        heard=heard,
        candidates=candidates,
        rules={rule.name: rule.verdict(found.result.values).value for rule in found.rules},
        why=reasons(found),
    )


def _judged(slot: Slot, candidate: Candidate) -> Judged:
    try:
        value = slot.kind.parse(slot.body(candidate.text))
    except InvalidValue as err:
        return Judged(candidate, "", err.check)
    return Judged(candidate, "" if value is None else str(value), "")
