"""Drop pictures, see records: files at the left, the page in the middle, what was read at the right."""

from __future__ import annotations

import math
from collections.abc import Callable

from nicegui import app, background_tasks, ui

from docextract.auto import AUTO
from docextract.ocr import PageText
from docextract.result import Result
from docextract.service.guard import PAGES
from docextract.service.keys import Scope
from docextract.service.problems import Problem
from docextract.service.uploads import shown_name
from docextract.template import Template
from docextract.web.desk import Desk, PageRead, Paper, PaperState, failure_of
from docextract.web.elements.dropping import Dropping
from docextract.web.elements.viewer import Place, Viewer
from docextract.web.export import FORMATS
from docextract.web.frame import WebPage
from docextract.web.phrase import Phrase
from docextract.web.routes import check_scope, desks_of
from docextract.web.shown import ICONS, SAYINGS, Item, items_of, status_of, turn_of
from docextract.web.troubles import trouble
from docextract.web.visit import Visit

_ALL_PRINT = ""  # in the place of a template's name; the chooser has no None

_TITLE = Phrase("识别", "Extract")
_DROPPING = {
    "drop": Phrase("拖入文件，或点击选择", "Drop files, or click to choose"),
    "kinds": Phrase("图片、PDF、多页 TIFF", "Pictures, PDF, multi-page TIFF"),
    "release": Phrase("松开即开始识别", "Release to read"),
    "sending": Phrase("正在上传 {sent}/{all}", "Uploading {sent} of {all}"),
}
_VIEWING = {
    "picture": Phrase("单据图片", "Picture of the paper"),
    "tools": Phrase("图片工具", "Picture tools"),
    "smaller": Phrase("缩小", "Smaller"),
    "larger": Phrase("放大", "Larger"),
    "fit": Phrase("适应窗口", "Fit"),
    "turn": Phrase("旋转", "Turn"),
}
_TEMPLATE = Phrase("模板", "Template")
_AUTO = Phrase("自动（逐页选择模板）", "Automatic: each page's own")
_PRINT = Phrase("全部文字（不用模板）", "All print, without a template")
_FILES = Phrase("文件", "Files")
_EMPTY = Phrase("把单据图片拖到窗口任意位置", "Drop pictures of papers anywhere in this window")
_EMPTY_HINT = Phrase(
    "文件只在本服务的内存中处理，关闭页面十分钟后清除。",
    "Files stay in the service's memory, and are gone ten minutes after the page is closed.",
)
_SUMMARY = Phrase(
    "{files} 个文件 · 通过 {accepted} 页 · 待核对 {review} 页 · 失败 {failed} 页",
    "{files} files · pages: {accepted} accepted, {review} to review, {failed} failed",
)
_AGAIN = Phrase("重新识别", "Read again")
_REMOVE = Phrase("移除", "Remove")
_CLEAR = Phrase("全部移除", "Remove all")
_DOWNLOAD = Phrase("下载", "Download")
_PAGE_OF = Phrase("第 {page} 页，共 {pages} 页", "Page {page} of {pages}")
_BEFORE = Phrase("上一页", "Previous page")
_AFTER = Phrase("下一页", "Next page")
_COPY = Phrase("复制文字", "Copy the text")
_COPIED = Phrase("已复制", "Copied")
_RECORD = Phrase("识别结果", "What was read")
_CHECKS = Phrase("未通过：{checks}", "Failed: {checks}")
_NO_TEXT = Phrase("这一页没有文字。", "There is no print on this page.")
_KEYS = Phrase(
    "快捷键：o 打开 · j / k 下一个、上一个文件 · n 下一个待核对项 · + − 0 缩放 · r 旋转",
    "Keys: o open · j / k next, previous file · n next to check · + − 0 zoom · r turn",
)


def _show(visit: Visit) -> None:
    client = ui.context.client
    desk = desks_of(app).of(visit.owner, visit.tab)
    desk.watch(client.id)
    client.on_delete(lambda: desk.leave(client.id))
    _View(visit, desk).build()


