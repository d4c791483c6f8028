"""Pictures of the review page: an item's line, and the page around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import cv2
from fastapi import APIRouter, Depends, Path, Request, Response

from docextract.service.keys import Scope
from docextract.service.problems import Problem
from docextract.service.state import State
from docextract.types import Image
from docextract.web.visit import visit_of

router = APIRouter(prefix="/review-pictures", include_in_schema=False)


def _reviewing(request: Request) -> State:
    visit = visit_of(request)
    if not visit.may(Scope.REVIEW):
        raise Problem(403, "wrong-scope", "the key is not for review. Make one with --scope review")
    return visit.state


Reviewing = Annotated[State, Depends(_reviewing)]
ItemId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/{item}/line")
async def line(state: Reviewing, item: ItemId) -> Response:
    """The field's line; all of the page where its place was not found."""
    return await _jpeg(state, lambda: _line(state, item))


@router.get("/{item}/page")
async def page(state: Reviewing, item: ItemId) -> Response:
    """The page around the field."""
    return await _jpeg(state, lambda: state.desk.around(item))


def _line(state: State, item: int) -> Image:
    found = state.desk.line(item)
    return state.desk.around(item) if found is None else found


async def _jpeg(state: State, make: Callable[[], Image]) -> Response:
    _, jpeg = cv2.imencode(".jpg", await state.gate.run(make))
    return Response(jpeg.tobytes(), media_type="image/jpeg")
