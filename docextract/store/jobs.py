"""Jobs, page by page. A page is claimed for a time, so that one whose reader died is read again.

Every step is one statement or one transaction, so that several processes can share a database.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from docextract.store.database import changing, looking, scrub
from docextract.store.errors import UnknownJob
from docextract.store.reviews import PageReview, add_items
from docextract.store.tables import Job, JobPage

WAITING, READING, DONE = "waiting", "reading", "done"
FAILED = "failed"  # a page's status, whatever it was read for
_MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file of a new job: what it is called, its content and its number of pages."""

    name: str
    sha256: str
    pages: int


@dataclass(frozen=True, slots=True)
class ClaimedPage:
    """A page to be read by who claimed it; ``worn_out`` when it ended its readers too often."""

    id: int
    name: str
    sha256: str
    number: int
    template: str | None
    worn_out: bool


@dataclass(frozen=True, slots=True)
class FinishedPage:
    """A page that was read; ``result`` is its JSON."""

    file: int
    name: str
    number: int
    status: str
    result: str


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """What was read on a page: a status, the result's JSON, and what people are to look at.

    ``document`` counts the documents on a page that may bear several, from 1.
    """

    status: str
    result: str
    review: PageReview | None = None
    document: int | None = None


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page of a job that is made when it is read already; as in FinishedPage."""

    file: int
    name: str
    sha256: str
    number: int
    status: str
    result: str
    review: PageReview | None
    document: int | None = None


@dataclass(frozen=True, slots=True)
class JobSummary:
    """How far a job is: numbers of its pages."""

    id: str
    template: str | None
    created: float
    pages: int
    done: int
    failed: int

    @property
    def finished(self) -> bool:
        """True when all pages are done."""
        return self.done == self.pages


class Jobs:
    """The jobs of a database."""

    def __init__(self, engine: Engine, *, lease_s: float) -> None:
        self._engine, self._lease_s = engine, lease_s

    def add(self, owner: str, template: str | None, files: Sequence[NewFile]) -> str:
        """Make a job of files and give its id, which nobody can guess."""
        job = secrets.token_hex(16)
        pages = [
            {"job": job, "file": i, "number": n, "name": file.name, "sha256": file.sha256}
            for i, file in enumerate(files)
            for n in range(1, file.pages + 1)
        ]
        with changing(self._engine) as connection:
            connection.execute(
                insert(Job).values(id=job, owner=owner, template=template, created=time.time())
            )
            connection.execute(insert(JobPage), pages)
        return job

    def add_read(self, owner: str, template: str, pages: Sequence[ReadPage]) -> str:
        """Make a job of pages that are read already, and give its id, which nobody can guess."""
        job = secrets.token_hex(16)
        with changing(self._engine) as connection:
            connection.execute(
                insert(Job).values(id=job, owner=owner, template=template, created=time.time())
            )
            for page in pages:
                row = {
                    "job": job,
                    "file": page.file,
                    "number": page.number,
                    "document": page.document,
                    "name": page.name,
                    "sha256": page.sha256,
                    "state": DONE,
                    "status": page.status,
                    "result": page.result,
                }
                added = connection.execute(insert(JobPage).values(row).returning(JobPage.id))
                if page.review is not None:
                    _add_review(connection, added.scalar_one(), page.review)
        return job

    def claim(self, worker: str) -> ClaimedPage | None:
        """Claim the next open page for ``worker``; None when there is none."""
        now = time.time()
        expired = (JobPage.state == READING) & (JobPage.lease_until < now)
        page = (
            select(JobPage.id)
            .where((JobPage.state == WAITING) | expired)
            .order_by(JobPage.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        claim = (
            update(JobPage)
            .where(JobPage.id == page)
            .values(
                state=READING,
                worker=worker,
                lease_until=now + self._lease_s,
                attempts=JobPage.attempts + 1,
            )
            .returning(JobPage.id, JobPage.name, JobPage.sha256, JobPage.number)
            .returning(JobPage.job, JobPage.attempts)
        )
        with changing(self._engine) as connection:
            row = connection.execute(claim).first()
            if row is None:
                return None
            template = connection.scalar(select(Job.template).where(Job.id == row.job))
        worn_out = row.attempts > _MOST_ATTEMPTS
        return ClaimedPage(row.id, row.name, row.sha256, row.number, template, worn_out)

    def renew(self, worker: str) -> None:
        """Prolong what ``worker`` has claimed."""
        mine = (JobPage.worker == worker) & (JobPage.state == READING)
        with changing(self._engine) as connection:
            connection.execute(
                update(JobPage).where(mine).values(lease_until=time.time() + self._lease_s)
            )

    def finish(self, page: int, worker: str, documents: Sequence[ReadDocument]) -> bool:
        """Note what was read on a page; False when it is no longer the worker's, and nothing is.

        Documents after the first become rows of their own, beside the page's.
        """
        first, *others = documents
        mine = (JobPage.id == page) & (JobPage.worker == worker) & (JobPage.state == READING)
        noted = (
            update(JobPage)
            .where(mine)
            .values(_done(first))
            .returning(JobPage.job, JobPage.file, JobPage.number, JobPage.name, JobPage.sha256)
        )
        with changing(self._engine) as connection:
            row = connection.execute(noted).mappings().first()
            if row is None:
                return False
            if first.review is not None:
                _add_review(connection, page, first.review)
            for other in others:
                beside = insert(JobPage).values({**row, "worker": worker, **_done(other)})
                added = connection.execute(beside.returning(JobPage.id)).scalar_one()
                if other.review is not None:
                    _add_review(connection, added, other.review)
        return True

    def summary(self, job: str, owner: str) -> JobSummary:
        """How far a job is; raises UnknownJob for one that is not the owner's."""
        counts = (
            select(
                func.count(),
                func.coalesce(func.sum(case((JobPage.state == DONE, 1), else_=0)), 0),
                func.coalesce(func.sum(case((JobPage.status == FAILED, 1), else_=0)), 0),
            )
            .select_from(JobPage)
            .where(JobPage.job == job)
        )
        with looking(self._engine) as connection:
            template, created = _found(connection, job, owner)
            pages, done, failed = connection.execute(counts).one()
        return JobSummary(job, template, created, pages, int(done), int(failed))

    def finished_pages(self, job: str, owner: str, *, after: int, most: int) -> list[FinishedPage]:
        """Results in the order of files and pages, without the first ``after``.

        Raises UnknownJob for a job that is not the owner's.
        """
        columns = (JobPage.file, JobPage.name, JobPage.number, JobPage.status, JobPage.result)
        wanted = (
            select(*columns)
            .where(JobPage.job == job, JobPage.state == DONE)
            .order_by(JobPage.file, JobPage.number, JobPage.document)
            .offset(after)
            .limit(most)
        )
        with looking(self._engine) as connection:
            _found(connection, job, owner)
            return [FinishedPage(*row) for row in connection.execute(wanted)]

    def open_pages(self) -> int:
        """How many pages of all jobs are not done."""
        with looking(self._engine) as connection:
            wanted = select(func.count()).select_from(JobPage).where(JobPage.state != DONE)
            return connection.scalar(wanted) or 0

    def remove(self, job: str, owner: str) -> None:
        """Delete a job and its results; raises UnknownJob for one that is not the owner's."""
        if not self._delete(Job.id == job, Job.owner == owner):
            raise UnknownJob(job)

    def remove_before(self, created: float) -> int:
        """Delete the jobs made before a time (seconds since 1970); gives how many."""
        removed = self._delete(Job.created < created)
        scrub(self._engine)
        return removed

    def contents(self) -> set[str]:
        """The SHA-256 of every file that a job has."""
        with looking(self._engine) as connection:
            return set(connection.scalars(select(JobPage.sha256).distinct()))

    def _delete(self, *which: ColumnElement[bool]) -> int:
        """Delete jobs, and by that their pages."""
        with changing(self._engine) as connection:
            return connection.execute(delete(Job).where(*which)).rowcount


def _done(document: ReadDocument) -> dict[str, object]:
    """The columns of a page, or of one of its documents, that was read."""
    return {
        "state": DONE,
        "status": document.status,
        "result": document.result,
        "document": document.document,
    }


def _add_review(connection: Connection, page: int, review: PageReview) -> None:
    connection.execute(
        update(JobPage)
        .where(JobPage.id == page)
        .values(
            read_by=review.template,
            fields=review.fields,
            expected_errors=review.expected_errors,
        )
    )
    add_items(connection, page, review.items)


def _found(connection: Connection, job: str, owner: str) -> tuple[str | None, float]:
    """A job's template and when it was made; raises UnknownJob for one not the owner's."""
    wanted = select(Job.template, Job.created).where(Job.id == job, Job.owner == owner)
    row = connection.execute(wanted).first()
    if row is None:
        raise UnknownJob(job)
    return row.template, row.created
