"""A template's tables, read on a sheet some rows at a time, so that memory stays flat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from docextract.cropping import cut_picture, cut_rows
from docextract.errors import UnknownName, UsageError
from docextract.fields import GENERAL_MODEL, TableColumn
from docextract.fields.table import Table
from docextract.lines import FieldReader, LineRead, look
from docextract.recognition import Load, Recognizer
from docextract.registration import rectangle
from docextract.rules import Rule, compile_rule
from docextract.rules.choice import Choice
from docextract.rules.joint import agree
from docextract.tables.reading import Other, TableRead, others_of
from docextract.tables.rows import Column, Line, Row, TablePrint
from docextract.template import Box, Field, Template
from docextract.types import Crop, Image, Reading, Sheet

_ROWS_AT_ONCE = 8  # whose lattices are in memory together
_PAPER = 0.25  # of a line's height, left above and below it
_BESIDE = 0.5  # of a line's height, left before and after it
_BLANK = 1 - 1e-3  # confidence that nothing is printed where no ink is seen


@dataclass(frozen=True, eq=False)
class _View:
    """A table on a sheet: its box, the columns' boxes, and a flat picture of it."""

    sheet: Sheet
    box: Box
    columns: Mapping[str, Box]
    image: Image

    @classmethod
    def of(cls, template: Template, field: str, sheet: Sheet) -> _View:
        box = template.box(field, sheet.layout)
        image = cut_picture(sheet, box, field=field, margin=0).image
        return cls(sheet, box, template.columns(field, sheet.layout), image)

    @property
    def px_per_u(self) -> float:
        return float(self.image.shape[0] / self.box.height)

    def columns_px(self, kind: Table) -> list[Column]:
        """Where the columns are in the picture."""
        found = []
        for name, column in kind.columns.items():
            left = (self.columns[name].x - self.box.x) * self.px_per_u
            right = left + self.columns[name].width * self.px_per_u
            found.append(Column(left, right, column.lines, column.nullable))
        return found

    def line(self, line: Line, within: Box) -> Box:
        """The box of a line of print, with paper around it as far as its column goes."""
        height = line.bottom - line.top
        beside, paper = _BESIDE * height, _PAPER * height
        x, y = self._to_u(line.left - beside, line.top - paper)
        right, bottom = self._to_u(line.right + beside, line.bottom + paper)
        x, right = max(x, within.x), min(right, within.x + within.width)
        return Box(x, y, right - x, bottom - y)

    def cell(self, row: Row, index: int, name: str) -> tuple[Box, ...]:
        """The boxes of a cell's lines; none where nothing is printed."""
        return tuple(self.line(line, self.columns[name]) for line in row.cells[index])

    def cut(self, boxes: Sequence[Box], name: str, height: int) -> Crop:
        """Cut lines, put into one; they were found on this page, so boxes are not widened."""
        crop = cut_rows(self.sheet, boxes, field=name, height=height, residuals=0.0)
        left, top = min(box.x for box in boxes), boxes[0].y
        right = max(box.x + box.width for box in boxes)
        whole = rectangle(left, top, right - left, boxes[-1].y + boxes[-1].height - top)
        return crop if len(boxes) == 1 else replace(crop, quad_px=self.sheet.to_page(whole))

    def _to_u(self, x: float, y: float) -> tuple[float, float]:
        return self.box.x + x / self.px_per_u, self.box.y + y / self.px_per_u


