"""Review: what people are to look at, most worth first, and what they say of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeAlias

import cv2
from fastapi import APIRouter, Body, Depends, Path, Query, Response

from docextract.errors import UsageError
from docextract.service.keys import Scope
from docextract.service.problems import Problem, Responses, documented
from docextract.service.review_schemas import ReviewAct, ReviewItemAnswer, ReviewProgress
from docextract.service.state import Shared, State, key_for, reviewer_name
from docextract.types import Image

router = APIRouter(prefix="/review", tags=["review"])

_PROBLEMS = documented(400, 401, 403, 404, 422, 429, 503)
_NOTHING: Responses = {204: {"description": "Nothing is left to look at."}}
_PNG: Responses = {200: {"content": {"image/png": {}}}}

Key: TypeAlias = Annotated[str, Depends(key_for(Scope.REVIEW))]
ItemId: TypeAlias = Annotated[int, Path(ge=1, le=2**31 - 1, description="As /review/next gave.")]
OneTemplate: TypeAlias = Annotated[
    str | None, Query(description="Only what this template read.", max_length=100)
]


def _reviewer(
    key: Key,
    reviewer: Annotated[
        str,
        Query(
            description="Who looks, where several people share a key or need none.",
            max_length=60,
            pattern=r"^[\w .@-]*$",
        ),
    ] = "",
) -> str:
    return reviewer_name(key, reviewer)


Reviewer: TypeAlias = Annotated[str, Depends(_reviewer)]


@router.get(
    "/next",
    summary="What is worth a look most",
    response_model=ReviewItemAnswer,
    responses=_NOTHING | _PROBLEMS,
)
def next_item(
    state: Shared, reviewer: Reviewer, template: OneTemplate = None
) -> ReviewItemAnswer | Response:
    """Claims an item for the reviewer, until it is answered or the claim ends.

    Asked again, it gives the same one. The rest of a page comes before other pages, unless
    those are worth more; what others have claimed is left out.
    """
    shown = state.desk.next(reviewer, template=template)
    return Response(status_code=204) if shown is None else ReviewItemAnswer.of(shown)


@router.get("/progress", summary="How far the review is", responses=_PROBLEMS)
def progress(state: Shared, _key: Key, template: OneTemplate = None) -> ReviewProgress:
    """Counts items, and the errors that are expected among all values that were read."""
    return ReviewProgress.of(state.desk.progress(template=template))


@router.get("/items/{item}", summary="An item with its history", responses=_PROBLEMS)
def show_item(state: Shared, _key: Key, item: ItemId) -> ReviewItemAnswer:
    """What was read, what else it may be, why a person should look, and what people said."""
    return ReviewItemAnswer.of(state.desk.show(item), state.desk.history(item))


@router.get(
    "/items/{item}/crop",
    summary="The picture of an item's line",
    response_class=Response,
    responses=_PNG | _PROBLEMS,
)
async def crop(state: Shared, _key: Key, item: ItemId) -> Response:
    """A PNG, upright. Where the field's place was not found there is none: look at the page."""
    return await _png(state, lambda: state.desk.line(item), item)


@router.get(
    "/items/{item}/page",
    summary="The page around an item",
    response_class=Response,
    responses=_PNG | _PROBLEMS,
)
async def page(state: Shared, _key: Key, item: ItemId) -> Response:
    """A PNG with the item's place drawn in; all of the page where that was not found."""
    return await _png(state, lambda: state.desk.around(item), item)


@router.post(
    "/items/{item}",
    summary="Answer, skip or undo",
    responses=_PROBLEMS | documented(409, 413),
)
def act(
    state: Shared, reviewer: Reviewer, item: ItemId, act: Annotated[ReviewAct, Body()]
) -> ReviewItemAnswer:
    """Notes what the reviewer says of an item that is claimed; it is added to the history.

    Then the page's rules are asked again, with what people said held fixed. A text that is no
    value of the field's type is refused with the reason.
    """
    desk = state.desk
    match act.action:
        case "correct" if act.choice is not None:
            desk.choose(item, reviewer, act.choice)
        case "correct":
            desk.correct(item, reviewer, act.text or "")
        case "not_printed":
            desk.not_printed(item, reviewer)
        case "unreadable":
            desk.unreadable(item, reviewer)
        case "skip":
            desk.skip(item, reviewer)
        case "undo":
            desk.undo(item, reviewer)
    return ReviewItemAnswer.of(desk.show(item), desk.history(item))


async def _png(state: State, make: Callable[[], Image | None], item: int) -> Response:
    picture = await state.gate.run(make)
    if picture is None:
        raise Problem(
            404, "no-place", f"item {item}: its place was not found. See /review/items/{item}/page"
        )
    whole, png = cv2.imencode(".png", picture)
    if not whole:
        raise UsageError(f"item {item}: its picture cannot be shown. Look at the file itself")
    return Response(png.tobytes(), media_type="image/png")
