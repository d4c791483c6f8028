"""What can go wrong with what is kept."""

from __future__ import annotations

from docextract.errors import DocextractError, UsageError


class StoreError(DocextractError):
    """Database or disk failed: it has gone, is full, or was locked too long."""


class UnknownJob(UsageError):
    """A job that does not exist, or belongs to someone else."""

    def __init__(self, job: str) -> None:
        super().__init__(f"there is no job {job!r}. It may have been deleted")
