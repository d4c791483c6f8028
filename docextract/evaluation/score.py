"""How readings of labelled pages compare with their labels: counts by field, and of documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docextract.evaluation.pages import MarkedPage


@dataclass(slots=True)
class FieldScore:
    """One field over pages: labelled, right, accepted without a person, accepted though wrong."""

    labelled: int = 0
    right: int = 0
    accepted: int = 0
    accepted_wrong: int = 0
    _confidence: float = 0.0
    _read: int = 0

    @property
    def mean_confidence(self) -> float | None:
        """The mean confidence of the field's readings; None when no page was placed."""
        return self._confidence / self._read if self._read else None

    def add(self, *, right: bool, accepted: bool, confidence: float | None) -> None:
        """Count one reading; the confidence is None where the form was not found."""
        self.labelled += 1
        self.right += right
        self.accepted += accepted
        self.accepted_wrong += accepted and not right
        if confidence is not None:
            self._confidence += confidence
            self._read += 1


class Score:
    """Counts marked pages.

    ``pages`` are all, ``whole`` those whose labelled fields are all right, ``accepted`` those that
    need no person, and ``sound`` those of them that are whole.
    """

    def __init__(self) -> None:
        self._fields: dict[str, FieldScore] = {}
        self.pages = self.whole = self.accepted = self.sound = 0

    @property
    def fields(self) -> Mapping[str, FieldScore]:
        """The fields by name, as they came."""
        return self._fields

    @property
    def labelled(self) -> int:
        """How many fields of all pages are labelled."""
        return sum(field.labelled for field in self._fields.values())

    @property
    def right(self) -> int:
        """How many of them are read right."""
        return sum(field.right for field in self._fields.values())

    @property
    def accepted_wrong(self) -> int:
        """How many of them are accepted and wrong."""
        return sum(field.accepted_wrong for field in self._fields.values())

    @property
    def field_exact(self) -> float:
        """The share of labelled fields that is right; 1 when there is none."""
        return self.right / self.labelled if self.labelled else 1.0

    def add(self, page: MarkedPage) -> None:
        """Count one page."""
        limits, readings = page.result.limits, page.result.readings
        for name, right in page.right.items():
            reading = readings.get(name)
            self._fields.setdefault(name, FieldScore()).add(
                right=right,
                accepted=reading is not None and limits[name].accepts(reading),
                confidence=None if reading is None else reading.confidence,
            )
        whole = all(page.right.values())
        accepted = page.result.status == "accepted"
        self.pages += 1
        self.whole += whole
        self.accepted += accepted
        self.sound += accepted and whole
