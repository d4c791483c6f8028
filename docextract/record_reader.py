"""Pages to results, as a stream: what one template's reader and that of several have in common."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Protocol

from docextract.errors import RegistrationError, SourceError, UsageError
from docextract.job import Job
from docextract.result import Result
from docextract.sources import Source, find_files, load_page, load_pages
from docextract.splitting import Document
from docextract.types import Page, Sheet

PAGES_IN_FLIGHT = 4  # pages whose lines share the recognizer's batches


class Cutter(Protocol):
    """What cuts a template's fields out of a page that is placed."""

    def cut(self, job: Job, sheet: Sheet) -> Job:
        """The job with the crops, marks and tables of its document."""
        ...


class RecordReader(ABC):
    """Pages to results, in order and as a stream."""

    page_size_u: tuple[float, float] | None = None
    """The form's size, (width, height), where it is known: PDF pages are drawn by it."""

    def read(self, source: Source) -> Result:
        """Read one document: a path, an encoded file's bytes, or a BGR array.

        Raises SourceError when it cannot be loaded and UsageError when it has several pages or
        documents (``run`` reads those). A page on which the form is not found comes back "failed".
        """
        return self._finished([self._only_job(source)])[0]

    def read_page(self, source: Source, number: int, *, name: str | None = None) -> Result:
        """Read page ``number``, from 1, of a source, which the result calls ``name``.

        A page that cannot be loaded comes back "failed", like one without the form. Raises
        UsageError when several documents are found on it (``read_documents`` reads those).
        """
        results = self.read_documents(source, number, name=name)
        if len(results) > 1:
            raise UsageError(_several(results[0].source, number, len(results)))
        return results[0]

    def read_documents(
        self, source: Source, number: int = 1, *, name: str | None = None
    ) -> list[Result]:
        """Read all documents on page ``number``, from 1, of a source, in reading order.

        There is one unless pages are split. A page that cannot be loaded, or on which there is
        none, is one result that is "failed".
        """
        started = time.perf_counter()
        try:
            page = load_page(source, number, page_size_u=self.page_size_u, name=name)
        except SourceError as err:
            job = Job(name or err.source, number, source, self.page_size_u, error=err)
            return self._finished([job])
        return self._finished(self._placed(page, source, time.perf_counter() - started))

    def run(self, inputs: Sequence[str | Path]) -> Iterator[Result]:
        """Read files, folders and globs, page by page, in order, as a stream.

        A file or page that cannot be read comes as a "failed" result with the reason. While
        lines are recognized, the next pages are loaded and placed.
        """
        jobs = self._jobs(inputs)
        with ThreadPoolExecutor(1, thread_name_prefix="docextract-pages") as ahead:
            coming = ahead.submit(lambda: list(islice(jobs, PAGES_IN_FLIGHT)))
            while batch := coming.result():
                coming = ahead.submit(lambda: list(islice(jobs, PAGES_IN_FLIGHT)))
                yield from self._finished(batch)

    @abstractmethod
    def _found(self, page: Page) -> list[Document]:
        """Register a page; raises RegistrationError when no form is on it."""

    @abstractmethod
    def _reader(self, template: str) -> Cutter:
        """What cuts the documents of a template."""

    @abstractmethod
    def _finished(self, jobs: Sequence[Job]) -> list[Result]:
        """Read the lines of all pages together, then settle each page."""

    def _only_job(self, source: Source) -> Job:
        """The job of a source's only page; raises as ``read`` does."""
        jobs = list(islice(self._jobs_of(source), 2))
        if len(jobs) > 1 and jobs[0].number == jobs[1].number:
            raise UsageError(_several(jobs[0].source, jobs[0].number))
        if len(jobs) > 1:
            raise UsageError(f"{jobs[0].source}: has several pages. Read them with run()")
        if isinstance(jobs[0].error, SourceError):
            raise jobs[0].error
        return jobs[0]

    def _jobs(self, inputs: Sequence[str | Path]) -> Iterator[Job]:
        for found in find_files(inputs):
            if found.error is not None:
                yield Job(str(found.path), 1, found.path, self.page_size_u, error=found.error)
                continue
            yield from self._jobs_of(found.path)

    def _jobs_of(self, source: Source) -> Iterator[Job]:
        """The documents of a source: pages, with those that go on with them."""
        held: Job | None = None
        for job in self._pages_of(source):
            if held is not None and held.goes_on_with(job):
                held = held.then(job)
                continue
            if held is not None:
                yield held
            held = job
        if held is not None:
            yield held

    def _pages_of(self, source: Source) -> Iterator[Job]:
        started = time.perf_counter()
        try:
            for slot in load_pages(source, page_size_u=self.page_size_u):
                loaded = time.perf_counter() - started
                if slot.page is None:
                    name = slot.error.source if slot.error else str(source)
                    yield Job(name, slot.number, source, self.page_size_u, error=slot.error)
                else:
                    yield from self._placed(slot.page, source, loaded)
                started = time.perf_counter()
        except SourceError as err:
            yield Job(err.source, 1, source, self.page_size_u, error=err)

    def _placed(self, page: Page, origin: Source, loaded_s: float) -> list[Job]:
        """Register a page and cut the fields of its documents, which share the time that took."""
        started = time.perf_counter()
        job = Job(page.source, page.number, origin, self.page_size_u)
        try:
            found = self._found(page)
        except RegistrationError as err:
            return [replace(job, error=err)]
        registered_s = time.perf_counter() - started
        job = replace(
            job,
            timings_s={"load": loaded_s / len(found), "register": registered_s / len(found)},
            alone=len(found) == 1,
        )
        return [
            self._reader(one.template).cut(
                replace(job, template=one.template, document=one.number, quad_px=one.quad_px),
                one.sheet,
            )
            for one in found
        ]


def _several(source: str, page: int, count: int | None = None) -> str:
    many = "several" if count is None else str(count)
    return f"{source}: page {page} has {many} documents. Read them with run() or read_documents()"
