"""Reading files while the caller waits: all print, or by a template."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, File, Query, UploadFile

from docextract.errors import SourceError
from docextract.result import Failure, Result
from docextract.service.keys import Scope
from docextract.service.problems import documented
from docextract.service.schemas import ExtractAnswer, ExtractedPage, OcrAnswer, OcrPage
from docextract.service.state import Shared, State, key_for
from docextract.service.uploads import Upload, count_pages, take
from docextract.store import ReadPage

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


@router.post("/extract", summary="Typed records of files", responses=_PROBLEMS | documented(404))
async def extract(
    state: Shared,
    template: TemplateName,
    owner: Annotated[str, Depends(key_for(Scope.EXTRACT))],
    file: Annotated[list[UploadFile], File(description="Pictures and PDFs.", min_length=1)],
    review: Annotated[
        bool, Query(description="Keep the pages as a job, and let people look at doubts.")
    ] = False,
) -> ExtractAnswer:
    """Reads every page of the files by a template.

    A page that bears several documents is an entry for each, if the template or the service splits.
    A file that cannot be loaded is a page with the status "failed"; the others are read. Nothing
    is kept unless ``review`` asks for it; then the answer names the ``job``.
    """
    started = time.perf_counter()
    state.engine.check(template)
    uploads = await take(file, state.settings)
    results = await state.gate.run(
        lambda: [_extracted(state, template, upload) for upload in uploads]
    )
    job = None
    if review:
        job = await asyncio.to_thread(_kept, state, owner, template, uploads, results)
    return ExtractAnswer(
        time_cost=round(time.perf_counter() - started, 4),
        template=template,
        pages=[ExtractedPage.of(result) for found in results for result in found],
        job=job,
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


def _extracted(state: State, template: str, upload: Upload) -> list[Result]:
    try:
        count = _page_count(state, upload)
    except SourceError as error:
        results = [_unreadable(template, upload, error)]
    else:
        results = [
            result
            for number in range(1, count + 1)
            for result in state.engine.extract(template, upload.data, number, name=upload.name)
        ]
    for result in results:
        state.metrics.pages.labels(template, result.status).inc()
    return results


def _kept(
    state: State,
    owner: str,
    template: str,
    uploads: Sequence[Upload],
    results: Sequence[Sequence[Result]],
) -> str:
    """Keep pages that were read as a job, for people to review; gives its id."""
    pages = [
        ReadPage(
            file=number,
            name=upload.name,
            sha256=sha256,
            number=result.page,
            document=result.document,
            status=result.status,
            result=ExtractedPage.of(result).model_dump_json(),
            review=state.engine.review(template, result),
        )
        for number, (upload, found) in enumerate(zip(uploads, results, strict=True))
        for sha256 in [state.files.keep(upload.data)]
        for result in found
    ]
    return state.jobs.add_read(owner, template, pages)


def _unreadable(template: str, upload: Upload, error: SourceError) -> Result:
    failure = Failure.of(error)
    return Result(upload.name, 1, template, status="failed", failure=failure)
