"""Excel workbooks with typed cells, streamed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from docextract.errors import MissingExtra, UsageError
from docextract.plain import one_text
from docextract.template import Template
from docextract.writers._base import PartFile, Row, Writer, writers
from docextract.writers._table import Cell, Table

if TYPE_CHECKING:
    from openpyxl.cell import Cell as SheetCell

_LONGEST = 32_767  # characters of a cell, as Excel has it
_MOST_ROWS = 1_048_576  # of a sheet (ECMA-376); with the heading


@writers.register("xlsx")
class XlsxWriter(Writer):
    """Texts are never formulas; Decimals show their own decimals (Excel keeps 15 digits)."""

    endings = (".xlsx",)

    def __init__(self, path: Path | None, template: Template) -> None:
        try:
            from openpyxl import Workbook
        except ImportError:
            raise MissingExtra("writing xlsx", "xlsx") from None
        self._part, self._table = PartFile(path, "xlsx"), Table.of(template)
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(template.name[:31])
        self._sheet.freeze_panes = "A2"
        self._sheet.append(list(self._table.names))
        self._rows = 1

    def write(self, row: Row) -> None:
        """Append one row; UsageError when the sheet is full."""
        if self._rows == _MOST_ROWS:
            raise UsageError(f"{self._part.target}: a sheet holds {_MOST_ROWS} rows. Write csv")
        self._sheet.append([self._cell(cell) for cell in self._table.cells(row)])
        self._rows += 1

    def close(self, *, complete: bool) -> None:
        """Save the workbook and give it its name."""
        whole = False
        try:
            self._sheet.close()
            if complete:
                self._book.save(self._part.path)
            whole = complete
        finally:
            self._part.finish(complete=whole)

    def _cell(self, value: Cell) -> SheetCell:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

        cell: SheetCell = WriteOnlyCell(self._sheet)
        if isinstance(value, tuple):
            value = one_text(value)
        if isinstance(value, str):
            if len(value) > _LONGEST:
                raise UsageError(
                    f"{self._part.target}: a table of {len(value)} characters is too long for a "
                    "cell. Write its rows: --rows FIELD"
                )
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
            cell.data_type = "s"  # a text that begins with "=" would be a formula
            return cell
        cell.value = value
        if isinstance(value, Decimal):
            cell.number_format = _number_format(value)
        return cell


def _number_format(value: Decimal) -> str:
    exponent = value.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return f"0.{'0' * places}" if places else "0"