@dataclass(frozen=True, eq=False)
class TableReader:
    """Reads one field that is a table; ``cells`` are the readers of its columns.

    ``ending`` reads the lines in which the end mark may be, where there is one.
    """

    template: Template
    field: Field
    kind: Table
    cells: Mapping[str, FieldReader]
    rules: tuple[Rule, ...]
    ending: Recognizer | None

    def read(self, sheet: Sheet) -> TableRead:
        """Find the rows on a sheet, and read them."""
        view = _View.of(self.template, self.field.name, sheet)
        rows = self._rows(view)
        readings: list[Mapping[str, Reading]] = []
        others: list[Other] = []
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            for lines in self._read(view, rows[start : start + _ROWS_AT_ONCE]):
                row = self._agreed(lines)
                others += self._others(len(readings), lines, row)
                readings.append(row)
        return TableRead(
            self.field.name,
            self.kind,
            self.field.nullable,
            tuple(readings),
            tuple(others),
            sheet.to_page(rectangle(*view.box)),
        )

    def cell(self, sheet: Sheet, number: int, column: str) -> LineRead:
        """Read one cell of row ``number``, from 1; UnknownName, or UsageError without the row."""
        if column not in self.kind.columns:
            raise UnknownName("column", column, self.kind.columns)
        view = _View.of(self.template, self.field.name, sheet)
        rows = self._rows(view)
        if not 1 <= number <= len(rows):
            raise UsageError(
                f"{sheet.page.source}: the table {self.field.name!r} has {len(rows)} rows on page "
                f"{sheet.page.number} and no row {number}. Count from 1"
            )
        (lines,) = self._read(view, [rows[number - 1]])
        if column not in lines:
            raise UsageError(
                f"{sheet.page.source}: nothing is printed in {self.field.name}.{number}.{column}"
            )
        return lines[column]

    def _rows(self, view: _View) -> list[Row]:
        found = TablePrint.of(view.image, view.columns_px(self.kind))
        return (found if self.ending is None else self._ended(view, found, self.ending)).rows()

    def _ended(self, view: _View, found: TablePrint, recognizer: Recognizer) -> TablePrint:
        """The table above the first line that has the end mark."""
        lines = found.print_lines()
        for start in range(0, len(lines), _ROWS_AT_ONCE):
            some = lines[start : start + _ROWS_AT_ONCE]
            crops = [
                view.cut([view.line(line, view.box)], "end", recognizer.height) for line in some
            ]
            lattices = recognizer.recognize([crop.image for crop in crops])
            for line, lattice in zip(some, lattices, strict=True):
                if re.search(self.kind.end, re.sub(r"\s", "", lattice.greedy())):
                    return found.above(line.top)
        return found

    def _read(self, view: _View, rows: Sequence[Row]) -> list[dict[str, LineRead]]:
        """Read the cells of some rows together; gives each row's by column, blank ones aside."""
        crops, at = [], []
        for number, row in enumerate(rows):
            for i, (name, reader) in enumerate(self.cells.items()):
                if boxes := view.cell(row, i, name):
                    crops.append(view.cut(boxes, name, reader.height))
                    at.append(number)
        reads, _ = look(crops, self.cells)
        read: list[dict[str, LineRead]] = [{} for _ in rows]
        for number, line in zip(at, reads, strict=True):
            read[number][line.crop.field] = line
        return read

    def _agreed(self, lines: Mapping[str, LineRead]) -> dict[str, Reading]:
        """A row's readings after the table's rules have chosen among the alternatives."""

        def listed(name: str) -> tuple[Choice, ...]:
            return lines[name].alternatives() if name in lines else ()

        readings = {
            name: lines[name].reading if name in lines else _blank(name, column)
            for name, column in self.kind.columns.items()
        }
        nullable = frozenset(name for name, c in self.kind.columns.items() if c.nullable)
        return agree(readings, self.rules, nullable=nullable, alternatives=listed)

    def _others(
        self, row: int, lines: Mapping[str, LineRead], readings: Mapping[str, Reading]
    ) -> Iterator[Other]:
        """What else a row's cells may be, where rules over the table may choose: not free text."""
        for name, column in self.kind.columns.items():
            if name in lines and column.kind.pattern is not None:
                yield from others_of(row, name, readings[name], lines[name].alternatives())


def _blank(name: str, column: TableColumn) -> Reading:
    """The reading of a cell in which there is no ink."""
    if column.nullable:
        return Reading(name, None, "", confidence=_BLANK)
    return Reading(name, None, "", confidence=0.0, failed=("blank",))


def template_tables(
    template: Template, readers: Mapping[str, FieldReader], load: Load
) -> dict[str, TableReader]:
    """The readers of a template's tables; ``readers`` has those of the cells, as FIELD.COLUMN."""
    return {
        field.name: TableReader(
            template,
            field,
            field.kind,
            {name: readers[f"{field.name}.{name}"] for name in field.kind.columns},
            tuple(compile_rule(rule, field.kind.columns) for rule in field.kind.rules),
            load(template.recognizer or GENERAL_MODEL) if field.kind.end else None,
        )
        for field in template.fields.values()
        if isinstance(field.kind, Table)
    }
