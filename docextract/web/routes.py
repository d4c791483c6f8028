"""What the extract page asks for beside its socket: files in, pictures and records out."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, File, Request, Response, UploadFile

from docextract.ocr import PageText
from docextract.result import Result
from docextract.service.keys import Scope
from docextract.service.problems import Problem
from docextract.service.uploads import take
from docextract.web.desk import Desk, Desks
from docextract.web.export import Download, records, texts
from docextract.web.visit import Visit, visit_of

router = APIRouter(prefix="/desks", include_in_schema=False)


def desks_of(app: FastAPI) -> Desks:
    """The desks of NiceGUI's app."""
    desks = app.state.desks
    assert isinstance(desks, Desks)
    return desks


def _desk(request: Request, desk: str) -> Desk:
    return desks_of(request.app).find(desk, visit_of(request).session)


def check_scope(visit: Visit, template: str | None) -> None:
    """Raise Problem 403 when the visitor's key is not for reading so."""
    scope = Scope.OCR if template is None else Scope.EXTRACT
    if not visit.may(scope):
        detail = f"the key is not for {scope}. Make one with --scope {scope}"
        raise Problem(403, "wrong-scope", detail)


OfDesk = Annotated[Desk, Depends(_desk)]


@router.post("/{desk}/files")
async def add_file(
    request: Request, desk: OfDesk, file: Annotated[UploadFile, File()]
) -> dict[str, str]:
    """Take a file in; what becomes of it is told over the page's socket."""
    check_scope(visit_of(request), desk.template)
    (upload,) = await take([file], visit_of(request).state.settings)
    return {"paper": desk.add(upload).id}


@router.get("/{desk}/papers/{paper}/{number}")
async def picture(desk: OfDesk, paper: str, number: int) -> Response:
    """A page's picture."""
    found = desk.papers.get(paper)
    if found is None or not 1 <= number <= len(found.pages):
        raise Problem(404, "no-page", "there is no such page on the desk. Load the page again")
    return Response((await desk.picture(found, number)).jpeg, media_type="image/jpeg")


@router.get("/{desk}/records.{format}")
async def download_records(request: Request, desk: OfDesk, format: str) -> Response:
    """The records of all files on the desk."""
    engine = visit_of(request).state.engine
    results = [page for page in _pages(desk) if isinstance(page, Result)]
    return attached(await asyncio.to_thread(records, results, format, engine))


@router.get("/{desk}/text.txt")
async def download_text(desk: OfDesk) -> Response:
    """All print of the files that were read without a template."""
    return attached(texts([page for page in _pages(desk) if isinstance(page, PageText)]))


def _pages(desk: Desk) -> list[Result | PageText]:
    return [page for paper in desk.papers.values() for page in paper.pages]


def attached(file: Download) -> Response:
    """A file to take away, as a response."""
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.data, media_type=file.media_type, headers=headers)
