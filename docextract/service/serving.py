"""Running the service: one process, or several on one port."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from docextract.errors import UsageError
from docextract.service.app import create_app, from_environment
from docextract.service.metrics import MANY_PROCESSES
from docextract.service.settings import Settings

_KEEP_ALIVE_S = 5
_SHUTDOWN_S = 30  # for readings under way when the service is stopped


def serve(settings: Settings, create: Callable[[Settings], FastAPI] = create_app) -> None:
    """Serve until stopped; raises UsageError for settings that cannot be.

    ``create`` makes the app of a single process; several always have the REST routes only.

    Requests are not logged: their addresses and parameters are personal data.
    """
    # Also before several processes make one each: mistakes are told here, and tables are made.
    app = create(settings) if settings.workers == 1 else create_app(settings)
    _check_address(settings.host, settings.port)
    if settings.workers == 1:
        _run(settings, lambda: app)
        return
    os.environ.update(settings.to_environment())
    with tempfile.TemporaryDirectory(prefix="docextract-metrics-") as folder:
        os.environ[MANY_PROCESSES] = folder
        _run(settings, from_environment)


def _check_address(host: str, port: int) -> None:
    """Raise UsageError for an address that cannot be listened on."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        socket.create_server(address[:2], family=family).close()
    except OSError as error:
        raise UsageError(
            f"--host {host} --port {port}: cannot be listened on: {error.strerror}. "
            "Choose another port, or an address of this machine"
        ) from None


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
