"""What comes out for a page: the typed record, every field's reading, status and timings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from pydantic import BaseModel

from docextract.confidence import Limit
from docextract.drawing import draw_readings
from docextract.errors import DocextractError
from docextract.rules.choice import Choice
from docextract.sources import Source, load_page
from docextract.types import Image, Quad, Reading, Status, Value
from docextract.writers import Row

_CONFIDENCE_DIGITS = 6
_MARGIN = 0.05  # of its longer side around a document that is drawn by itself


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a page could not be read: the class of the error, and its message.

    ``kind`` is a SourceError where the page could not be loaded, a RegistrationError where the
    form is not on it. It is not the error itself, whose traceback would keep the page in memory.
    """

    kind: type[DocextractError]
    reason: str

    @classmethod
    def of(cls, error: DocextractError) -> Self:
        """The failure that an error stands for."""
        return cls(type(error), str(error))


@dataclass(frozen=True, slots=True, eq=False)
class Unruled:
    """A field before the rules: its reading, and the values it could have, most evidence first."""

    reading: Reading
    alternatives: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One document read by one template: a page, or one of several documents on it.

    ``record`` is the template's pydantic model, None while a required field has no value;
    ``readings`` has every field of the template, or nothing when the page could not be placed
    (``status`` "failed", ``failure`` says why). ``limits`` say from which confidence each field
    is accepted. ``unruled`` is what the readings were before the rules across fields, so that the
    rules can be asked again when a person corrects a field. ``timings_s`` are seconds a step.
    ``quad_px`` are the form's corners on its first page, from its own top left clockwise.
    ``document`` counts the documents on a page that may bear several, from 1.
    """

    source: str
    page: int
    template: str
    status: Status
    failure: Failure | None = None
    layout: str | None = None
    record: BaseModel | None = None
    readings: Mapping[str, Reading] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    unruled: Mapping[str, Unruled] = field(default_factory=dict)
    timings_s: Mapping[str, float] = field(default_factory=dict)
    origin: Source | None = None
    page_size_u: tuple[float, float] | None = None
    quad_px: Quad | None = None
    document: int | None = None

    def __post_init__(self) -> None:
        if (self.status == "failed") != (self.failure is not None):
            raise ValueError(f"Result.status is {self.status!r} and its failure {self.failure}")

    @property
    def reason(self) -> str:
        """Why the page failed, on one line; "" when it did not."""
        return self.failure.reason if self.failure else ""

    @property
    def values(self) -> dict[str, Value | None]:
        """Every field's value by name, None where nothing valid was read."""
        return {name: reading.value for name, reading in self.readings.items()}

    def row(self, crops: Mapping[str, str] | None = None) -> Row:
        """The page as writers take it; ``crops`` are names of files with fields' pictures."""
        readings = self.readings
        return Row(
            source=self.source,
            page=self.page,
            template=self.template,
            layout=self.layout,
            status=self.status,
            reason=self.reason,
            values=self.values,
            confidences={n: round(r.confidence, _CONFIDENCE_DIGITS) for n, r in readings.items()},
            failed={name: r.failed for name, r in readings.items() if r.failed},
            error=self.failure.kind.__name__ if self.failure else "",
            crops=crops or {},
            cells={name: _cell_confidences(r) for name, r in readings.items() if r.rows},
            document=self.document,
            quad=() if self.quad_px is None else _rounded(self.quad_px),
        )

    def draw(self) -> Image:
        """The page with every field's quad and value, coloured by how far it can be trusted.

        Of a page that may bear several documents, it is the part around this one. Loads the page
        again from where it came from, so that results stay small in memory. Raises SourceError
        when the file has gone.
        """
        if self.origin is None:
            raise ValueError("a result without a page cannot be drawn")
        page = load_page(self.origin, self.page, page_size_u=self.page_size_u)
        drawn = draw_readings(page.image, list(self.readings.values()), note=self._note)
        if self.document is None or self.quad_px is None:
            return drawn
        return _around(drawn, self.quad_px)

    @property
    def _note(self) -> str:
        return f"{self.status}: {self.reason}" if self.reason else self.status


def _around(image: Image, quad_px: Quad) -> Image:
    """The part of a picture around a document."""
    low, high = quad_px.min(axis=0), quad_px.max(axis=0)
    margin = _MARGIN * float((high - low).max())
    left, top = np.maximum(low - margin, 0).astype(int)
    right, bottom = (high + margin).astype(int)
    return image[top:bottom, left:right]


def _rounded(quad_px: Quad) -> tuple[tuple[float, float], ...]:
    return tuple((round(float(x), 1), round(float(y), 1)) for x, y in quad_px)


def _cell_confidences(table: Reading) -> tuple[dict[str, float], ...]:
    """A table's confidences, row by row and by column."""
    return tuple(
        {name: round(cell.confidence, _CONFIDENCE_DIGITS) for name, cell in row.items()}
        for row in table.rows
    )
