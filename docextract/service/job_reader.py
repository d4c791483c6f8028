"""Threads that read the pages of jobs, as long as the service runs."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from docextract.errors import DocextractError, SourceError
from docextract.result import Failure, Result
from docextract.service.engine import Engine
from docextract.service.metrics import Metrics
from docextract.service.schemas import ExtractedPage, OcrPage
from docextract.store import ClaimedPage, FileStore, Jobs, StoreError

_log = logging.getLogger("docextract.service")
_LOOK_EVERY_S = 1.0  # for pages that other processes have taken in, or left
_WORN_OUT = "the process reading it ended, again and again. Look at the file"
_FAULT = "a fault of the service. Report it"


@dataclass(frozen=True, slots=True)
class _Reading:
    """A page's result: its status, and its JSON."""

    status: str
    result: str


class JobReader:
    """Reads open pages one after the other in each of some threads.

    A page is claimed for ``lease_s``, which is prolonged while it is read. When the process dies,
    its pages come free at the end of their leases.
    """

    def __init__(
        self,
        jobs: Jobs,
        files: FileStore,
        engine: Engine,
        metrics: Metrics,
        *,
        lease_s: float,
        threads: int,
    ) -> None:
        self._jobs, self._files, self._engine, self._metrics = jobs, files, engine, metrics
        self._lease_s = lease_s
        self._stopping, self._came = threading.Event(), threading.Event()
        self._workers = [secrets.token_hex(8) for _ in range(threads)]
        works: list[Callable[[], None]] = [self._renew]
        works += [partial(self._read_all, worker) for worker in self._workers]
        self._threads = [
            threading.Thread(target=work, name="docextract-jobs", daemon=True) for work in works
        ]

    def start(self) -> None:
        """Begin to read."""
        for thread in self._threads:
            thread.start()

    def look(self) -> None:
        """Say that there are new pages."""
        self._came.set()

    def stop(self) -> None:
        """Finish the pages at hand and read no more."""
        self._stopping.set()
        self._came.set()
        for thread in self._threads:
            thread.join()

    def _read_all(self, worker: str) -> None:
        while not self._stopping.is_set():
            try:
                page = self._jobs.claim(worker)
                if page is not None:
                    self._finish(page, worker)
                    continue
            except StoreError as error:
                _log.error("jobs are tried again: %s", error)
                time.sleep(_LOOK_EVERY_S)
            self._came.wait(_LOOK_EVERY_S)
            self._came.clear()

    def _finish(self, page: ClaimedPage, worker: str) -> None:
        reading = self._read(page)
        noted = self._jobs.finish(page.id, worker, status=reading.status, result=reading.result)
        if noted:
            self._metrics.pages.labels(page.template or "ocr", reading.status).inc()

    def _renew(self) -> None:
        while not self._stopping.wait(self._lease_s / 4):
            for worker in self._workers:
                try:
                    self._jobs.renew(worker)
                except StoreError as error:
                    _log.error("a lease was not prolonged: %s", error)

    def _read(self, page: ClaimedPage) -> _Reading:
        if page.worn_out:
            return _failed(page, SourceError(page.name, _WORN_OUT))
        try:
            data = self._files.load(page.sha256, name=page.name)
            if page.template is None:
                text = self._engine.ocr(data, page.number, name=page.name)
                return _Reading("read", OcrPage.of(text).model_dump_json())
            result = self._engine.extract(page.template, data, page.number, name=page.name)
            return _Reading(result.status, ExtractedPage.of(result).model_dump_json())
        except DocextractError as error:
            return _failed(page, error)
        except Exception as error:  # else the page would come up again and again
            _log.error("fault in a job: %s", type(error).__name__)
            return _failed(page, DocextractError(_FAULT))


def _failed(page: ClaimedPage, error: DocextractError) -> _Reading:
    failure = Failure.of(error)
    if page.template is None:
        empty = OcrPage(
            page=page.number, width=0, height=0, turn=0, text="", lines=[], reason=failure.reason
        )
        return _Reading("failed", empty.model_dump_json())
    result = Result(page.name, page.number, page.template, status="failed", failure=failure)
    return _Reading("failed", ExtractedPage.of(result).model_dump_json())
