"""Running the service: one process, or several on one port."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from docextract.service.app import create_app, from_environment
from docextract.service.engine import find_templates
from docextract.service.metrics import MANY_PROCESSES
from docextract.service.settings import Settings
from docextract.store import FileStore, open_database

_KEEP_ALIVE_S = 5
_SHUTDOWN_S = 30  # for readings under way when the service is stopped


def serve(settings: Settings) -> None:
    """Serve until stopped; raises UsageError for settings that cannot be.

    Requests are not logged: their addresses and parameters are personal data.
    """
    settings.check()
    if settings.workers == 1:
        app = create_app(settings)
        _run(settings, lambda: app)
        return
    # Once, before several do at the same time: mistakes are told here, and tables are made.
    FileStore(settings.files_folder)
    find_templates(settings.templates)
    open_database(settings.database_url).dispose()
    os.environ.update(settings.to_environment())
    with tempfile.TemporaryDirectory(prefix="docextract-metrics-") as folder:
        os.environ[MANY_PROCESSES] = folder
        _run(settings, from_environment)


def _run(settings: Settings, factory: Callable[[], FastAPI]) -> None:
    name = f"{factory.__module__}:{factory.__qualname__}"
    uvicorn.run(
        name if settings.workers > 1 else factory,
        factory=True,
        workers=settings.workers,
        host=settings.host,
        port=settings.port,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )
