"""Deleting old jobs, and what was learnt from them, as long as the service runs."""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import dataclass
from pathlib import Path

from docextract.errors import UsageError
from docextract.feedback import Forgotten, forget_all_but
from docextract.store import FileStore, Jobs, Purged, StoreError, purge

_log = logging.getLogger("docextract.service")
_EVERY_S = 3600.0


@dataclass(frozen=True, slots=True)
class AllPurged:
    """What was deleted: jobs and files, and what corrections had taught."""

    store: Purged
    feedback: Forgotten

    def __str__(self) -> str:
        return (
            f"{self.store.jobs} jobs, {self.store.files} files, {self.feedback.lines} lines to "
            f"train on and {self.feedback.entries} lexicon entries"
        )


def purge_all(jobs: Jobs, files: FileStore, feedback: Path, *, keep_days: float) -> AllPurged:
    """Delete jobs older than ``keep_days``, files of no job, and what they taught.

    ``feedback`` is the folder of proposals and versions. Raises StoreError, and UsageError when
    that folder fails.
    """
    purged = purge(jobs, files, keep_days=keep_days)
    return AllPurged(purged, forget_all_but(feedback, jobs.contents()))


async def keep_purging(
    jobs: Jobs, files: FileStore, feedback: Path, keep_days: float | None
) -> None:
    """Purge now and every hour; without ``keep_days`` only what is left of deleted jobs goes."""
    days = math.inf if keep_days is None else keep_days
    while True:
        try:
            purged = await asyncio.to_thread(purge_all, jobs, files, feedback, keep_days=days)
            _log.info("purged %s", purged)
        except (StoreError, UsageError) as error:
            _log.error("not all was purged: %s", error)
        await asyncio.sleep(_EVERY_S)
