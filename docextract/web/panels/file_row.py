"""One file in the list: its name, how far it is, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nicegui import ui

from docextract.web.desk import Paper, PaperState
from docextract.web.panels.controls import chip, icon_button
from docextract.web.phrase import Phrase
from docextract.web.shown import status_of
from docextract.web.visit import Visit

AGAIN = Phrase("重新识别", "Read again")
_REMOVE = Phrase("移除", "Remove")


@dataclass(frozen=True, slots=True)
class Acts:
    """What a row asks its page for."""

    is_shown: Callable[[Paper], bool]
    show: Callable[[Paper], None]
    again: Callable[[Paper], None]
    remove: Callable[[Paper], None]


class FileRow:
    """A file's row; ``draw.refresh()`` brings it up to date."""

    def __init__(self, visit: Visit, paper: Paper, acts: Acts) -> None:
        self._visit, self._paper, self._acts = visit, paper, acts

    @ui.refreshable_method
    def draw(self) -> None:
        """Show the row."""
        paper, acts = self._paper, self._acts
        shown = str(acts.is_shown(paper)).lower()
        with ui.element("li").classes("file"):
            button = ui.element("button").props(f'type="button" aria-current="{shown}"')
            with button.classes("file-button").on("click", lambda: acts.show(paper)):
                ui.label(paper.upload.name).classes("file-name")
                chip(_standing(paper), self._visit.language, self._progress())
            if paper.state in {PaperState.DONE, PaperState.FAILED}:
                self._tool(AGAIN, "refresh", lambda: acts.again(paper))
            self._tool(_REMOVE, "close", lambda: acts.remove(paper))

    def _tool(self, said: Phrase, icon: str, act: Callable[[], None]) -> None:
        label = f"{self._visit.say(said)}: {self._paper.upload.name}"
        icon_button(icon, label, act, style="file-tool")

    def _progress(self) -> str:
        paper = self._paper
        if paper.page_count > 1 and paper.state is PaperState.READING:
            return f" {paper.pages_read}/{paper.page_count}"
        return ""


def _standing(paper: Paper) -> str:
    """A file's state, and when it was read, the worst of its pages'."""
    if paper.problem is not None or paper.state is not PaperState.DONE:
        return paper.state
    found = {status_of(page) for page in paper.pages}
    return next((one for one in ("failed", "review", "accepted") if one in found), "read")
