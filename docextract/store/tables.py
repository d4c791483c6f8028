"""The tables; a change here needs a migration in ``migrations/versions``.

Times are seconds since 1970, UTC.
"""

from __future__ import annotations

from sqlalchemy import Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Table(DeclarativeBase):
    """The base of all tables."""


class Job(Table):
    """Files to be read; by a template, or all print where there is none.

    ``owner`` is the name of the key that it was made with, "" without keys.
    """

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(100))
    template: Mapped[str | None] = mapped_column(String(200))
    created: Mapped[float] = mapped_column(Float, index=True)


class JobPage(Table):
    """One page of a job: waiting, being read until its lease ends, or done.

    ``file`` counts a job's files from 0, ``number`` a file's pages from 1. A page that bears
    several documents becomes a row for each when it is done: ``document`` counts them from 1, and
    is null where pages are not split. ``sha256`` is the file's content. ``worker`` is who reads it
    or read it. ``read_by`` is the template that read it, ``fields`` how many it has,
    ``expected_errors`` how many values are expected to be wrong.
    """

    __tablename__ = "job_pages"
    __table_args__ = (Index("job_pages_open", "state", "lease_until", "id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    job: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    file: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    document: Mapped[int | None] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    worker: Mapped[str] = mapped_column(String(32), default="")
    lease_until: Mapped[float] = mapped_column(Float, default=0.0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    status: Mapped[str] = mapped_column(String(16), default="")
    result: Mapped[str] = mapped_column(Text, default="")
    read_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    fields: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    expected_errors: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")


class ReviewItem(Table):
    """One field of a page that went to review: settled, open, or answered by a person.

    ``reading`` is what was read, before any rules, and ``current`` what holds now, both as JSON.
    ``error`` is the probability that the current value is wrong, ``gain`` the errors removed per
    look where its page is begun. ``share`` is the probability with which it was opened when it was
    read: 1 in doubt, less where it was accepted and drawn at random, 0 where it was not drawn.
    ``reviewer`` has claimed it until ``lease_until``; ``answer`` is
    the correction that holds.
    """

    __tablename__ = "review_items"
    __table_args__ = (Index("review_items_open", "state", "gain"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    page: Mapped[int] = mapped_column(ForeignKey("job_pages.id", ondelete="CASCADE"), index=True)
    template: Mapped[str] = mapped_column(String(200))
    field: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(200))
    reading: Mapped[str] = mapped_column(Text)
    current: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8))
    error: Mapped[float] = mapped_column(Float)
    gain: Mapped[float] = mapped_column(Float)
    share: Mapped[float] = mapped_column(Float, default=1.0, server_default="1")
    reviewer: Mapped[str] = mapped_column(String(200), default="")
    lease_until: Mapped[float] = mapped_column(Float, default=0.0)
    answer: Mapped[int | None] = mapped_column(Integer)


class Correction(Table):
    """What a person did about an item, and when; rows are added only, never changed.

    ``act`` is "value" with its ``text``, "not_printed", "unreadable", "skip", or "undo", which
    takes back the row that it ``undoes``.
    """

    __tablename__ = "corrections"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    item: Mapped[int] = mapped_column(ForeignKey("review_items.id", ondelete="CASCADE"), index=True)
    reviewer: Mapped[str] = mapped_column(String(200))
    at: Mapped[float] = mapped_column(Float)
    act: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text, default="")
    undoes: Mapped[int | None] = mapped_column(Integer, index=True)
