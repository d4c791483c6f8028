"""Deleting what has been kept long enough."""

from __future__ import annotations

import time
from dataclasses import dataclass

from docextract.store.files import FileStore
from docextract.store.jobs import Jobs

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Purged:
    """How many jobs and files were deleted."""

    jobs: int
    files: int


def purge(jobs: Jobs, files: FileStore, *, keep_days: float) -> Purged:
    """Delete jobs older than ``keep_days``, read or not, and files that no job has any more.

    A file that came within the last hour stays, since its job may just be made.
    """
    removed = jobs.remove_before(time.time() - keep_days * _DAY_S)
    return Purged(removed, files.drop_all_but(jobs.contents()))
