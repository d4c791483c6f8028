"""What the review's routes take and answer, as JSON and in OpenAPI."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from docextract.service.review_desk import Progress, Shown
from docextract.service.schemas import Confidence, Corners, rounded_corners
from docextract.store import Event
from docextract.writers import Plain


class ReviewAct(BaseModel):
    """What a reviewer does about an item; "correct" comes with a ``text`` or a ``choice``."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"action": "correct", "text": "16342624"},
                {"action": "correct", "choice": 0},
                {"action": "skip"},
            ]
        },
    )

    action: Literal["correct", "not_printed", "unreadable", "skip", "undo"]
    text: Annotated[str, Field(max_length=2000, description="What is printed.")] | None = None
    choice: Annotated[int, Field(ge=0, le=8, description="From 0, of ``choices``.")] | None = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        given = (self.text is not None) + (self.choice is not None)
        if given != (self.action == "correct"):
            raise ValueError('give "correct" a text or a choice, and the other actions neither')
        return self


class ReviewChoiceAnswer(BaseModel):
    """A value that the field may have, with its log-evidence where the picture gives some."""

    text: str
    logp: float | None


class ReviewReason(BaseModel):
    """Why a person should look, in English and in Chinese."""

    check: str
    en: str
    zh: str


class ReviewEvent(BaseModel):
    """One row of an item's history."""

    reviewer: str
    at: datetime
    act: str
    text: str

    @classmethod
    def of(cls, event: Event) -> Self:
        """A row as it is kept."""
        at = datetime.fromtimestamp(event.at, UTC)
        return cls(reviewer=event.reviewer, at=at, act=event.act, text=event.text)


_ITEM_EXAMPLE: JsonDict = {
    "id": 17,
    "source": "scan.jpg",
    "page": 1,
    "template": "invoice",
    "field": "total",
    "title": "价税合计",
    "type": "amount",
    "state": "open",
    "value": "9.35",
    "text": "¥9.35",
    "confidence": 0.81,
    "error": 0.19,
    "choices": [{"text": "¥9.35", "logp": -0.21}, {"text": "¥9.33", "logp": -1.7}],
    "reasons": [
        {
            "check": "confidence",
            "en": "Not sure enough: 81.0%, and 0.9 is asked for",
            "zh": "把握不足：81.0%，要求 0.9",
        }
    ],
    "quad": [[1130.0, 620.0], [1210.0, 620.0], [1210.0, 642.0], [1130.0, 642.0]],
    "crop": "/review/items/17/crop",
    "around": "/review/items/17/page",
    "claimed_until": "2026-03-17T09:35:00Z",
    "history": [],
}


class ReviewItemAnswer(BaseModel):
    """A field to look at, or looked at; ``error`` is the probability that its value is wrong.

    ``crop`` and ``around`` are the paths of its pictures; ``crop`` is null where its place was not
    found.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_ITEM_EXAMPLE]})

    id: int
    source: str
    page: int
    document: int | None
    template: str
    field: str
    title: str
    type: str
    state: Literal["open", "settled", "answered"]
    value: Plain
    text: str
    confidence: Confidence
    error: float
    choices: list[ReviewChoiceAnswer]
    reasons: list[ReviewReason]
    quad: Corners
    crop: str | None
    around: str
    claimed_until: datetime | None
    history: list[ReviewEvent]

    @classmethod
    def of(cls, shown: Shown, history: Sequence[Event] = ()) -> Self:
        """An item as the desk shows it."""
        item, current = shown.item, shown.current
        path = f"/review/items/{item.id}"
        quad_px = shown.kept.reading(shown.field.name, shown.field.kind).quad_px
        return cls.model_validate(
            {
                "id": item.id,
                "source": item.name,
                "page": item.number,
                "document": item.document,
                "template": item.template,
                "field": item.field,
                "title": shown.field.title,
                "type": item.type,
                "state": item.state,
                "value": current.value,
                "text": current.text,
                "confidence": round(current.confidence, 6),
                "error": round(item.error, 6),
                "choices": [
                    ReviewChoiceAnswer(text=choice.text, logp=choice.logp)
                    for choice in shown.choices
                ],
                "reasons": [
                    ReviewReason(check=reason.check, en=reason.en, zh=reason.zh)
                    for reason in shown.reasons
                ],
                "quad": rounded_corners(quad_px),
                "crop": None if quad_px is None else f"{path}/crop",
                "around": f"{path}/page",
                "claimed_until": datetime.fromtimestamp(item.lease_until, UTC)
                if item.lease_until
                else None,
                "history": [ReviewEvent.of(event) for event in history],
            }
        )


class ReviewProgress(BaseModel):
    """How far the review is. ``fields`` are all that were read, also of pages accepted at once.

    ``error_rate`` is the share of values expected to be wrong, ``looks_left`` how many looks bring
    it to ``target``, likeliest errors first; null where all open items together do not.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "open": 12,
                    "answered": 30,
                    "fields": 1500,
                    "expected_errors": 4.1,
                    "error_rate": 0.00273,
                    "target": 0.001,
                    "looks_left": 5,
                }
            ]
        }
    )

    open: int
    answered: int
    fields: int
    expected_errors: float
    error_rate: float
    target: float
    looks_left: int | None

    @classmethod
    def of(cls, progress: Progress) -> Self:
        """The review's progress."""
        return cls(
            open=progress.open,
            answered=progress.answered,
            fields=progress.fields,
            expected_errors=round(progress.expected_errors, 6),
            error_rate=round(progress.error_rate, 9),
            target=progress.target,
            looks_left=progress.looks_left,
        )
