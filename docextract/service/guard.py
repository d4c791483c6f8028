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
from docextract.service.rate import RateLimit, caller_of
from docextract.service.sessions import Sessions, token_in
from docextract.service.settings import Settings, is_loopback

PAGES = "/ui"
"""What lies below is for people with browsers, if pages are mounted there."""
SIGN_IN = f"{PAGES}/sign-in"

_SECURITY: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_PROBES = frozenset({"/healthz", "/readyz"})
_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
_REFUSED = 1008  # RFC 6455: a policy forbids it


class Guard:
    """ASGI middleware; it answers with problems, too.

    A service without keys is for this machine only, so it refuses what web pages of other origins
    make a browser send it, under its own name or another that leads here. With ``keys``, whoever
    has none is told so before the body comes: routes look at keys when they have it all.

    Below ``PAGES`` a cookie stands for the key it was signed in with. A browser sends cookies
    whoever makes it, so what changes something has to come from the page itself. Elsewhere cookies
    count for nothing. Files of pages are not counted as requests.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        keys: KeyFile | None,
        sessions: Sessions,
        rate: RateLimit | None,
    ) -> None:
        self._app, self._settings, self._keys = app, settings, keys
        self._sessions, self._rate = sessions, rate
        self._most_bytes = round(settings.most_megabytes * 1_000_000)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "websocket" and not self._admits(scope):
            await send({"type": "websocket.close", "code": _REFUSED})
            return
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
            self._check(scope, headers)
            key = self._key_of(scope, headers)
            self._check_rate(scope, key)
            if self._needs_key(scope) and key is None:
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

    def _admits(self, scope: Scope) -> bool:
        """Whether a page may open a socket: only pages do, and those of this service only."""
        headers = Headers(scope=scope)
        try:
            _check_origin(headers)
            if self._keys is None:
                _check_host(headers)
        except Problem:
            return False
        return self._keys is None or self._key_of(scope, headers) is not None

    def _check(self, scope: Scope, headers: Headers) -> None:
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._most_bytes:
            raise self._too_large()
        if self._keys is None:
            _check_host(headers)
            if "origin" in headers:
                _check_origin(headers)
        elif _is_page(scope) and scope["method"] not in _HARMLESS:
            _check_origin(headers)

    def _key_of(self, scope: Scope, headers: Headers) -> Key | None:
        if self._keys is None:
            return None
        if _is_page(scope):
            return self._sessions.key(token_in(headers.get("cookie", "")))
        scheme, secret = get_authorization_scheme_param(headers.get("authorization"))
        return self._keys.find(secret) if scheme.lower() == "bearer" else None

    def _needs_key(self, scope: Scope) -> bool:
        return self._keys is not None and scope["method"] == "POST" and scope["path"] != SIGN_IN

    def _check_rate(self, scope: Scope, key: Key | None) -> None:
        of_a_page = _is_page(scope) and scope["method"] in _HARMLESS
        if self._rate is not None and scope["path"] not in _PROBES and not of_a_page:
            address = str((scope.get("client") or ("",))[0])
            self._rate.check(caller_of(key.name if key else None, address))

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


def _is_page(scope: Scope) -> bool:
    path: str = scope["path"]
    return path == PAGES or path.startswith(f"{PAGES}/")


def _check_host(headers: Headers) -> None:
    host = headers.get("host", "")
    if not is_loopback(_parts(f"//{host}").hostname or ""):
        raise Problem(
            403, "foreign-host", "the Host header is not this machine's. Use http://127.0.0.1"
        )


def _check_origin(headers: Headers) -> None:
    if _parts(headers.get("origin", "")).netloc != headers.get("host", ""):
        raise Problem(403, "foreign-origin", "a page of another origin sent this. Use a key")


def _parts(url: str) -> SplitResult:
    """A URL's parts; all are empty where it is none."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
