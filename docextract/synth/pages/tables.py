"""Rows for the tables of a form, with values that keep the tables' rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from pydantic import BaseModel

from docextract.fields.table import Table
from docextract.synth.pages.blank import Room
from docextract.synth.pages.filling import Filler
from docextract.synth.pages.languages import random_match
from docextract.synth.pages.lines import FormLine, form_lines
from docextract.synth.pages.natural import Person
from docextract.synth.pages.page import FormPage
from docextract.template import Box, Layout, Template
from docextract.template.model import RuleLine

_MOST_ROWS = 12
_EM = 0.6  # of a row's height
_MARGIN = 0.03  # of a column's width, left blank at its ends


class TableDrawer:
    """Invents and prints the rows of one table, without lines between them."""

    def __init__(self, template: Template, kind: Table, name: str, layout: Layout) -> None:
        self._kind, self.box = kind, template.box(name, layout.name)
        self._columns = template.columns(name, layout.name)
        others = [f for f in template.fields.values() if not isinstance(f.kind, Table)]
        lines = [field.box.across(field.direction) for field in others]
        self._row_u = median(lines) if lines else self.box.height / _MOST_ROWS
        columns = {
            full.split(".")[1]: field.model_copy(update={"name": full.split(".")[1]})
            for full, field in template.column_fields(name).items()
        }
        row = template.model_copy(
            update={"fields": columns, "rules": tuple(RuleLine(rule=r) for r in kind.rules)}
        )
        cells = form_lines(row, layout, wanted=lambda _: (), bare=lambda _: False)
        self._filler = Filler(row, layout, cells, self._fits, {})

    def fill(self, person: Person) -> tuple[tuple[BaseModel, ...], tuple[Mapping[str, str], ...]]:
        """Invent rows: their values, and their texts by column.

        Raises UsageError for a column without texts, or a rule that cannot be met.
        """
        room = max(1, min(_MOST_ROWS, int(self.box.height / self._row_u) - 1))
        rows = [self._filler.fill(person) for _ in range(person.rng.randint(1, room))]
        return self._kind.rows_of([row.values for row in rows]), tuple(row.texts for row in rows)

    def print(self, page: FormPage, rows: Sequence[Mapping[str, str]]) -> None:
        """Print rows from the top of the table's box, and below them the end mark, if any."""
        for number, texts in enumerate(rows):
            for name, text in texts.items():
                if text:
                    page.write(text, Room(self._cell(name, number)))
        if self._kind.end:
            first = next(iter(self._columns))
            page.write(random_match(self._kind.end, page.rng), Room(self._cell(first, len(rows))))

    def _cell(self, name: str, number: int) -> Box:
        x, y, width, _ = self._columns[name]
        margin = _MARGIN * width
        return Box(x + margin, y + number * self._row_u, width - 2 * margin, self._row_u)

    def _fits(self, line: FormLine, text: str) -> bool:
        ems = sum(0.6 if char.isascii() else 1.0 for char in text)
        return ems * _EM * self._row_u < self._columns[line.name].width


def table_drawers(template: Template, layout: Layout) -> dict[str, TableDrawer]:
    """What draws the tables of a layout."""
    return {
        field.name: TableDrawer(template, field.kind, field.name, layout)
        for field in template.fields_on(layout.name)
        if isinstance(field.kind, Table)
    }
