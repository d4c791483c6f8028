"""What the service counts, for Prometheus."""

from __future__ import annotations

import os
import time

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA_TYPE = CONTENT_TYPE_LATEST
MANY_PROCESSES = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client's own
COUNTED_AS = "docextract.counted_as"
"""Set in a request's scope, it stands for the route: what is mounted may have many of its own."""
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60)
_COUNTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Metrics:
    """Counters of one process; with several, what is shown is the sum over all."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "docextract_requests",
            "Answers by route and status",
            ["route", "status"],
            registry=self._registry,
        )
        self.seconds = Histogram(
            "docextract_request_seconds",
            "Seconds from the first byte of a request to the last of its answer",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.pages = Counter(
            "docextract_pages",
            "Pages read, by what they were read for and their status",
            ["reading", "status"],
            registry=self._registry,
        )
        self.inside = Gauge(
            "docextract_requests_inside",
            "Requests that are read or wait to be",
            multiprocess_mode="livesum",
            registry=self._registry,
        )
        self._batch_callers = Histogram(
            "docextract_batch_callers",
            "Readings that share a batch of lines",
            buckets=_COUNTS[:6],
            registry=self._registry,
        )
        self._batch_lines = Histogram(
            "docextract_batch_lines",
            "Lines of a batch",
            buckets=_COUNTS,
            registry=self._registry,
        )

    def batch(self, callers: int, lines: int) -> None:
        """Count a batch of lines."""
        self._batch_callers.observe(callers)
        self._batch_lines.observe(lines)

    def shown(self) -> bytes:
        """All metrics in Prometheus' text format."""
        if MANY_PROCESSES not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


class Measured:
    """ASGI middleware that counts requests by the route that answered them."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and count its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def send_seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_seen)
        finally:
            # Not the path itself, which anyone can make up.
            route = scope.get(COUNTED_AS) or getattr(scope.get("route"), "path", "other")
            self._metrics.requests.labels(route, str(status)).inc()
            self._metrics.seconds.labels(route).observe(time.perf_counter() - started)
