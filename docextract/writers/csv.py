"""CSV as Excel opens it: UTF-8 with a byte order mark, and no cell that runs as a formula."""

from __future__ import annotations

import csv
from datetime import date, time
from decimal import Decimal
from pathlib import Path

from docextract.plain import one_text
from docextract.template import Template
from docextract.writers._base import PartFile, Row, Writer, writers
from docextract.writers._table import Cell, Table

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # OWASP, "CSV Injection"


@writers.register("csv")
class CsvWriter(Writer):
    """One line a row; Decimals in full digits, dates and times in ISO 8601."""

    endings = (".csv",)

    def __init__(self, path: Path | None, template: Template) -> None:
        self._part, self._table = PartFile(path, "csv"), Table.of(template)
        self._file = self._part.path.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file)
        self._csv.writerow(self._table.names)

    def write(self, row: Row) -> None:
        """Write one line."""
        self._csv.writerow([_text(cell) for cell in self._table.cells(row)])

    def close(self, *, complete: bool) -> None:
        """Close the file and give it its name."""
        self._file.close()
        self._part.finish(complete=complete)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, tuple):
        cell = one_text(cell)
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, date | time):
        return cell.isoformat()
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
