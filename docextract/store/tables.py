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

    ``file`` counts a job's files from 0, ``number`` a file's pages from 1. ``sha256`` is the
    file's content. ``worker`` is who reads it or read it.
    """

    __tablename__ = "job_pages"
    __table_args__ = (Index("job_pages_open", "state", "lease_until", "id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    job: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    file: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    worker: Mapped[str] = mapped_column(String(32), default="")
    lease_until: Mapped[float] = mapped_column(Float, default=0.0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    status: Mapped[str] = mapped_column(String(16), default="")
    result: Mapped[str] = mapped_column(Text, default="")
