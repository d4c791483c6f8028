"""Review as routes and pages use it: items shown, answered, and their pages settled again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docextract.errors import InvalidValue, UsageError
from docextract.reviewing import (
    NOT_PRINTED,
    UNREADABLE,
    Current,
    Kept,
    Reason,
    ReviewChoice,
    around,
    check_answer,
    line_picture,
    looks_left,
    reasons,
    review_choices,
    settled_again,
)
from docextract.service.engine import Engine
from docextract.service.schemas import ExtractedPage
from docextract.sources import load_page
from docextract.store import Answer, Event, FileStore, Item, PageState, Reviews
from docextract.template import Field, Template
from docextract.types import Image, Quad


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """An item with everything that a person needs to answer it."""

    item: Item
    field: Field
    kept: Kept
    current: Current
    choices: tuple[ReviewChoice, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the review is; ``looks_left`` is None where all open items are too few."""

    open: int
    answered: int
    fields: int
    expected_errors: float
    target: float
    looks_left: int | None

    @property
    def error_rate(self) -> float:
        """The share of all values that are expected to be wrong."""
        return self.expected_errors / self.fields if self.fields else 0.0


class ReviewDesk:
    """The review of a service's jobs; safe to share between threads."""

    def __init__(
        self, engine: Engine, reviews: Reviews, files: FileStore, *, target: float
    ) -> None:
        self._engine, self._reviews, self._files = engine, reviews, files
        self._target = target

    def next(self, reviewer: str, *, template: str | None = None) -> Shown | None:
        """Claim what is worth most to look at; None when nothing is left for this reviewer."""
        if template is not None:
            self._engine.check(template)
        item = self._reviews.claim(reviewer, template=template)
        return None if item is None else self._shown(item)

    def show(self, item: int) -> Shown:
        """An item as it stands; raises UnknownItem."""
        return self._shown(self._reviews.item(item))

    def history(self, item: int) -> list[Event]:
        """What was done about an item, oldest first."""
        return self._reviews.history(item)

    def correct(self, item: int, reviewer: str, text: str) -> None:
        """Note what is printed; raises WrongAnswer for what is no value of the field's type."""
        answer = check_answer(self.show(item).field, text)
        self._reviews.answer(item, reviewer, answer, self._settled)

    def choose(self, item: int, reviewer: str, choice: int) -> None:
        """Note that the choice of that number, from 0, is right."""
        choices = self.show(item).choices
        if choice >= len(choices):
            raise UsageError(
                f"item {item} has {len(choices)} choices, not number {choice}. "
                "Count from 0, or send the text"
            )
        self._reviews.answer(item, reviewer, Answer("value", choices[choice].text), self._settled)

    def not_printed(self, item: int, reviewer: str) -> None:
        """Note that nothing is printed for the field."""
        self._reviews.answer(item, reviewer, NOT_PRINTED, self._settled)

    def unreadable(self, item: int, reviewer: str) -> None:
        """Note that no one can tell what is printed."""
        self._reviews.answer(item, reviewer, UNREADABLE, self._settled)

    def skip(self, item: int, reviewer: str) -> None:
        """Leave an item to others."""
        self._reviews.skip(item, reviewer)

    def undo(self, item: int, reviewer: str) -> None:
        """Take back what the reviewer did last about an item."""
        self._reviews.undo(item, reviewer, self._settled)

    def undo_last(self, reviewer: str) -> None:
        """Take back what the reviewer did last about anything."""
        item = self._reviews.last(reviewer)
        if item is None:
            raise UsageError("there is nothing to undo. Answer an item first")
        self._reviews.undo(item, reviewer, self._settled)

    def progress(self, *, template: str | None = None) -> Progress:
        """How far the review is, of all templates or one."""
        if template is not None:
            self._engine.check(template)
        counts = self._reviews.counts(template=template)
        allowed = self._target * counts.fields
        return Progress(
            open=len(counts.open_errors),
            answered=counts.answered,
            fields=counts.fields,
            expected_errors=counts.expected_errors,
            target=self._target,
            looks_left=looks_left(counts.open_errors, counts.expected_errors, allowed),
        )

    def line(self, item: int) -> Image | None:
        """The picture of an item's line, BGR; None where its place was not found."""
        shown = self.show(item)
        quad_px = _quad(shown)
        return None if quad_px is None else line_picture(self._page(shown), quad_px)

    def around(self, item: int) -> Image:
        """The page around an item, BGR."""
        shown = self.show(item)
        return around(self._page(shown), _quad(shown))

    def _page(self, shown: Shown) -> Image:
        item, size_u = shown.item, shown.kept.page_size_u
        data = self._files.load(item.sha256, name=item.name)
        return load_page(data, item.number, page_size_u=size_u, name=item.name).image

    def _shown(self, item: Item) -> Shown:
        field = _field(self._engine.template(item.template), item)
        kept = Kept.model_validate_json(item.reading)
        current = Current.model_validate_json(item.current)
        return Shown(
            item,
            field,
            kept,
            current,
            tuple(review_choices(field, kept)),
            tuple(reasons(field, kept, current)),
        )

    def _settled(self, items: Sequence[Item], result: str) -> PageState:
        """The page of some items after their answers."""
        template = self._engine.template(items[0].template)
        kept = {
            _field(template, item).name: Kept.model_validate_json(item.reading) for item in items
        }
        answers = {item.field: item.answer for item in items if item.answer is not None}
        try:
            page = settled_again(template, kept, answers)
        except InvalidValue:
            raise _changed(template.name) from None
        before = ExtractedPage.model_validate_json(result)
        return PageState(
            status=page.status,
            result=before.settled(page).model_dump_json(),
            expected_errors=sum(page.errors.values()),
            fields=page.fields(),
        )


def _quad(shown: Shown) -> Quad | None:
    return shown.kept.reading(shown.field.name, shown.field.kind).quad_px


def _field(template: Template, item: Item) -> Field:
    if item.field not in template.fields:
        raise _changed(template.name)
    return template.fields[item.field]


def _changed(template: str) -> UsageError:
    return UsageError(
        f"template {template!r} has changed since the page was read. Send the page again"
    )
