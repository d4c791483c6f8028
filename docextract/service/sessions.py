"""Who is signed in on the pages: random tokens in cookies, and the key that each stands for.

Only hashes of tokens are kept, in memory: when the service ends, everyone is signed out.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.requests import cookie_parser

from docextract.service.keys import Key

COOKIE = "docextract_session"
LASTS_S = 12 * 3600  # a working day
_MOST = 10_000  # sessions; the oldest is ended first


class Sessions:
    """The open sessions of one process."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._open: OrderedDict[str, tuple[Key, float]] = OrderedDict()  # key, until when

    def begin(self, key: Key) -> str:
        """Begin a session of a key and return its token, which is kept nowhere else."""
        token = secrets.token_urlsafe(32)
        self._open[_hash(token)] = (key, self._now() + LASTS_S)
        if len(self._open) > _MOST:
            self._open.popitem(last=False)
        return token

    def key(self, token: str) -> Key | None:
        """The key that a token stands for, None when its session is over or never was."""
        key, until = self._open.get(_hash(token), (None, 0.0))
        if key is not None and until < self._now():
            self.end(token)
            return None
        return key

    def end(self, token: str) -> None:
        """End a session; one that is over already stays so."""
        self._open.pop(_hash(token), None)


def token_in(cookies: str) -> str:
    """The session's token in a Cookie header, "" when there is none."""
    return cookie_parser(cookies).get(COOKIE, "")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
