"""A real server of the REST service for tests, and what they ask it with."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import httpx
import numpy as np
import uvicorn
from fastapi import FastAPI

from docextract.service.app import create_app
from docextract.service.settings import Settings

PROBLEM = "application/problem+json"
# The server may share this process, and its pauses. No connection outlives a call, as servers may.
http = httpx.Client(timeout=60, limits=httpx.Limits(max_keepalive_connections=0))


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """A server on a free port of this machine; gives its address when it is ready."""
    with TemporaryDirectory() as folder:
        app = create_app(settings.model_copy(update={"data": Path(folder), "random_look": 0}))
        with serving_app(app) as url:
            yield url


@contextmanager
def serving_app(app: FastAPI) -> Iterator[str]:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        while http.get(f"{url}/readyz").status_code == 503:
            time.sleep(0.05)
        yield url
    finally:
        server.should_exit = True
        thread.join()


def upload(path: Path, name: str | None = None) -> tuple[str, tuple[str, bytes]]:
    return "file", (name or path.name, path.read_bytes())


def problem(response: httpx.Response, status: int, kind: str) -> str:
    """Check that an answer is a problem, and give its detail."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    told = response.json()
    assert told["status"] == status
    assert told["type"] == f"urn:docextract:problem:{kind}"
    return str(told["detail"])


def picture_of(width: int, height: int) -> bytes:
    return cv2.imencode(".png", np.full((height, width, 3), 255, np.uint8))[1].tobytes()
