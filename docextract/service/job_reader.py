"""Threads that read the pages of jobs, as long as the service runs."""

from __future__ import annotations

import logging
import secrets
import threading
import time

from docextract.errors import DocextractError, SourceError
from docextract.ocr import PageText
from docextract.result import Failure, Result
from docextract.service.engine import Engine
from docextract.service.metrics import Metrics
from docextract.service.problems import unexpected
from docextract.service.schemas import ExtractedPage, OcrPage
from docextract.store import ClaimedPage, FileStore, Jobs, ReadDocument, StoreError

_log = logging.getLogger("docextract.service")
_LOOK_EVERY_S = 1.0  # for pages that other processes have taken in, or left
_WORN_OUT = "the process reading it ended, again and again. Look at the file"


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
        self._at_hand: set[str] = set()  # claims of the pages that are being read
        self._threads = [
            threading.Thread(target=work, name="docextract-jobs", daemon=True)
            for work in (self._renew, *(threads * [self._read_all]))
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

    def _read_all(self) -> None:
        while not self._stopping.is_set():
            # A name for each claim: where a result could not be noted, no later lease is prolonged
            # for its page, which so comes free.
            claim = secrets.token_hex(8)
            try:
                page = self._jobs.claim(claim)
                if page is not None:
                    self._finish(page, claim)
                    continue
            except StoreError as error:
                _log.error("jobs are tried again: %s", error)
                time.sleep(_LOOK_EVERY_S)
            self._came.wait(_LOOK_EVERY_S)
            self._came.clear()

    def _finish(self, page: ClaimedPage, claim: str) -> None:
        self._at_hand.add(claim)
        try:
            documents = self._read(page)
            noted = self._jobs.finish(page.id, claim, documents)
        finally:
            self._at_hand.discard(claim)
        for document in documents if noted else ():
            self._metrics.pages.labels(page.template or "ocr", document.status).inc()

    def _renew(self) -> None:
        while not self._stopping.wait(self._lease_s / 4):
            for claim in tuple(self._at_hand):
                try:
                    self._jobs.renew(claim)
                except StoreError as error:
                    _log.error("a lease was not prolonged: %s", error)

    def _read(self, page: ClaimedPage) -> list[ReadDocument]:
        if page.worn_out:
            return [_failed(page, SourceError(page.name, _WORN_OUT))]
        try:
            data = self._files.load(page.sha256, name=page.name)
            if page.template is None:
                text = self._engine.ocr(data, page.number, name=page.name)
                return [ReadDocument("read", OcrPage.of(text).model_dump_json())]
            return [
                ReadDocument(
                    result.status,
                    ExtractedPage.of(result).model_dump_json(),
                    self._engine.review(page.template, result),
                    result.document,
                )
                for result in self._engine.extract(page.template, data, page.number, name=page.name)
            ]
        except StoreError:  # its file is out of reach for now: the page comes free again
            raise
        except DocextractError as error:
            return [_failed(page, error)]
        except Exception as error:  # else the page would come up again and again
            return [_failed(page, DocextractError(unexpected(error).detail))]


def _failed(page: ClaimedPage, error: DocextractError) -> ReadDocument:
    failure = Failure.of(error)
    if page.template is None:
        text = PageText(page.name, page.number, 0, 0, failure=failure)
        return ReadDocument("failed", OcrPage.of(text).model_dump_json())
    result = Result(page.name, page.number, page.template, status="failed", failure=failure)
    return ReadDocument("failed", ExtractedPage.of(result).model_dump_json())
