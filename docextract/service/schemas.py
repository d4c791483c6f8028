"""What the service answers, as JSON and in OpenAPI."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from docextract.ocr import PageText, page_content
from docextract.result import Result
from docextract.reviewing import SettledPage
from docextract.store import FinishedPage, JobSummary
from docextract.template import Template
from docextract.types import Quad, Reading, Status
from docextract.writers import Plain, plain_value

_CONFIDENCE_DIGITS = 6
_Point = tuple[float, float]
Corners = Annotated[
    tuple[_Point, _Point, _Point, _Point] | None,
    Field(description="Corners (x, y) in px of the page, clockwise from where the line begins."),
]
Confidence = Annotated[float, Field(ge=0, le=1)]


class Line(BaseModel):
    """A line of print; its confidence is the probability that the models give its text."""

    text: str
    confidence: Confidence
    quad: Corners
    block: int
    row: int


class OcrPage(BaseModel):
    """A page; ``turn`` is by how many degrees its print lies turned clockwise."""

    page: int
    width: int
    height: int
    turn: int
    text: str
    lines: list[Line]
    reason: str = ""

    @classmethod
    def of(cls, page: PageText) -> Self:
        """A page as it was read."""
        return cls.model_validate(page_content(page))


_LINE_EXAMPLE: JsonDict = {
    "text": "发票号码：16342624",
    "confidence": 0.98,
    "quad": [[937.0, 76.0], [1118.0, 76.0], [1118.0, 100.0], [937.0, 100.0]],
    "block": 0,
    "row": 0,
}


class OcrAnswer(BaseModel):
    """All print of a file, page by page; ``time_cost`` are seconds."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "success": True,
                    "code": 200,
                    "time_cost": 0.61,
                    "text": "发票号码：16342624",
                    "pages": [
                        {
                            "page": 1,
                            "width": 1323,
                            "height": 854,
                            "turn": 0,
                            "text": "发票号码：16342624",
                            "lines": [_LINE_EXAMPLE],
                            "reason": "",
                        }
                    ],
                }
            ]
        }
    )

    success: Literal[True] = True
    code: Literal[200] = 200
    time_cost: float
    text: str
    pages: list[OcrPage]


class FieldReading(BaseModel):
    """What was read for a field; ``failed`` names the checks that failed.

    ``accepted`` says whether it is sure enough for the template to do without a person,
    ``reviewed`` whether a person answered for it.
    """

    value: Plain
    text: str
    confidence: Confidence
    accepted: bool
    failed: list[str]
    quad: Corners
    reviewed: bool = False

    @classmethod
    def of(cls, reading: Reading, *, accepted: bool, reviewed: bool = False) -> Self:
        """A reading as it came out, or as a person said."""
        return cls(
            value=plain_value(reading.value),
            text=reading.text,
            confidence=round(reading.confidence, _CONFIDENCE_DIGITS),
            accepted=accepted,
            failed=list(reading.failed),
            quad=rounded_corners(reading.quad_px),
            reviewed=reviewed,
        )


class ExtractedPage(BaseModel):
    """A document read by a template: a page, or one of those on it.

    ``record`` is null while a required field has no value.
    A page with the status "failed" says why in ``reason``, and ``error`` is the error's class:
    SourceError when it could not be loaded, RegistrationError when the form is not on it.
    ``template`` is the one that read it: of "auto", the one that was chosen. ``quad`` are the
    form's corners on the page, from its own top left clockwise. ``document`` counts the documents
    on a page that may bear several, from 1.
    """

    source: str
    page: int
    template: str
    status: Status
    layout: str | None
    record: dict[str, Plain] | None
    readings: dict[str, FieldReading]
    reason: str = ""
    error: str = ""
    document: int | None = None
    quad: Corners = None

    @classmethod
    def of(cls, result: Result) -> Self:
        """A page as it was read."""
        values = {name: plain_value(value) for name, value in result.values.items()}
        return cls(
            source=result.source,
            page=result.page,
            template=result.template,
            status=result.status,
            layout=result.layout,
            record=None if result.record is None else values,
            readings={
                name: FieldReading.of(reading, accepted=result.limits[name].accepts(reading))
                for name, reading in result.readings.items()
            },
            reason=result.reason,
            error=result.failure.kind.__name__ if result.failure else "",
            document=result.document,
            quad=rounded_corners(result.quad_px),
        )

    def settled(self, page: SettledPage) -> Self:
        """The page after what people said of its fields."""
        values = {name: plain_value(reading.value) for name, reading in page.readings.items()}
        readings = {
            name: FieldReading.of(
                reading, accepted=name in page.accepted, reviewed=name in page.answered
            )
            for name, reading in page.readings.items()
        }
        record = None if page.record is None else values
        return self.model_copy(
            update={"status": page.status, "record": record, "readings": readings}
        )


