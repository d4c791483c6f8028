"""Whether the service lives and can read, what it counts, and what it can read by."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from docextract.service.keys import Scope
from docextract.service.metrics import MEDIA_TYPE
from docextract.service.problems import Problem, Responses, documented
from docextract.service.schemas import Health, TemplateSummary
from docextract.service.state import Shared, key_for

router = APIRouter(tags=["about"])
_TEXT: Responses = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Health:
    """Answers as long as the process does."""
    return Health()


@router.get("/readyz", summary="Can it read?", responses=documented(503))
async def readyz(state: Shared) -> Health:
    """Answers with 503 until models are loaded."""
    if not state.ready:
        raise Problem(503, "starting", "models are being loaded. Ask again", {"Retry-After": "1"})
    return Health()


@router.get(
    "/metrics",
    summary="Counters for Prometheus",
    response_class=Response,
    responses=_TEXT | documented(401, 403, 429),
    dependencies=[Depends(key_for(Scope.METRICS))],
)
async def metrics(state: Shared) -> Response:
    """Requests, seconds, pages, and how lines are batched, in Prometheus' text format."""
    return Response(state.metrics.shown(), media_type=MEDIA_TYPE)


@router.get(
    "/templates",
    summary="What pages can be read by",
    responses=documented(401, 403, 429),
    dependencies=[Depends(key_for(Scope.EXTRACT))],
)
def templates(state: Shared) -> list[TemplateSummary]:
    """All templates by name, with their fields."""
    names = state.engine.template_names
    return [TemplateSummary.of(name, state.engine.template(name)) for name in names]
