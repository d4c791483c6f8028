"""What stands before every request: limits of its body, its origin, and headers of the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from fastapi.security.utils import get_authorization_scheme_param
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docextract.service.keys import Key, KeyFile
from docextract.service.problems import Problem, no_key, problem_response, unexpected
from docextract.service.rate import RateLimit
from docextract.service.settings import Settings, is_loopback

_SECURITY: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_PROBES = frozenset({"/healthz", "/readyz"})


class Guard:
    """ASGI middleware; it answers with problems, too.

    A service without keys is for this machine only, so it refuses what web pages of other origins
    make a browser send it, under its own name or another that leads here. With ``keys``, whoever
    has none is told so before the body comes: routes look at keys when they have it all.
    """

    def __init__(self, app: ASGIApp, settings: Settings, keys: KeyFile | None) -> None:
        self._app, self._settings, self._keys = app, settings, keys
        self._rate = None if settings.per_minute is None else RateLimit(settings.per_minute)
        self._most_bytes = round(settings.most_megabytes * 1_000_000)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        answering = False

        async def send_secured(message: Message) -> None:
            nonlocal answering
            if message["type"] == "http.response.start":
                answering = True
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            headers = Headers(scope=scope)
            self._check(headers)
            key = self._key_of(headers)
            self._check_rate(scope, key)
            if self._keys is not None and key is None and scope["method"] == "POST":
                raise no_key()
        except Problem as problem:
            await problem_response(problem)(scope, receive, send_secured)
            return
        try:
            await self._app(scope, self._limited(receive), send_secured)
        except Exception as error:  # else the server would log it, with whatever it says
            fault = unexpected(error)
            if not answering:
                await problem_response(fault)(scope, receive, send_secured)

    def _check(self, headers: Headers) -> None:
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._most_bytes:
            raise self._too_large()
        if self._keys is None:
            _check_origin(headers)

    def _key_of(self, headers: Headers) -> Key | None:
        scheme, secret = get_authorization_scheme_param(headers.get("authorization"))
        if self._keys is None or scheme.lower() != "bearer":
            return None
        return self._keys.find(secret)

    def _check_rate(self, scope: Scope, key: Key | None) -> None:
        if self._rate is None or scope["path"] in _PROBES:
            return
        wait_s = self._rate.wait_s(_caller(scope, key))
        if wait_s:
            raise Problem(
                429,
                "too-often",
                f"more than {self._settings.per_minute:g} requests a minute. Wait {wait_s} s",
                {"Retry-After": str(wait_s)},
            )

    def _limited(self, receive: Receive) -> Receive:
        """The body as it comes, as long as it comes soon enough and is not too large."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._settings.upload_timeout_s
        taken, whole = 0, False

        async def limited() -> Message:
            nonlocal taken, whole
            if whole:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), until - loop.time())
            except TimeoutError:
                raise Problem(
                    408, "slow-upload", "the upload took too long. Send fewer files at a time"
                ) from None
            taken += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if taken > self._most_bytes:
                raise self._too_large()
            return message

        return limited

    def _too_large(self) -> Problem:
        most = f"{self._settings.most_megabytes:g} MB"
        return Problem(
            413, "too-large", f"the request is larger than {most}. Send fewer or smaller files"
        )


def _caller(scope: Scope, key: Key | None) -> str:
    """Who asks: the key, or the address, which cannot be made up like a key that there is not."""
    if key is not None:
        return f"key {key.name}"
    return str((scope.get("client") or ("",))[0])


def _check_origin(headers: Headers) -> None:
    origin, host = headers.get("origin"), headers.get("host", "")
    if not is_loopback(_parts(f"//{host}").hostname or ""):
        raise Problem(
            403, "foreign-host", "the Host header is not this machine's. Use http://127.0.0.1"
        )
    if origin is not None and _parts(origin).netloc != host:
        raise Problem(403, "foreign-origin", "a page of another origin sent this. Use a key")


def _parts(url: str) -> SplitResult:
    """A URL's parts; all are empty where it is none."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
