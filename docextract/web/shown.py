"""What of a page is shown: its fields or lines, how sure each is, and how the page is turned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from docextract.confidence import Limit
from docextract.fields.table import Table
from docextract.ocr import PageText
from docextract.plain import one_text
from docextract.result import Result
from docextract.template import Template
from docextract.types import Quad, Reading, Value
from docextract.web.phrase import Language, Phrase

State = Literal["sure", "doubt", "wrong"]

SAYINGS: dict[str, Phrase] = {
    "sure": Phrase("可信", "Sure"),
    "doubt": Phrase("待核对", "To check"),
    "wrong": Phrase("未读出", "Not read"),
    "accepted": Phrase("已通过", "Accepted"),
    "review": Phrase("待核对", "To review"),
    "failed": Phrase("失败", "Failed"),
    "read": Phrase("已读", "Read"),
    "waiting": Phrase("排队中", "Waiting"),
    "reading": Phrase("识别中", "Reading"),
}
ICONS = {
    "sure": "check",
    "doubt": "priority_high",
    "wrong": "close",
    "accepted": "check_circle",
    "review": "error",
    "failed": "cancel",
    "read": "check_circle",
    "waiting": "schedule",
    "reading": "autorenew",
}
_SURE_LINE = 0.9  # a line of print has no template to say from when it is accepted
_ROWS = Phrase("{rows} 行", "{rows} rows")
_YES, _NO = Phrase("是", "Yes"), Phrase("否", "No")


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One field or line beside the picture. ``checks`` names those that failed.

    ``rows`` are a table's cells, which have places of their own.
    """

    name: str
    title: str
    text: str
    state: State
    confidence: float
    checks: tuple[str, ...]
    quad_px: Quad | None
    rows: tuple[tuple[Item, ...], ...] = ()


def items_of(page: Result | PageText, template: Template | None, language: Language) -> list[Item]:
    """A page's fields, in the template's order, or its lines."""
    if isinstance(page, Result):
        return [
            _field(reading, page.limits[name], _titles(template, name), language)
            for name, reading in page.readings.items()
        ]
    return [
        Item(
            str(number),
            "",
            line.text,
            "sure" if line.confidence >= _SURE_LINE else "doubt",
            line.confidence,
            (),
            line.quad_px,
        )
        for number, line in enumerate(page.lines)
    ]


def placed(items: Iterable[Item]) -> Iterator[Item]:
    """The items that have a place in the picture; cells instead of their table."""
    for item in items:
        if item.rows:
            yield from placed(cell for row in item.rows for cell in row)
        elif item.quad_px is not None:
            yield item


def status_of(page: Result | PageText) -> str:
    """What became of a page: "accepted", "review", "failed", or "read" for print."""
    if isinstance(page, Result):
        return page.status
    return "failed" if page.failure else "read"


def turn_of(page: Result | PageText) -> int:
    """By how many degrees the print lies turned clockwise: 0, 90, 180 or 270."""
    if isinstance(page, PageText):
        return page.turn
    quads = [r.quad_px for r in page.readings.values() if r.quad_px is not None]
    return _common_turn(quads)


def _titles(template: Template | None, field: str) -> dict[str, str]:
    """What a field is called on paper, and a table's columns by FIELD.COLUMN."""
    if template is None:
        return {}
    titles = {field: template.fields[field].title}
    if isinstance(template.fields[field].kind, Table):
        titles |= {name: one.title for name, one in template.column_fields(field).items()}
    return titles


def _field(
    reading: Reading, limit: Limit, titles: Mapping[str, str], language: Language, row: int = 0
) -> Item:
    """A field, or a cell of a table's ``row``, from 1; the table's limit is that of its cells."""
    name = reading.field
    rows = tuple(
        tuple(_field(cell, limit, titles, language, number) for cell in cells.values())
        for number, cells in enumerate(reading.rows, 1)
    )
    return Item(
        f"{name}.{row}" if row else name,
        titles.get(name) or name,
        _ROWS.in_(language).format(rows=len(rows)) if rows else _written(reading.value, language),
        _state(limit, reading),
        reading.confidence,
        reading.failed,
        reading.quad_px,
        rows,
    )


def _state(limit: Limit, reading: Reading) -> State:
    if limit.accepts(reading):
        return "sure"
    return "wrong" if reading.value is None and not reading.ok else "doubt"


def _written(value: Value | None, language: Language) -> str:
    """A value as the paper has it; capital numerals stay what they are."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return (_YES if value else _NO).in_(language)
    if isinstance(value, tuple):
        return one_text(value)
    return str(value)


def _common_turn(quads_px: Sequence[Quad]) -> int:
    along = [quad[1] - quad[0] for quad in quads_px]
    turns = Counter(round(np.degrees(np.arctan2(y, x)) / 90) % 4 * 90 for x, y in along)
    return turns.most_common(1)[0][0] if turns else 0
