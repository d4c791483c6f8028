"""Who looks at a page, in which language, and what of the service they may use."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from docextract.service.guard import PAGES
from docextract.service.keys import Key, Scope
from docextract.service.rate import caller_of
from docextract.service.sessions import COOKIE
from docextract.service.state import State, state_of
from docextract.web.phrase import Language, Phrase, preferred

LANGUAGE_COOKIE = "docextract_language"
THEME_COOKIE = "docextract_theme"


@dataclass(slots=True, eq=False)
class Visit:
    """One open page. ``key`` is None where the service asks for none: all may be done then.

    ``session`` is the token of who has signed in, "" where nobody has to. ``tab`` is the browser's
    tab, the same after reloading and on every page.
    """

    state: State
    key: Key | None
    session: str
    language: Language
    address: str
    tab: str = ""

    def say(self, phrase: Phrase) -> str:
        """A phrase in the visitor's language."""
        return phrase.in_(self.language)

    def may(self, scope: Scope) -> bool:
        """Whether the visitor may use what a scope is for."""
        return self.key is None or scope in self.key.scopes

    @property
    def owner(self) -> str:
        """The key's name, as jobs are kept by it; "" where there are no keys."""
        return self.key.name if self.key else ""

    def count(self) -> None:
        """Count one request of the visitor; raises Problem 429 when there are too many."""
        if self.state.rate is not None:
            self.state.rate.check(caller_of(self.key.name if self.key else None, self.address))


def visit_of(request: Request) -> Visit:
    """The visit that a request begins."""
    state = state_of(request)
    session = "" if state.keys is None else request.cookies.get(COOKIE, "")
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return Visit(
        state,
        state.sessions.key(session),
        session,
        Language(chosen)
        if chosen in tuple(Language)
        else preferred(request.headers.get("accept-language", "")),
        request.client.host if request.client else "",
    )


def remember(cookie: str, value: str) -> str:
    """JavaScript that keeps a choice of the visitor in a cookie for a year."""
    return f"document.cookie = '{cookie}={value}; path={PAGES}; max-age=31536000; SameSite=Strict'"
