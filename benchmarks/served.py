"""A service in a process of its own, for the benchmarks that measure one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import httpx
import psutil


class Server(NamedTuple):
    """A started service: its address, its process, and the seconds until it was ready.

    ``data`` is its folder, ``temporary`` the one in which it would make temporary files.
    """

    url: str
    process: psutil.Process
    ready_s: float
    data: Path
    temporary: Path

    def cpu_s(self) -> float:
        """The CPU seconds it has taken."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def megabytes(self) -> float:
        """The memory that it holds (resident set), MB."""
        return float(self.process.memory_info().rss) / 1e6


@contextmanager
def served(*options: str) -> Iterator[Server]:
    """Start ``docextract serve`` with some options on a free port, and wait until it is ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "docextract", "serve", "--port", str(port), *options]
    with TemporaryDirectory(prefix="docextract-benchmark-", ignore_cleanup_errors=True) as folder:
        started = time.perf_counter()
        data, temporary = Path(folder) / "data", Path(folder) / "temporary"
        temporary.mkdir()
        process = subprocess.Popen(
            [*command, "--data", str(data)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": str(temporary)},
        )
        url = f"http://127.0.0.1:{port}"
        try:
            while not _is_ready(url):
                if process.poll() is not None:
                    raise SystemExit(f"the service ended: {' '.join(command)}")
                time.sleep(0.05)
            ready_s = time.perf_counter() - started
            yield Server(url, psutil.Process(process.pid), ready_s, data, temporary)
        finally:
            process.terminate()
            process.wait()


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False
