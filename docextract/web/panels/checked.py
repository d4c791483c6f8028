"""What is wrong with a template, and what will be fragile in it."""

from __future__ import annotations

from nicegui import ui

from docextract.web.phrase import Phrase
from docextract.web.visit import Visit
from docextract.web.workshop import Checked

_NO_MISTAKES = Phrase("没有错误", "No mistakes")
_MISTAKES = Phrase("{count} 处错误", "Mistakes: {count}")
_HINTS = Phrase("隐患", "What may be fragile")


def show_mistakes(visit: Visit, checked: Checked) -> None:
    """All mistakes, each with its line, its place and its cure."""
    if not checked.mistakes:
        ui.label(visit.say(_NO_MISTAKES)).props("role=status").classes("no-mistakes")
        return
    with ui.element("div").props("role=alert").classes("trouble-card mistakes"):
        count = visit.say(_MISTAKES).format(count=len(checked.mistakes))
        ui.label(count).classes("mistake-count")
        for mistake in checked.mistakes:
            ui.label(mistake).classes("mistake")


def show_findings(visit: Visit, checked: Checked) -> None:
    """What `docextract template lint` says."""
    if not checked.findings:
        return
    title = ui.label(visit.say(_HINTS)).props("role=heading aria-level=2")
    title.classes("part-title")
    with ui.element("ul").classes("findings"):
        for finding in checked.findings:
            with ui.element("li").classes("serious" if finding.serious else ""):
                ui.label(str(finding))
