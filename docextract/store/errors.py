"""What can go wrong with what is kept."""

from __future__ import annotations

from docextract.errors import DocextractError, UsageError


class StoreError(DocextractError):
    """Database or disk failed: it has gone, is full, or was locked too long."""


class UnknownJob(UsageError):
    """A job that does not exist, or belongs to someone else."""

    def __init__(self, job: str) -> None:
        super().__init__(f"there is no job {job!r}. It may have been deleted")


class UnknownItem(UsageError):
    """An item of the review that does not exist any more, or never did."""

    def __init__(self, item: int) -> None:
        super().__init__(f"there is no item {item} to review. Its job may have been deleted")


class NotClaimed(UsageError):
    """An item that is not, or no longer, the reviewer's who wants to answer it."""

    def __init__(self, item: int) -> None:
        super().__init__(f"item {item} is not yours, or no longer. Take the next one")


class NothingToUndo(UsageError):
    """An item that the reviewer did nothing about, or that was answered again since."""

    def __init__(self, item: int) -> None:
        super().__init__(f"item {item}: you did nothing about it that still holds")
