"""The frame around every page: where one can go, language, theme and signing out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import Request
from nicegui import ui

from docextract.service.guard import PAGES
from docextract.service.keys import Scope
from docextract.web.phrase import Language, Phrase
from docextract.web.visit import LANGUAGE_COOKIE, THEME_COOKIE, Visit, remember, visit_of

_SKIP = Phrase("跳到内容", "Skip to the content")
_PAGES = Phrase("页面", "Pages")
_LANGUAGE = Phrase("语言", "Language")
_DARK = Phrase("深色或浅色", "Dark or light")
_SIGN_OUT = Phrase("退出", "Sign out")
_FAULT = Phrase(
    "服务出错，详情见服务日志。请重试，或告知管理员。",
    "A fault of the service; its log says which. Try again, or report it.",
)
_NOT_YOURS = Phrase(
    "您的密钥不能使用此页面。需要的权限：{scopes}。",
    "Your key is not for this page. It needs the scope {scopes}.",
)


@dataclass(frozen=True, slots=True)
class WebPage:
    """One page: ``show`` fills the frame, and again when the language is switched.

    What it shows must outlive that, so it keeps its data by ``Visit.tab`` and not in elements.
    ``scopes`` are what a key may have to see it; one of them is enough. ``style`` is its style
    sheet in ``assets/``.
    """

    path: str  # below /ui
    title: Phrase
    scopes: tuple[Scope, ...]
    show: Callable[[Visit], None]
    style: str


def add_pages(pages: Sequence[WebPage]) -> None:
    """Make NiceGUI answer with the pages, each in the frame."""
    for page in pages:
        _add(page, pages)


def _add(page: WebPage, pages: Sequence[WebPage]) -> None:
    @ui.page(page.path, response_timeout=30)
    async def shown(request: Request) -> None:
        visit = visit_of(request)
        for style in ("theme.css", page.style):
            ui.add_head_html(f'<link rel="stylesheet" href="{PAGES}/assets/{style}">')
        dark = ui.dark_mode(_dark(request.cookies.get(THEME_COOKIE, "")))
        await ui.context.client.connected()
        visit.tab = ui.context.client.tab_id or ui.context.client.id
        ui.on_exception(lambda: ui.notify(visit.say(_FAULT), type="negative"))
        _Frame(page, pages, visit, dark).draw()


class _Frame:
    """One visitor's frame around one page."""

    def __init__(
        self, page: WebPage, pages: Sequence[WebPage], visit: Visit, dark: ui.dark_mode
    ) -> None:
        self._page, self._pages, self._visit, self._dark = page, pages, visit, dark

    @ui.refreshable_method
    def draw(self) -> None:
        visit = self._visit
        ui.page_title(f"{visit.say(self._page.title)} · docextract")
        ui.run_javascript(f"document.documentElement.lang = '{visit.language}'")
        with ui.element("a").props('href="#main"').classes("skip"):
            ui.label(visit.say(_SKIP))
        with ui.element("header").classes("top"):
            ui.label("docextract").classes("brand")
            self._navigation()
            ui.element("span").classes("gap")
            self._languages()
            self._theme()
            self._who()
        with ui.element("main").props('id="main" tabindex="-1"').classes("main"):
            if any(visit.may(scope) for scope in self._page.scopes):
                self._page.show(visit)
            else:
                scopes = " / ".join(self._page.scopes)
                ui.label(visit.say(_NOT_YOURS).format(scopes=scopes)).classes("nothing")

    def _navigation(self) -> None:
        with ui.element("nav").props(f'aria-label="{self._visit.say(_PAGES)}"').classes("tabs"):
            for page in self._pages:
                here = ' aria-current="page"' if page is self._page else ""
                with ui.element("a").props(f'href="{PAGES}{page.path}"{here}'):
                    ui.label(self._visit.say(page.title))

    def _languages(self) -> None:
        label = self._visit.say(_LANGUAGE)
        with ui.element("div").props(f'role="group" aria-label="{label}"').classes("choice"):
            for language in Language:
                pressed = str(language is self._visit.language).lower()
                button = ui.element("button").props(f'type="button" aria-pressed="{pressed}"')
                button.props(f'lang="{language}"')
                button.on("click", lambda _event, chosen=language: self._switch(chosen))
                with button:
                    ui.label(language.own_name)

    def _switch(self, language: Language) -> None:
        self._visit.language = language
        ui.run_javascript(remember(LANGUAGE_COOKIE, language))
        self.draw.refresh()

    def _theme(self) -> None:
        button = ui.element("button").classes("plain-button").on("click", self._turn_dark)
        button.props(f'type="button" aria-label="{self._visit.say(_DARK)}"')
        with button:
            ui.icon("contrast").props("aria-hidden=true")

    def _turn_dark(self) -> None:
        self._dark.value = not self._dark.value
        ui.run_javascript(remember(THEME_COOKIE, "dark" if self._dark.value else "light"))

    def _who(self) -> None:
        if self._visit.key is None:
            return
        ui.label(self._visit.key.name).classes("who")
        with ui.element("form").props(f'method="post" action="{PAGES}/sign-out"'):  # noqa: SIM117
            with ui.element("button").props('type="submit"').classes("plain-button"):
                ui.label(self._visit.say(_SIGN_OUT))


def _dark(chosen: str) -> bool | None:
    """The theme that was chosen; None is the system's."""
    return {"dark": True, "light": False}.get(chosen)
