"""Errors as RFC 9457 problem details, each with its cure."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import TypeAlias

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from docextract.errors import (
    DocextractError,
    MissingExtra,
    SourceError,
    UnknownName,
    UsageError,
)
from docextract.reviewing import WrongAnswer
from docextract.store import NotClaimed, NothingToUndo, StoreError, UnknownItem, UnknownJob

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger("docextract.service")

Responses: TypeAlias = dict[int | str, dict[str, object]]


class ProblemDetails(BaseModel):
    """RFC 9457: what went wrong. ``detail`` says the place, the value found and the cure."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:docextract:problem:unknown-name",
                    "title": "Not Found",
                    "status": 404,
                    "detail": "unknown template 'invoce'. Did you mean 'invoice'?",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str


class Problem(HTTPException):
    """An error that the caller is told; raised anywhere while a request is answered.

    ``kind`` is the last part of the problem's type.
    """

    def __init__(
        self, status: int, kind: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, headers)
        self.kind = kind


def no_key() -> Problem:
    """The problem of a request without a valid key where one is needed."""
    return Problem(
        401,
        "no-key",
        "no valid key was sent. Send the header Authorization: Bearer KEY",
        {"WWW-Authenticate": "Bearer"},
    )


_STATUSES: tuple[tuple[type[DocextractError], int, str], ...] = (
    (UnknownName, 404, "unknown-name"),
    (UnknownJob, 404, "unknown-job"),
    (UnknownItem, 404, "unknown-item"),
    (NotClaimed, 409, "not-claimed"),
    (NothingToUndo, 409, "nothing-to-undo"),
    (WrongAnswer, 422, "wrong-answer"),
    (SourceError, 422, "unreadable-file"),
    (UsageError, 400, "usage"),
    (StoreError, 503, "store"),
    (MissingExtra, 501, "missing-package"),
)


def problem_response(problem: Problem) -> JSONResponse:
    """A problem as a response."""
    content = ProblemDetails(
        type=f"urn:docextract:problem:{problem.kind}",
        title=HTTPStatus(problem.status_code).phrase,
        status=problem.status_code,
        detail=problem.detail,
    )
    return JSONResponse(
        content.model_dump(), problem.status_code, problem.headers, media_type=MEDIA_TYPE
    )


def documented(*statuses: int) -> Responses:
    """The problems a route may answer with, for OpenAPI."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in statuses
    }


def handle_problems(app: FastAPI) -> None:
    """Make an app answer every error raised on purpose with problem details."""

    async def told(_request: Request, error: Exception) -> JSONResponse:
        return problem_response(problem_of(error))

    for kind in (HTTPException, RequestValidationError, DocextractError):
        app.add_exception_handler(kind, told)


def problem_of(error: Exception) -> Problem:
    """What the caller is told of an error; one that nobody raised on purpose is logged."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        kind = HTTPStatus(error.status_code).name.lower().replace("_", "-")
        return Problem(error.status_code, kind, _cured(error), error.headers)
    if isinstance(error, RequestValidationError):
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        return Problem(422, "invalid-request", f"{wrong}. See /openapi.json")
    for told, status, kind in _STATUSES:
        if isinstance(error, told):
            return Problem(status, kind, str(error))
    return unexpected(error)


def _cured(error: HTTPException) -> str:
    cures = {
        404: "There is nothing at this path. See /openapi.json for what there is",
        405: "This path does not take this method. See /openapi.json",
    }
    return cures.get(error.status_code, f"{error.detail}. See /openapi.json")


def unexpected(error: Exception) -> Problem:
    """A fault of ours: logged by a number that the caller is told, without the request's data."""
    number = secrets.token_hex(4)
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    _log.error("fault %s: %s at %s", number, type(error).__name__, place)
    return Problem(500, "fault", f"a fault of the service; its log calls it {number}. Report it")