class _View:
    """One desk as one visitor sees it."""

    def __init__(self, visit: Visit, desk: Desk) -> None:
        self._visit, self._desk = visit, desk
        engine = visit.state.engine
        self._templates = {one.name: one for one in map(engine.template, engine.template_names)}
        self._rows: dict[str, _Row] = {}
        self._at: tuple[str, int, int] | None = None  # what the viewer shows

    def build(self) -> None:
        with ui.element("div").classes("extract"):
            with ui.element("aside").classes("files"):
                self._chooser()
                words = {name: self._visit.say(said) for name, said in _DROPPING.items()}
                url = f"{PAGES}/desks/{self._desk.id}/files"
                self._dropping = Dropping(url, words, self._refused)
                self._list()
                self._summary()
            with ui.element("section").classes("paper"):
                self._heading()
                words = {name: self._visit.say(said) for name, said in _VIEWING.items()}
                self._viewer = Viewer(words, self._step)
            with ui.element("section").classes("record") as record:
                record.props(f'aria-label="{self._visit.say(_RECORD)}"')
                self._record()
            ui.label(self._visit.say(_KEYS)).classes("keys")
        self._desk.changed = self._changed
        self._show_page()

    # The left: what to read by, and the files.

    def _chooser(self) -> None:
        visit, engine = self._visit, self._visit.state.engine
        options: dict[str, str] = {}
        if visit.may(Scope.EXTRACT):
            options[AUTO] = visit.say(_AUTO)
            for name in engine.template_names:
                title = engine.template(name).title
                options[name] = f"{title} · {name}" if title else name
        if visit.may(Scope.OCR):
            options[_ALL_PRINT] = visit.say(_PRINT)
        chosen = self._desk.template or _ALL_PRINT
        if chosen not in options:
            chosen = next(iter(options))
            self._desk.template = chosen or None
        chooser = ui.select(options, value=chosen, label=visit.say(_TEMPLATE))
        chooser.props("outlined dense options-dense").classes("chooser")
        chooser.on_value_change(lambda event: self._choose(str(event.value)))

    def _choose(self, template: str) -> None:
        self._desk.template = template or None

    @ui.refreshable_method
    def _list(self) -> None:
        self._rows = {}
        with ui.element("ul").props(f'aria-label="{self._visit.say(_FILES)}"').classes("list"):
            for paper in self._desk.papers.values():
                self._rows[paper.id] = _Row(self, paper)
                self._rows[paper.id].draw()

    @ui.refreshable_method
    def _summary(self) -> None:
        papers = self._desk.papers.values()
        if not papers:
            return
        pages = [page for paper in papers for page in paper.pages]
        found = [status_of(page) for page in pages]
        lost = sum(paper.problem is not None for paper in papers)
        said = self._visit.say(_SUMMARY).format(
            files=len(papers),
            accepted=found.count("accepted") + found.count("read"),
            review=found.count("review"),
            failed=found.count("failed") + lost,
        )
        ui.label(said).props("role=status").classes("summary")
        self._downloads(pages)

    def _downloads(self, pages: list[PageRead]) -> None:
        visit, desk = self._visit, self._desk
        files = [f"records.{one}" for one in FORMATS if any(isinstance(p, Result) for p in pages)]
        files += ["text.txt"] if any(isinstance(p, PageText) for p in pages) else []
        with ui.element("div").classes("downloads"):
            for file in files:
                kind = file.rsplit(".")[-1].upper()
                link = ui.element("a").classes("download")
                link.props(f'href="{PAGES}/desks/{desk.id}/{file}" download')
                link.props(f'aria-label="{visit.say(_DOWNLOAD)} {kind}"')
                with link:
                    ui.icon("download").props("aria-hidden=true")
                    ui.label(kind)
            button = ui.element("button").props('type="button"').classes("plain-button")
            with button.on("click", desk.clear):
                ui.label(visit.say(_CLEAR))

    def _refused(self, name: str, kept: str, kind: str, detail: str) -> None:
        self._desk.refused(shown_name(name), Problem(422, kind, detail), kept)

    # The middle: one page.

    @ui.refreshable_method
    def _heading(self) -> None:
        paper = self.paper
        with ui.element("div").classes("heading"):
            if paper is None:
                return
            ui.label(paper.upload.name).props('role="heading" aria-level="1"').classes("name")
            if paper.page_count > 1:
                self._turning(paper)

    def _turning(self, paper: Paper) -> None:
        visit, number = self._visit, self._number
        for step, said, icon in ((-1, _BEFORE, "chevron_left"), (1, _AFTER, "chevron_right")):
            if step == 1:
                counted = visit.say(_PAGE_OF).format(page=number, pages=paper.page_count)
                ui.label(counted).classes("counted")
            button = ui.element("button").classes("plain-button")
            button.props(f'type="button" aria-label="{visit.say(said)}"')
            button.props["disabled"] = not 1 <= number + step <= len(paper.pages)
            button.on("click", lambda _event, to=number + step: self._turn_to(to))
            with button:
                ui.icon(icon).props("aria-hidden=true")

    def _turn_to(self, number: int) -> None:
        paper = self.paper
        if paper is not None and 1 <= number <= len(paper.pages):
            self.show(paper, number)

    def _show_page(self) -> None:
        """Bring the viewer to the page that is shown, if it is not there yet."""
        paper, page = self.paper, self._page
        if paper is None or page is None or page.failure is not None:
            self._at = None
            self._viewer.show("", 1, 1, [], 0)
            self._viewer.set_visibility(False)
            return
        at = (paper.id, self._number, id(page))
        if self._at != at:
            self._at = at
            background_tasks.create(self._load(paper, page, at))

    async def _load(self, paper: Paper, page: PageRead, at: tuple[str, int, int]) -> None:
        number = at[1]
        picture = await self._desk.picture(paper, number)
        if self._at != at:  # another page was chosen meanwhile
            return
        url = f"{PAGES}/desks/{self._desk.id}/papers/{paper.id}/{number}?{id(page)}"
        places = [
            Place(item.name, f"{item.title} {item.text}".strip(), item.state, item.quad_px)
            for item in self._items(page)
            if item.quad_px is not None
        ]
        self._viewer.show(url, picture.width_px, picture.height_px, places, turn_of(page))
        self._viewer.set_visibility(True)

    # The right: what was read.

    @ui.refreshable_method
    def _record(self) -> None:
        visit, paper, page = self._visit, self.paper, self._page
        if paper is None:
            with ui.element("div").classes("nothing"):
                ui.label(visit.say(_EMPTY)).classes("invitation")
                ui.label(visit.say(_EMPTY_HINT)).classes("hint")
            return
        problem = paper.problem or (failure_of(page) if page else None)
        if problem is not None:
            self._trouble(paper, problem)
        elif page is None:
            _chip(visit, paper.state)
        elif isinstance(page, PageText):
            self._text(page)
        else:
            self._fields(page)

    def _trouble(self, paper: Paper, problem: Problem) -> None:
        with ui.element("div").props("role=alert").classes("trouble-card"):
            ui.label(self._visit.say(trouble(problem.kind)))
            ui.label(problem.detail).classes("hint")
            button = ui.element("button").props('type="button"').classes("main-button")
            with button.on("click", lambda: self.again(paper)):
                ui.label(self._visit.say(_AGAIN))

    def _fields(self, result: Result) -> None:
        with ui.element("div").classes("record-top"):
            _chip(self._visit, result.status)
            template = self._templates.get(result.template)
            ui.label((template.title if template else "") or result.template).classes("hint")
        with ui.element("dl").classes("fields"):
            for item in self._items(result):
                self._field(item)

    def _field(self, item: Item) -> None:
        row = _marked(item).classes(f"field {item.state}")
        with row:
            with ui.element("dt"):
                ui.label(item.title)
            with ui.element("dd"):
                ui.label(item.text).classes("value")
                with ui.element("span").classes("surety"):
                    said = self._visit.say(SAYINGS[item.state])
                    ui.icon(ICONS[item.state]).props(f'role="img" aria-label="{said}"').tooltip(
                        said
                    )
                    ui.label(f"{math.floor(item.confidence * 1000) / 10:g}%")
                if item.checks:
                    checks = ", ".join(item.checks)
                    ui.label(self._visit.say(_CHECKS).format(checks=checks)).classes("checks")

    def _text(self, page: PageText) -> None:
        visit = self._visit
        with ui.element("div").classes("record-top"):
            _chip(visit, status_of(page))
            button = ui.element("button").props('type="button"').classes("main-button")
            with button.on("click", lambda: self._copy(page.text)):
                ui.label(visit.say(_COPY))
        if not page.lines:
            ui.label(visit.say(_NO_TEXT)).classes("hint")
        with ui.element("div").classes("lines"):
            for item in self._items(page):
                with _marked(item).classes(f"line {item.state}"):
                    ui.label(item.text)

    def _copy(self, text: str) -> None:
        ui.clipboard.write(text)
        ui.notify(self._visit.say(_COPIED))

    # What is shown, and what changes it.

    @property
    def visit(self) -> Visit:
        """Who looks."""
        return self._visit

    @property
    def paper(self) -> Paper | None:
        """The file that is shown."""
        shown = self._desk.shown
        return self._desk.papers.get(shown[0]) if shown else None

    @property
    def _number(self) -> int:
        return self._desk.shown[1] if self._desk.shown else 1

    @property
    def _page(self) -> PageRead | None:
        paper = self.paper
        if paper is None or self._number > len(paper.pages):
            return None
        return paper.pages[self._number - 1]

    def _items(self, page: PageRead) -> list[Item]:
        template: Template | None = None
        if isinstance(page, Result):
            template = self._templates.get(page.template)
        return items_of(page, template, self._visit.language)

    def show(self, paper: Paper, number: int = 1) -> None:
        """Show a page of a file."""
        before, self._desk.shown = self.paper, (paper.id, number)
        for changed in {before, paper}:
            if changed is not None and changed.id in self._rows:
                self._rows[changed.id].draw.refresh()
        self._heading.refresh()
        self._record.refresh()
        self._show_page()

    def again(self, paper: Paper) -> None:
        """Read a file again, by what is chosen now; one that was refused is sent again."""
        if paper.state in {PaperState.WAITING, PaperState.READING}:
            return
        if paper.at_browser:
            self._desk.remove(paper)
            self._dropping.send_again(paper.at_browser)
            return
        try:
            check_scope(self._visit, self._desk.template)
            self._visit.count()
        except Problem as problem:
            ui.notify(self._visit.say(trouble(problem.kind)), type="warning")
            return
        self._desk.read(paper)

    def remove(self, paper: Paper) -> None:
        """Take a file off the desk."""
        self._desk.remove(paper)

    def _step(self, by: int) -> None:
        papers = list(self._desk.papers.values())
        if self.paper is not None:
            at = papers.index(self.paper) + by
            if 0 <= at < len(papers):
                self.show(papers[at])

    def _changed(self, paper: Paper | None) -> None:
        if paper is None:
            self._list.refresh()
        elif paper.id in self._rows:
            self._rows[paper.id].draw.refresh()
        self._summary.refresh()
        if paper is None or paper is self.paper:
            self._heading.refresh()
            self._record.refresh()
            self._show_page()


