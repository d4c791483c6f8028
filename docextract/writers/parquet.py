"""Parquet with typed columns, written in row groups so that memory stays flat."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from docextract.errors import MissingExtra, UsageError
from docextract.template import Template
from docextract.writers._base import PartFile, Row, Writer, writers
from docextract.writers._table import Cell, Table

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_A_GROUP = 10_000
_DIGITS, _DECIMALS = 38, 16  # 22 digits before the point; unit prices have up to 13 after it


@writers.register("parquet")
class ParquetWriter(Writer):
    """Amounts are decimal128(38, 16), dates date32, whole numbers int64, texts strings, several
    names lists of strings."""

    endings = (".parquet", ".pq")

    def __init__(self, path: Path | None, template: Template) -> None:
        try:
            import pyarrow.parquet as pq
        except ImportError:
            raise MissingExtra("writing parquet", "parquet") from None
        self._part, self._table = PartFile(path, "parquet"), Table.of(template)
        self._rows: list[tuple[Cell, ...]] = []
        self._schema = _schema(self._table)
        self._parquet = pq.ParquetWriter(self._part.path, self._schema)

    def write(self, row: Row) -> None:
        """Take one row; every 10,000 go to the file."""
        self._rows.append(self._table.cells(row))
        if len(self._rows) >= _ROWS_A_GROUP:
            self._flush()

    def close(self, *, complete: bool) -> None:
        """Write what is left, close the file and give it its name."""
        whole = False
        try:
            if complete and self._rows:
                self._flush()
            self._parquet.close()
            whole = complete
        finally:
            self._part.finish(complete=whole)

    def _flush(self) -> None:
        import pyarrow as pa

        columns = zip(zip(*self._rows, strict=True), self._schema, strict=True)
        arrays = [_array(cells, field) for cells, field in columns]
        self._parquet.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._rows.clear()


def _array(cells: tuple[Cell, ...], field: pa.Field) -> pa.Array:
    import pyarrow as pa

    # A Decimal that prints as the paper writes it would be taken by its print.
    plain = [Decimal(cell) if isinstance(cell, Decimal) else cell for cell in cells]
    try:
        return pa.array(plain, type=field.type)
    except (pa.ArrowInvalid, OverflowError):
        raise UsageError(
            f"column {field.name} has a number beyond {field.type}. Write csv or jsonl"
        ) from None


def _schema(table: Table) -> pa.Schema:
    import pyarrow as pa

    types = {
        str: pa.string(),
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        Decimal: pa.decimal128(_DIGITS, _DECIMALS),
        date: pa.date32(),
        time: pa.time64("us"),
        tuple[str, ...]: pa.list_(pa.string()),
    }
    return pa.schema([(name, types[kind]) for name, kind in table.columns])
