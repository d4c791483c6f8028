"""What stands before every page: signing in, a content security policy, and faults without traces.

Vue compiles its components in the browser, so the policy has to allow ``unsafe-eval``; styles are
written inline. Scripts have to come from here or bear the answer's own random nonce, so that text
which got into a page cannot run.
"""

from __future__ import annotations

import re
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docextract.service.guard import PAGES, SIGN_IN
from docextract.service.metrics import COUNTED_AS
from docextract.service.problems import unexpected
from docextract.service.sessions import token_in
from docextract.service.state import State
from docextract.web.plain import plain_page

_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval' 'nonce-{nonce}'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SCRIPT = re.compile(rb"<script(?=[\s>])")
_WITHOUT_KEY = (SIGN_IN, f"{PAGES}/assets/")


class Shield:
    """ASGI middleware of the pages. Data in NiceGUI's HTML is escaped: each <script is its own."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to the pages, or to where one signs in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[COUNTED_AS] = PAGES
        nonce = secrets.token_urlsafe(16)
        answering, held = False, None

        async def send_shielded(message: Message) -> None:
            nonlocal answering, held
            if message["type"] == "http.response.start":
                answering = True
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce)
                # Without a referrer browsers send forms with the origin "null".
                headers["Referrer-Policy"] = "same-origin"
                if headers.get("content-type", "").startswith("text/html"):
                    held = message  # its length is known with the body
                    return
            elif held is not None and message["type"] == "http.response.body":
                assert not message.get("more_body"), "pages are sent in one piece"
                body = _SCRIPT.sub(b'<script nonce="' + nonce.encode() + b'"', message["body"])
                MutableHeaders(scope=held)["Content-Length"] = str(len(body))
                await send(held)
                message = {**message, "body": body}
                held = None
            await send(message)

        if not self._signed_in(scope):
            await RedirectResponse(SIGN_IN, 303)(scope, receive, send_shielded)
            return
        try:
            await self._app(scope, receive, send_shielded)
        except Exception as error:  # NiceGUI would show and log what it says
            fault = unexpected(error)
            if not answering:
                page = plain_page("docextract", f"<p>{fault.detail}</p>", fault.status_code)
                await page(scope, receive, send_shielded)

    def _signed_in(self, scope: Scope) -> bool:
        if self._state.keys is None or str(scope["path"]).startswith(_WITHOUT_KEY):
            return True
        return (
            self._state.sessions.key(token_in(Headers(scope=scope).get("cookie", ""))) is not None
        )
