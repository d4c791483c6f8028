"""Reading files while the caller waits: all print, or by a template."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Depends, File, Query, UploadFile

from docextract.errors import SourceError
from docextract.result import Failure, Result
from docextract.service.keys import Scope
from docextract.service.problems import documented
from docextract.service.schemas import ExtractAnswer, ExtractedPage, OcrAnswer, OcrPage
from docextract.service.state import Shared, State, key_for
from docextract.service.uploads import Upload, count_pages, take

router = APIRouter(tags=["reading"])

_PROBLEMS = documented(400, 401, 403, 408, 413, 422, 429, 500, 503)
TemplateName = Annotated[
    str,
    Query(
        description="A template's name, as GET /templates lists it, or \"auto\": each page's own.",
        max_length=100,
        examples=["invoice"],
    ),
]


@router.post(
    "/ocr",
    summary="All print of a file",
    responses=_PROBLEMS,
    dependencies=[Depends(key_for(Scope.OCR))],
)
async def ocr(
    state: Shared,
    file: Annotated[UploadFile, File(description="A picture or a PDF.")],
) -> OcrAnswer:
    """Reads all print of a picture or PDF, in the order a person reads it.

    A damaged page among several has no lines, and a ``reason``; the others are read.
    """
    started = time.perf_counter()
    (upload,) = await take([file], state.settings)
    pages = await state.gate.run(lambda: _ocr_pages(state, upload))
    return OcrAnswer(
        time_cost=round(time.perf_counter() - started, 4),
        text="\n\f\n".join(page.text for page in pages),
        pages=pages,
    )


@router.post(
    "/extract",
    summary="Typed records of files",
    responses=_PROBLEMS | documented(404),
    dependencies=[Depends(key_for(Scope.EXTRACT))],
)
async def extract(
    state: Shared,
    template: TemplateName,
    file: Annotated[list[UploadFile], File(description="Pictures and PDFs.", min_length=1)],
) -> ExtractAnswer:
    """Reads every page of the files by a template.

    A file that cannot be loaded is a page with the status "failed"; the others are read.
    """
    started = time.perf_counter()
    state.engine.check(template)
    uploads = await take(file, state.settings)
    pages = await state.gate.run(
        lambda: [page for upload in uploads for page in _extracted(state, template, upload)]
    )
    return ExtractAnswer(
        time_cost=round(time.perf_counter() - started, 4), template=template, pages=pages
    )


def _page_count(state: State, upload: Upload) -> int:
    return count_pages(upload, state.settings, most_pages=state.settings.most_pages)


def _ocr_pages(state: State, upload: Upload) -> list[OcrPage]:
    _page_count(state, upload)  # the limits
    pages = []
    for page in state.engine.reader().pages(upload.data, name=upload.name):
        state.metrics.pages.labels("ocr", "failed" if page.failure else "read").inc()
        pages.append(OcrPage.of(page))
    return pages


def _extracted(state: State, template: str, upload: Upload) -> list[ExtractedPage]:
    try:
        count = _page_count(state, upload)
    except SourceError as error:
        results = [_unreadable(template, upload, error)]
    else:
        results = [
            state.engine.extract(template, upload.data, number, name=upload.name)
            for number in range(1, count + 1)
        ]
    for result in results:
        state.metrics.pages.labels(template, result.status).inc()
    return [ExtractedPage.of(result) for result in results]


def _unreadable(template: str, upload: Upload, error: SourceError) -> Result:
    failure = Failure.of(error)
    return Result(upload.name, 1, template, status="failed", failure=failure)