class _Row:
    """One file in the list."""

    def __init__(self, view: _View, paper: Paper) -> None:
        self._view, self._paper = view, paper

    @ui.refreshable_method
    def draw(self) -> None:
        view, paper = self._view, self._paper
        shown = str(view.paper is paper).lower()
        with ui.element("li").classes("file"):
            button = ui.element("button").props(f'type="button" aria-current="{shown}"')
            with button.classes("file-button").on("click", lambda: view.show(paper)):
                ui.label(paper.upload.name).classes("file-name")
                _chip(view.visit, _standing(paper), self._progress())
            if paper.state in {PaperState.DONE, PaperState.FAILED}:
                self._tool(_AGAIN, "refresh", lambda: view.again(paper))
            self._tool(_REMOVE, "close", lambda: view.remove(paper))

    def _progress(self) -> str:
        paper = self._paper
        if paper.page_count > 1 and paper.state is PaperState.READING:
            return f" {len(paper.pages)}/{paper.page_count}"
        return ""

    def _tool(self, said: Phrase, icon: str, act: Callable[[], None]) -> None:
        label = f"{self._view.visit.say(said)}: {self._paper.upload.name}"
        button = ui.element("button").classes("plain-button file-tool").on("click", act)
        button.props["type"], button.props["aria-label"] = "button", label
        with button:
            ui.icon(icon).props("aria-hidden=true")


def _standing(paper: Paper) -> str:
    """A file's state, and when it was read, the worst of its pages'."""
    if paper.problem is not None or paper.state is not PaperState.DONE:
        return paper.state
    found = {status_of(page) for page in paper.pages}
    return next((one for one in ("failed", "review", "accepted") if one in found), "read")


def _chip(visit: Visit, state: str, more: str = "") -> None:
    with ui.element("span").classes(f"chip {state}"):
        ui.icon(ICONS[state]).props("aria-hidden=true")
        ui.label(visit.say(SAYINGS[state]) + more)


def _marked(item: Item) -> ui.element:
    """An element that is marked with its place in the picture."""
    element = ui.element("div").props("tabindex=0")
    element.props["data-place"] = item.name
    if item.state != "sure":
        element.props["data-doubt"] = ""
    return element


PAGE = WebPage("/extract", _TITLE, (Scope.EXTRACT, Scope.OCR), _show, "extract.css")
