"""Pages that need no script: signing in, and what went wrong."""

from __future__ import annotations

from html import escape
from http import HTTPStatus

from starlette.responses import HTMLResponse

from docextract.service.guard import PAGES
from docextract.web.phrase import Language


def plain_page(
    title: str,
    body: str,
    status: int = HTTPStatus.OK,
    *,
    language: Language = Language.EN,
) -> HTMLResponse:
    """A small page; ``body`` is HTML, in which texts are escaped already."""
    return HTMLResponse(
        f"<!doctype html><html lang='{language}'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><link rel='icon' href='{PAGES}/assets/icon.svg'>"
        f"<link rel='stylesheet' href='{PAGES}/assets/theme.css'></head>"
        f"<body class='plain'><main class='plain-card'><h1>{escape(title)}</h1>{body}</main>"
        "</body></html>",
        status,
    )
