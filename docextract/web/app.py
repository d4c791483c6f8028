"""The REST service with pages: both in one app, on the same engine, gate and limits.

NiceGUI keeps one set of pages a process, so there is one such app in a process.
"""

from __future__ import annotations

import logging
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from nicegui import app as nicegui_app
from nicegui import core, ui
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from docextract.service.app import create_app as create_service
from docextract.service.guard import PAGES as BELOW
from docextract.service.problems import Problem, handle_problems, problem_response, unexpected
from docextract.service.settings import Settings
from docextract.service.state import State
from docextract.web import review_routes, routes, signing, workshop_routes
from docextract.web.desk import Desks
from docextract.web.frame import add_pages
from docextract.web.pages import PAGES
from docextract.web.plain import plain_page
from docextract.web.shield import Shield
from docextract.web.workshop import Workshops

_ASSETS = Path(__file__).parent / "assets"
_RECONNECT_S = 30.0  # for a laptop that sleeps a moment
_LOOK_EVERY_S = 60.0  # for files that were left


def create_app(settings: Settings) -> FastAPI:
    """The service as an ASGI app with pages below /ui; raises UsageError like the service's own."""
    app = create_service(settings)
    first = f"{BELOW}{PAGES[0].path}"

    @app.get("/", include_in_schema=False)
    async def to_the_pages() -> RedirectResponse:
        return RedirectResponse(first, 303)

    state: State = app.state.docextract
    nicegui_app.state.docextract = state
    nicegui_app.state.desks = desks = Desks(state)
    nicegui_app.state.workshops = workshops = Workshops(state)
    nicegui_app.router.include_router(signing.router)
    nicegui_app.router.include_router(routes.router)
    nicegui_app.router.include_router(review_routes.router)
    nicegui_app.router.include_router(workshop_routes.router)
    nicegui_app.mount("/assets", StaticFiles(directory=_ASSETS), name="assets")
    nicegui_app.add_api_route("/", to_the_pages, include_in_schema=False)
    add_pages(PAGES)
    for kept in (desks, workshops):
        _clear_regularly(kept)
    _tell_errors()
    nicegui_app.add_middleware(Shield, state=state)
    core.app.config.socket_io_js_transports = ["websocket"]
    ui.run_with(
        app,
        mount_path=BELOW,
        title="docextract",
        favicon=_ASSETS / "icon.svg",
        dark=None,
        language="en-US",
        reconnect_timeout=_RECONNECT_S,
        tailwind=False,
        show_welcome_message=False,
    )
    return app


def _clear_regularly(kept: Desks | Workshops) -> None:
    nicegui_app.on_startup(lambda: nicegui_app.timer(_LOOK_EVERY_S, kept.clear_left))


def _no_sockets(record: logging.LogRecord) -> bool:
    """Leave out the addresses of sockets, which name their pages."""
    return "WebSocket" not in str(record.msg)


def _tell_errors() -> None:
    # NiceGUI's log has addresses and what exceptions say; ours has their place only.
    # A filter, since uvicorn enables loggers again that are there when it starts.
    logging.getLogger("nicegui").addFilter(lambda _record: False)
    logging.getLogger("uvicorn.error").addFilter(_no_sockets)
    nicegui_app.on_exception(unexpected)
    handle_problems(nicegui_app)

    @nicegui_app.exception_handler(404)
    async def nothing(_request: Request, error: Exception) -> Response:
        if isinstance(error, Problem):
            return problem_response(error)
        link = f"<p><a href='{BELOW}/'>docextract</a></p>"
        return plain_page("这里没有页面 · Nothing here", link, 404)
