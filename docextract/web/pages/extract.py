"""Drop pictures, see records: files at the left, a page beside them, then what was read of it."""

from __future__ import annotations

from collections.abc import Iterator

from nicegui import app, background_tasks, ui

from docextract.auto import AUTO
from docextract.errors import DocextractError
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
from docextract.web.panels.controls import chip, icon_button, text_button
from docextract.web.panels.file_row import Acts, FileRow
from docextract.web.panels.record import show_fields, show_text, show_trouble
from docextract.web.phrase import Phrase
from docextract.web.routes import check_scope, desks_of
from docextract.web.shown import Item, items_of, placed, status_of, turn_of
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
    "{files} 个文件；页：通过 {accepted}，待核对 {review}，失败 {failed}",
    "{files} files; pages: {accepted} accepted, {review} to review, {failed} failed",
)
_CLEAR = Phrase("全部移除", "Remove all")
_DOWNLOAD = Phrase("下载", "Download")
_PAGE_OF = Phrase("第 {page} 页，共 {pages} 页", "Page {page} of {pages}")
_DOCUMENT_OF = Phrase("第 {page} 张，共 {pages} 张", "Document {page} of {pages}")
_BEFORE = Phrase("上一页", "Previous page")
_AFTER = Phrase("下一页", "Next page")
_RECORD = Phrase("识别结果", "What was read")
_KEYS = Phrase(
    "快捷键：o 打开 · j / k 下一个、上一个文件 · n 下一个待核对项 · + − 0 缩放 · r 旋转",
    "Keys: o open · j / k next, previous file · n next to check · + − 0 zoom · r turn",
)


def _show(visit: Visit) -> None:
    client = ui.context.client
    desk = desks_of(app).of(visit.session, visit.tab)
    desk.watch(client.id)
    client.on_delete(lambda: desk.leave(client.id))
    _View(visit, desk).build()


