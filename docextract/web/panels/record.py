"""What was read of one page: fields or lines, how sure each is, or why there is nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from nicegui import ui

from docextract.ocr import PageText
from docextract.service.problems import Problem
from docextract.web.panels.controls import chip, text_button
from docextract.web.panels.file_row import AGAIN
from docextract.web.phrase import Phrase
from docextract.web.shown import ICONS, SAYINGS, Item, status_of
from docextract.web.troubles import trouble
from docextract.web.visit import Visit

_COPY = Phrase("复制文字", "Copy the text")
_COPIED = Phrase("已复制", "Copied")
_CHECKS = Phrase("未通过：{checks}", "Failed: {checks}")
_NO_TEXT = Phrase("这一页没有文字。", "There is no print on this page.")


def show_trouble(visit: Visit, problem: Problem, again: Callable[[], None]) -> None:
    """Why a file or page was not read, the cure, and a button to try again."""
    with ui.element("div").props("role=alert").classes("trouble-card"):
        ui.label(visit.say(trouble(problem.kind)))
        ui.label(problem.detail).classes("hint")
        text_button(visit.say(AGAIN), again, "main-button")


def show_fields(visit: Visit, status: str, form: str, items: Sequence[Item]) -> None:
    """A record, field by field; ``form`` is what kind of paper it is."""
    with ui.element("div").classes("record-top"):
        chip(status, visit.language)
        ui.label(form).classes("hint")
    with ui.element("div").classes("fields"):
        for item in items:
            _field(visit, item)


def show_text(visit: Visit, page: PageText, items: Sequence[Item]) -> None:
    """All print, line by line, and a button to copy it."""
    with ui.element("div").classes("record-top"):
        chip(status_of(page), visit.language)
        text_button(visit.say(_COPY), lambda: _copy(visit, page.text), "main-button")
    if not items:
        ui.label(visit.say(_NO_TEXT)).classes("hint")
    with ui.element("div").classes("lines"):
        for item in items:
            with _marked(item, item.text).classes(f"line {item.state}"):
                ui.label(item.text)


def _field(visit: Visit, item: Item) -> None:
    said, sure = visit.say(SAYINGS[item.state]), _surety(item)
    with _marked(item, f"{item.title}: {item.text}, {said}, {sure}").classes(f"field {item.state}"):
        ui.label(item.title).classes("title")
        ui.label(item.text).classes("value")
        with ui.element("span").classes("surety"):
            icon = ui.icon(ICONS[item.state]).props("aria-hidden=true")
            icon.props["title"] = said
            ui.label(sure)
        if item.checks:
            ui.label(visit.say(_CHECKS).format(checks=", ".join(item.checks))).classes("checks")
    if item.rows:
        _table(visit, item)


def _table(visit: Visit, table: Item) -> None:
    with ui.element("div").classes("cells"), ui.element("table"):
        with ui.element("tr"):
            for cell in table.rows[0]:
                with ui.element("th").props("scope=col"):
                    ui.label(cell.title)
        for row in table.rows:
            with ui.element("tr"):
                for cell in row:
                    said = f"{cell.title}: {cell.text}, {visit.say(SAYINGS[cell.state])}"
                    with ui.element("td"), _marked(cell, f"{said}, {_surety(cell)}") as element:
                        element.classes(f"cell {cell.state}")
                        ui.label(cell.text)


def _surety(item: Item) -> str:
    return f"{math.floor(item.confidence * 1000) / 10:g}%"  # never 100 %


def _marked(item: Item, label: str) -> ui.element:
    """An element that its place in the picture is marked with, and that marks it."""
    element = ui.element("div").props("tabindex=0 role=group")
    element.props["aria-label"] = label
    element.props["data-place"] = item.name
    if item.state != "sure":
        element.props["data-doubt"] = ""
    return element


def _copy(visit: Visit, text: str) -> None:
    ui.clipboard.write(text)
    ui.notify(visit.say(_COPIED))
