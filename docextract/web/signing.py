"""Signing in with an API key, and out; the key itself is sent once and not kept."""

from __future__ import annotations

from html import escape
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from docextract.service.guard import PAGES
from docextract.service.sessions import COOKIE, LASTS_S
from docextract.web.phrase import Language, Phrase
from docextract.web.plain import plain_page
from docextract.web.routes import desks_of
from docextract.web.visit import Visit, visit_of
from docextract.web.workshop_routes import workshops_of

router = APIRouter()

_TITLE = Phrase("登录 docextract", "Sign in to docextract")
_KEY = Phrase("访问密钥", "API key")
_ENTER = Phrase("登录", "Sign in")
_HINT = Phrase(
    "密钥以 dx_ 开头，由管理员用 docextract keys new 生成。",
    "A key begins with dx_. Whoever runs the service makes one with docextract keys new.",
)
_WRONG = Phrase(
    "没有这个密钥。请检查是否完整复制，或向管理员要一个新的。",
    "There is no such key. Check that all of it was copied, or ask for a new one.",
)


@router.get("/sign-in", include_in_schema=False)
async def show_form(request: Request) -> Response:
    """The form; whoever needs no key, or has signed in, goes on to the pages."""
    visit = visit_of(request)
    if visit.state.keys is None or visit.key is not None:
        return RedirectResponse(f"{PAGES}/", 303)
    return _form(visit)


@router.post("/sign-in", include_in_schema=False)
async def sign_in(request: Request, key: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Begin a session of the key that was typed in."""
    visit = visit_of(request)
    keys = visit.state.keys
    found = keys.find(key.strip()) if keys else None
    if found is None:
        return _form(visit, wrong=True)
    answer = RedirectResponse(f"{PAGES}/", 303)
    answer.set_cookie(
        COOKIE,
        visit.state.sessions.begin(found),
        max_age=LASTS_S,
        path=PAGES,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/sign-out", include_in_schema=False)
async def sign_out(request: Request) -> Response:
    """End the session with all that is kept for it, and forget its cookie."""
    visit = visit_of(request)
    visit.state.sessions.end(visit.session)
    if visit.session:
        desks_of(request.app).end(visit.session)
        workshops_of(request.app).end(visit.session)
    answer = RedirectResponse(f"{PAGES}/sign-in", 303)
    answer.delete_cookie(COOKIE, path=PAGES)
    return answer


def _form(visit: Visit, *, wrong: bool = False) -> HTMLResponse:
    said = {name: escape(visit.say(p)) for name, p in (("key", _KEY), ("hint", _HINT))}
    trouble = f"<p class='trouble' role='alert'>{escape(visit.say(_WRONG))}</p>" if wrong else ""
    return plain_page(
        visit.say(_TITLE),
        f"<form method='post' action='{PAGES}/sign-in'>{trouble}"
        "<input type='text' autocomplete='username' value='docextract' hidden>"
        f"<label for='key'>{said['key']}</label>"
        "<input id='key' name='key' type='password' autocomplete='current-password' required "
        f"autofocus aria-describedby='hint'><p id='hint' class='hint'>{said['hint']}</p>"
        f"<button type='submit'>{escape(visit.say(_ENTER))}</button></form>",
        401 if wrong else 200,
        language=Language(visit.language),
    )
