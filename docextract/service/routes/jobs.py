"""Jobs: many files, read while nobody waits, with progress as server-sent events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, File, Path, Query, Response, UploadFile
from fastapi.responses import StreamingResponse

from docextract.errors import SourceError
from docextract.service.keys import Scope
from docextract.service.problems import Problem, Responses, documented
from docextract.service.routes.reading import TemplateName
from docextract.service.schemas import JobAnswer, JobPageAnswer, JobProgress
from docextract.service.state import Shared, State, key_for
from docextract.service.uploads import Upload, count_pages, take
from docextract.store import NewFile, UnknownJob

router = APIRouter(tags=["jobs"])

_LOOK_EVERY_S = 0.25
_SIGN_OF_LIFE_S = 15.0  # proxies cut connections on which nothing comes
_EVENTS = "text/event-stream"
_RETRY_S = 60
_NOT_YOURS = documented(401, 403, 404, 422, 429, 503)
_STREAM: Responses = {200: {"content": {_EVENTS: {"schema": {"type": "string"}}}}}

Owner: TypeAlias = Annotated[str, Depends(key_for(Scope.JOBS))]
JobId: TypeAlias = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="As POST /jobs gave.")]


@router.post(
    "/jobs",
    status_code=202,
    summary="Read files later",
    responses=documented(400, 401, 403, 404, 408, 413, 422, 429, 500, 503),
)
async def add_job(
    state: Shared,
    owner: Owner,
    response: Response,
    file: Annotated[list[UploadFile], File(description="Pictures and PDFs.", min_length=1)],
    template: TemplateName | None = None,
) -> JobAnswer:
    """Takes files in to be read by a template, or all print of them without one.

    What was taken in is read, even if the service is ended in between.
    """
    if template is not None:
        state.engine.check(template)
    uploads = await take(file, state.settings)
    job = await state.gate.run(lambda: _take_in(state, owner, template, uploads))
    state.job_reader.look()
    response.headers["Location"] = f"/jobs/{job}"
    return await asyncio.to_thread(lambda: JobAnswer.of(state.jobs.summary(job, owner)))


@router.get("/jobs/{job}", summary="How far a job is", responses=_NOT_YOURS)
def job_progress(state: Shared, owner: Owner, job: JobId) -> JobAnswer:
    """Counts the job's pages by what became of them."""
    return JobAnswer.of(state.jobs.summary(job, owner))


@router.get("/jobs/{job}/pages", summary="What was read", responses=_NOT_YOURS)
def job_pages(
    state: Shared,
    owner: Owner,
    job: JobId,
    after: Annotated[int, Query(ge=0, le=10**9, description="Leave so many out.")] = 0,
    most: Annotated[int, Query(ge=1, le=1000, description="Give so many at most.")] = 100,
) -> list[JobPageAnswer]:
    """The pages that are done, in the order of the files."""
    found = state.jobs.finished_pages(job, owner, after=after, most=most)
    return [JobPageAnswer.of(page) for page in found]


@router.get(
    "/jobs/{job}/events",
    summary="Progress as it happens",
    response_class=StreamingResponse,
    responses=_STREAM | _NOT_YOURS,
)
async def job_events(state: Shared, owner: Owner, job: JobId) -> StreamingResponse:
    """Server-sent events: `progress` whenever pages are done, and `done` at the end."""
    await asyncio.to_thread(state.jobs.summary, job, owner)
    return StreamingResponse(_events(state, job, owner), media_type=_EVENTS)


@router.delete(
    "/jobs/{job}", status_code=204, summary="Delete a job and its results", responses=_NOT_YOURS
)
def delete_job(state: Shared, owner: Owner, job: JobId) -> None:
    """Deletes results at once, and files that no other job has within the day."""
    state.jobs.remove(job, owner)


def _take_in(state: State, owner: str, template: str | None, uploads: list[Upload]) -> str:
    settings = state.settings
    counts = [_pages_of(upload, state) for upload in uploads]
    if state.jobs.open_pages() + sum(counts) > settings.most_open_pages:
        raise Problem(
            503,
            "busy",
            f"more than {settings.most_open_pages} pages wait to be read. Try again later",
            {"Retry-After": str(_RETRY_S)},
        )
    files = [
        NewFile(upload.name, state.files.keep(upload.data), pages)
        for upload, pages in zip(uploads, counts, strict=True)
    ]
    return state.jobs.add(owner, template, files)


def _pages_of(upload: Upload, state: State) -> int:
    """How many pages a file has; one that cannot be loaded has a page, which says why."""
    settings = state.settings
    try:
        return count_pages(upload, settings, most_pages=settings.most_job_pages)
    except SourceError:
        return 1


async def _events(state: State, job: str, owner: str) -> AsyncIterator[str]:
    told, spoke = -1, time.monotonic()
    while True:
        try:
            summary = await asyncio.to_thread(state.jobs.summary, job, owner)
        except UnknownJob:  # deleted meanwhile
            return
        if summary.done != told:
            told, spoke = summary.done, time.monotonic()
            event = "done" if summary.finished else "progress"
            data = JobProgress.of(summary).model_dump_json()
            yield f"event: {event}\nid: {told}\ndata: {data}\n\n"
        if summary.finished:
            return
        if time.monotonic() - spoke > _SIGN_OF_LIFE_S:
            spoke = time.monotonic()
            yield ": still reading\n\n"
        await asyncio.sleep(_LOOK_EVERY_S)
