"""Files that a visitor has dropped, and what was read from them; in memory only.

A desk belongs to a session and a browser's tab, so it outlives a reload. It is cleared when its tab
has been closed for a while, and when one signs out.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from docextract.auto import AUTO
from docextract.errors import RegistrationError, SourceError
from docextract.ocr import PageText
from docextract.result import Failure, Result
from docextract.service.problems import Problem, problem_of
from docextract.service.state import State
from docextract.service.uploads import Upload, count_pages
from docextract.web.picture import Picture, encode
from docextract.web.tabs import Kept, Tabs

_MOST_PAPERS = 500
MOST_KEPT = 16  # times the largest request, for all desks of the process
_AT_ONCE = 2  # files of one desk, so that one visitor does not fill the gate

PageRead = Result | PageText


class PaperState(StrEnum):
    """How far a file is."""

    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True, eq=False)
class Paper:
    """One file. ``template`` is what it is read by, None where all print is read.

    ``pages`` has an entry for each document, where a page bears several.

    ``problem`` says why the file as a whole was not read. Of a file that was refused before it
    came, the browser still has the data, by the name ``at_browser``.
    """

    upload: Upload
    template: str | None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    state: PaperState = PaperState.WAITING
    page_count: int = 0
    pages: list[PageRead] = field(default_factory=list)
    problem: Problem | None = None
    at_browser: str = ""
    pictures: dict[int, Picture] = field(default_factory=dict)

    @property
    def pages_read(self) -> int:
        """How many of the file's pages are done."""
        return _page_of(self.pages[-1]) if self.pages else 0

    @property
    def bytes_kept(self) -> int:
        """The memory that the file and its pictures take."""
        return len(self.upload.data) + sum(len(p.jpeg) for p in self.pictures.values())


class Desk(Kept):
    """The files of one tab, in the order they came; ``changed`` tells the page that shows them."""

    def __init__(self, state: State, session: str, has_room: Callable[[int], bool]) -> None:
        super().__init__(session)
        self.papers: dict[str, Paper] = {}
        self.template: str | None = AUTO  # of files to come
        self.shown: tuple[str, int] | None = None  # a paper's id, and a page from 1
        self.changed: Callable[[Paper | None], None] = lambda _paper: None
        self._state, self._has_room = state, has_room
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._reading: set[asyncio.Task[None]] = set()

    @property
    def bytes_kept(self) -> int:
        """The memory that files and pictures take."""
        return sum(paper.bytes_kept for paper in self.papers.values())

    def add(self, upload: Upload) -> Paper:
        """Put a file on the desk and begin to read it; raises Problem 413 when there is no room."""
        if len(self.papers) >= _MOST_PAPERS or not self._has_room(len(upload.data)):
            raise Problem(
                413, "desk-full", f"{upload.name}: too many files are open. Remove some first"
            )
        paper = Paper(upload, self.template)
        self._put(paper)
        self.read(paper)
        return paper

    def refused(self, name: str, problem: Problem, at_browser: str) -> None:
        """Put a file on the desk that was not let in."""
        if len(self.papers) < _MOST_PAPERS:
            paper = Paper(Upload(name, b""), self.template, state=PaperState.FAILED)
            paper.problem, paper.at_browser = problem, at_browser
            self._put(paper)

    def read(self, paper: Paper) -> None:
        """Read a file, or read it anew, by the template that is chosen now."""
        paper.template = self.template
        paper.state, paper.problem, paper.page_count = PaperState.WAITING, None, 0
        paper.pages.clear()
        paper.pictures.clear()
        task = asyncio.create_task(self._read(paper))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)
        self.changed(paper)

    def remove(self, paper: Paper) -> None:
        """Take a file off the desk."""
        self.papers.pop(paper.id, None)
        if self.shown and self.shown[0] == paper.id:
            first = next(iter(self.papers), None)
            self.shown = None if first is None else (first, 1)
        self.changed(None)

    def clear(self) -> None:
        """Take all files off the desk."""
        self.papers.clear()
        self.shown = None
        self.changed(None)

    async def picture(self, paper: Paper, number: int) -> Picture:
        """The picture of a page that was read; raises SourceError when it cannot be loaded.

        ``number`` counts a file's documents, which may be on one page, from 1.
        """
        read = paper.pages[number - 1]
        page = _page_of(read)
        if page not in paper.pictures:
            size_u = read.page_size_u if isinstance(read, Result) else None
            data, name = paper.upload.data, paper.upload.name
            paper.pictures[page] = await self._state.gate.run(
                lambda: encode(data, page, page_size_u=size_u, name=name)
            )
        return paper.pictures[page]

    def _put(self, paper: Paper) -> None:
        self.papers[paper.id] = paper
        self.shown = self.shown or (paper.id, 1)
        self.changed(None)

    async def _read(self, paper: Paper) -> None:
        async with self._turns:
            if paper.id not in self.papers:  # taken off meanwhile
                return
            paper.state = PaperState.READING
            self.changed(paper)
            try:
                await self._read_pages(paper)
            except Exception as error:  # a fault is logged, and told by its number
                paper.problem = problem_of(error)
            paper.state = PaperState.FAILED if _has_failed(paper) else PaperState.DONE
            self.changed(paper)

    async def _read_pages(self, paper: Paper) -> None:
        settings, gate = self._state.settings, self._state.gate
        count = partial(count_pages, paper.upload, settings, most_pages=settings.most_pages)
        try:
            paper.page_count = await gate.run(count)
        except SourceError:
            paper.page_count = 1  # its page says why, in tables, too
        for number in range(1, paper.page_count + 1):
            if paper.id not in self.papers:
                return
            paper.pages.extend(await gate.run(partial(self._read_page, paper, number)))
            self.changed(paper)

    def _read_page(self, paper: Paper, number: int) -> Sequence[PageRead]:
        engine, upload, pages = self._state.engine, paper.upload, self._state.metrics.pages
        if paper.template is not None:
            results = engine.extract(paper.template, upload.data, number, name=upload.name)
            for result in results:
                pages.labels(paper.template, result.status).inc()
            return results
        try:
            text = engine.ocr(upload.data, number, name=upload.name)
        except SourceError as error:
            text = PageText(upload.name, number, 0, 0, failure=Failure.of(error))
        pages.labels("ocr", "failed" if text.failure else "read").inc()
        return [text]


class Desks(Tabs[Desk]):
    """All desks of the process."""

    def __init__(self, state: State) -> None:
        most_bytes = round(MOST_KEPT * state.settings.most_megabytes * 1_000_000)
        super().__init__(partial(Desk, state), most_bytes)


def failure_of(page: PageRead) -> Problem | None:
    """What went wrong with one page, as a problem."""
    if page.failure is None:
        return None
    kinds = {SourceError: "unreadable-file", RegistrationError: "no-form"}
    return Problem(422, kinds.get(page.failure.kind, "usage"), page.failure.reason)


def _page_of(read: PageRead) -> int:
    """Which page of its file was read, from 1."""
    return read.page if isinstance(read, Result) else read.number


def _has_failed(paper: Paper) -> bool:
    return paper.problem is not None or all(page.failure for page in paper.pages)