_PAGE_EXAMPLE: JsonDict = {
    "source": "scan.jpg",
    "page": 1,
    "template": "invoice",
    "status": "accepted",
    "layout": "a",
    "record": {"number": "16342624", "date": "2021-03-17", "total": "9.35"},
    "readings": {
        "total": {
            "value": "9.35",
            "text": "¥9.35",
            "confidence": 0.999999,
            "accepted": True,
            "failed": [],
            "quad": [[1130.0, 620.0], [1210.0, 620.0], [1210.0, 642.0], [1130.0, 642.0]],
            "reviewed": False,
        }
    },
    "reason": "",
    "error": "",
    "document": None,
    "quad": [[12.0, 9.5], [1311.0, 9.5], [1311.0, 845.0], [12.0, 845.0]],
}


class ExtractAnswer(BaseModel):
    """The pages of all files, in order; ``time_cost`` are seconds.

    ``job`` is where they are kept, if they were to be reviewed.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "success": True,
                    "code": 200,
                    "time_cost": 0.35,
                    "template": "invoice",
                    "pages": [_PAGE_EXAMPLE],
                    "job": None,
                }
            ]
        }
    )

    success: Literal[True] = True
    code: Literal[200] = 200
    time_cost: float
    template: str
    pages: list[ExtractedPage]
    job: str | None = None


class TemplateField(BaseModel):
    """A field of a template, and what its values are."""

    name: str
    title: str
    gives: str
    nullable: bool


class TemplateSummary(BaseModel):
    """A template that pages can be read by."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "invoice",
                    "title": "增值税电子普通发票",
                    "fields": [
                        {"name": "total", "title": "", "gives": "Decimal", "nullable": False}
                    ],
                }
            ]
        }
    )

    name: str
    title: str
    fields: list[TemplateField]

    @classmethod
    def of(cls, name: str, template: Template) -> Self:
        """A template, by the name it is asked for."""
        fields = [
            TemplateField(
                name=field.name,
                title=field.title,
                gives=field.kind.gives.__name__,
                nullable=field.nullable,
            )
            for field in template.fields.values()
        ]
        return cls(name=name, title=template.title, fields=fields)


class JobProgress(BaseModel):
    """How far a job is: numbers of its pages."""

    pages: int
    done: int
    failed: int

    @classmethod
    def of(cls, summary: JobSummary) -> Self:
        """A job's progress."""
        return cls(pages=summary.pages, done=summary.done, failed=summary.failed)


class JobAnswer(BaseModel):
    """A job; its ``template`` is null where all print is read."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0f3a5c7e9b1d2f4a6c8e0b2d4f6a8c0e",
                    "state": "reading",
                    "template": "invoice",
                    "created": "2026-03-17T09:30:00Z",
                    "progress": {"pages": 120, "done": 37, "failed": 1},
                }
            ]
        }
    )

    id: str
    state: Literal["reading", "done"]
    template: str | None
    created: datetime
    progress: JobProgress

    @classmethod
    def of(cls, summary: JobSummary) -> Self:
        """A job as it stands."""
        return cls(
            id=summary.id,
            state="done" if summary.finished else "reading",
            template=summary.template,
            created=datetime.fromtimestamp(summary.created, UTC),
            progress=JobProgress.of(summary),
        )


class JobPageAnswer(BaseModel):
    """A page of a job that is done: what was read, by a template or all print.

    ``status`` is "read" or "failed" for all print, else that of the extracted page.
    """

    source: str
    page: int
    status: str
    extracted: ExtractedPage | None = None
    ocr: OcrPage | None = None

    @classmethod
    def of(cls, page: FinishedPage) -> Self:
        """A page as its job has it."""
        found = json.loads(page.result)
        by_template = "readings" in found
        return cls(
            source=page.name,
            page=page.number,
            status=page.status,
            extracted=ExtractedPage.model_validate(found) if by_template else None,
            ocr=None if by_template else OcrPage.model_validate(found),
        )


class Health(BaseModel):
    """That the process answers, or is ready to read."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: Literal["ok"] = "ok"


def rounded_corners(quad_px: Quad | None) -> Corners:
    """A quad as JSON has it, to a tenth of a px."""
    if quad_px is None:
        return None
    first, second, third, fourth = (
        (round(float(x), 1), round(float(y), 1)) for x, y in np.asarray(quad_px)
    )
    return first, second, third, fourth