class _View:
    """One desk as one visitor sees it."""

    def __init__(self, visit: Visit, desk: Desk) -> None:
        self._visit, self._desk = visit, desk
        engine = visit.state.engine
        self._templates = {one.name: one for one in map(engine.template, engine.template_names)}
        self._rows: dict[str, FileRow] = {}
        self._acts = Acts(lambda one: one is self._paper, self._go_to, self._again, desk.remove)
        self._at: tuple[str, int, int] | None = None  # the page that the viewer shows

    def build(self) -> None:
        visit = self._visit
        with ui.element("div").classes("extract"):
            with ui.element("aside").classes("files"):
                self._chooser()
                words = {name: visit.say(said) for name, said in _DROPPING.items()}
                url = f"{PAGES}/desks/{self._desk.id}/files"
                self._dropping = Dropping(url, words, self._refused)
                self._list()
                self._summary()
            with ui.element("section").classes("paper"):
                self._heading()
                words = {name: visit.say(said) for name, said in _VIEWING.items()}
                self._viewer = Viewer(words, self._step)
            record = ui.element("section").classes("record")
            with record.props(f'aria-label="{visit.say(_RECORD)}"'):
                self._record()
            ui.label(visit.say(_KEYS)).classes("keys")
        self._desk.changed = self._changed
        self._show_picture()

    # The left: what to read by, and the files.

    def _chooser(self) -> None:
        options = dict(self._choices())
        chosen = self._desk.template or _ALL_PRINT
        if chosen not in options:
            chosen = next(iter(options))
            self._desk.template = chosen or None
        chooser = ui.select(options, value=chosen, label=self._visit.say(_TEMPLATE))
        chooser.props("outlined dense options-dense").classes("chooser")
        chooser.on_value_change(lambda event: self._choose(str(event.value)))

    def _choices(self) -> Iterator[tuple[str, str]]:
        visit, engine = self._visit, self._visit.state.engine
        if visit.may(Scope.EXTRACT):
            yield AUTO, visit.say(_AUTO)
            for name in engine.template_names:
                title = engine.template(name).title
                yield name, f"{title} · {name}" if title else name
        if visit.may(Scope.OCR):
            yield _ALL_PRINT, visit.say(_PRINT)

    def _choose(self, template: str) -> None:
        self._desk.template = template or None

    @ui.refreshable_method
    def _list(self) -> None:
        papers = self._desk.papers.values()
        self._rows = {paper.id: FileRow(self._visit, paper, self._acts) for paper in papers}
        with ui.element("ul").props(f'aria-label="{self._visit.say(_FILES)}"').classes("list"):
            for row in self._rows.values():
                row.draw()

    @ui.refreshable_method
    def _summary(self) -> None:
        papers = self._desk.papers.values()
        if not papers:
            return
        pages = [page for paper in papers for page in paper.pages]
        found = [status_of(page) for page in pages]
        said = self._visit.say(_SUMMARY).format(
            files=len(papers),
            accepted=found.count("accepted") + found.count("read"),
            review=found.count("review"),
            failed=found.count("failed") + sum(paper.problem is not None for paper in papers),
        )
        ui.label(said).props("role=status").classes("summary")
        with ui.element("div").classes("downloads"):
            if any(isinstance(page, Result) for page in pages):
                for ending in FORMATS:
                    self._download(f"records.{ending}")
            if any(isinstance(page, PageText) for page in pages):
                self._download("text.txt")
            text_button(self._visit.say(_CLEAR), self._desk.clear, "plain-button")

    def _download(self, file: str) -> None:
        kind = file.rsplit(".", 1)[-1].upper()
        link = ui.element("a").classes("download")
        link.props(f'href="{PAGES}/desks/{self._desk.id}/{file}" download')
        link.props(f'aria-label="{self._visit.say(_DOWNLOAD)} {kind}"')
        with link:
            ui.icon("download").props("aria-hidden=true")
            ui.label(kind)

    def _refused(self, name: str, kept: str, kind: str, detail: str) -> None:
        self._desk.refused(shown_name(name), Problem(422, kind, detail), kept)

    # The middle: the picture of one page.

    @ui.refreshable_method
    def _heading(self) -> None:
        visit, paper = self._visit, self._paper
        if paper is None:
            with ui.element("div").classes("nothing"):
                ui.label(visit.say(_EMPTY)).classes("invitation")
                ui.label(visit.say(_EMPTY_HINT)).classes("hint")
            return
        with ui.element("div").classes("heading"):
            ui.label(paper.upload.name).props('role="heading" aria-level="1"').classes("name")
            count = max(paper.page_count, len(paper.pages))
            if count > 1:
                self._leaf(-1, _BEFORE, "chevron_left")
                split = len(paper.pages) > paper.pages_read
                said = visit.say(_DOCUMENT_OF if split else _PAGE_OF)
                counted = said.format(page=self._number, pages=count)
                ui.label(counted).classes("counted")
                self._leaf(1, _AFTER, "chevron_right")

    def _leaf(self, by: int, said: Phrase, icon: str) -> None:
        paper, to = self._paper, self._number + by
        if paper is not None:
            there = 1 <= to <= len(paper.pages)
            label = self._visit.say(said)
            icon_button(icon, label, lambda: self._go_to(paper, to), enabled=there)

    def _show_picture(self) -> None:
        """Bring the viewer to the page that is shown, if it is not there yet."""
        paper, page = self._paper, self._page
        if paper is None or page is None or page.failure is not None:
            self._at = None
            self._viewer.hide()
            return
        at = (paper.id, self._number, id(page))
        if self._at != at:
            self._at = at
            background_tasks.create(self._load(paper, page, at))

    async def _load(self, paper: Paper, page: PageRead, at: tuple[str, int, int]) -> None:
        try:
            picture = await self._desk.picture(paper, self._number)
        except (DocextractError, Problem):  # it was read, so it is shown without
            return
        if self._at != at:  # another page was chosen meanwhile
            return
        url = f"{PAGES}/desks/{self._desk.id}/papers/{paper.id}/{at[1]}?{at[2]}"
        places = [
            Place(item.name, f"{item.title} {item.text}".strip(), item.state, item.quad_px)
            for item in placed(self._items(page))
            if item.quad_px is not None
        ]
        self._viewer.show(url, picture.width_px, picture.height_px, places, turn_of(page))

    # The right: what was read.

    @ui.refreshable_method
    def _record(self) -> None:
        visit, paper, page = self._visit, self._paper, self._page
        if paper is None:
            return
        problem = paper.problem or (failure_of(page) if page else None)
        if problem is not None:
            show_trouble(visit, problem, lambda: self._again(paper))
        elif page is None:
            chip(paper.state, visit.language)
        elif isinstance(page, PageText):
            show_text(visit, page, self._items(page))
        else:
            template = self._templates.get(page.template)
            form = (template.title if template else "") or page.template
            show_fields(visit, page.status, form, self._items(page))

    # What is shown, and what changes it.

    @property
    def _paper(self) -> Paper | None:
        shown = self._desk.shown
        return self._desk.papers.get(shown[0]) if shown else None

    @property
    def _number(self) -> int:
        return self._desk.shown[1] if self._desk.shown else 1

    @property
    def _page(self) -> PageRead | None:
        paper = self._paper
        if paper is None or self._number > len(paper.pages):
            return None
        return paper.pages[self._number - 1]

    def _items(self, page: PageRead) -> list[Item]:
        template: Template | None = None
        if isinstance(page, Result):
            template = self._templates.get(page.template)
        return items_of(page, template, self._visit.language)

    def _go_to(self, paper: Paper, number: int = 1) -> None:
        before, self._desk.shown = self._paper, (paper.id, number)
        for one in {before, paper}:
            if one is not None and one.id in self._rows:
                self._rows[one.id].draw.refresh()
        self._show_all()

    def _step(self, by: int) -> None:
        papers = list(self._desk.papers.values())
        if self._paper is not None:
            at = papers.index(self._paper) + by
            if 0 <= at < len(papers):
                self._go_to(papers[at])

    def _again(self, paper: Paper) -> None:
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

    def _changed(self, paper: Paper | None) -> None:
        if paper is None:
            self._list.refresh()
        elif paper.id in self._rows:
            self._rows[paper.id].draw.refresh()
        self._summary.refresh()
        if paper is None or paper is self._paper:
            self._show_all()

    def _show_all(self) -> None:
        self._heading.refresh()
        self._record.refresh()
        self._show_picture()


PAGE = WebPage("/extract", _TITLE, (Scope.EXTRACT, Scope.OCR), _show, "extract.css")
