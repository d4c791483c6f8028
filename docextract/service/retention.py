"""Deleting old jobs as long as the service runs."""

from __future__ import annotations

import asyncio
import logging
import math

from docextract.store import FileStore, Jobs, StoreError, purge

_log = logging.getLogger("docextract.service")
_EVERY_S = 3600.0


async def keep_purging(jobs: Jobs, files: FileStore, keep_days: float | None) -> None:
    """Purge now and every hour; without ``keep_days`` only files of deleted jobs go."""
    days = math.inf if keep_days is None else keep_days
    while True:
        try:
            purged = await asyncio.to_thread(purge, jobs, files, keep_days=days)
            _log.info("purged %d jobs and %d files", purged.jobs, purged.files)
        except StoreError as error:
            _log.error("nothing was purged: %s", error)
        await asyncio.sleep(_EVERY_S)
