"""One table of each record, a row a row: what is beside it in the record is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel

from docextract.errors import UnknownName, UsageError
from docextract.fields import ReadsTable, field_types
from docextract.template import Field, Template
from docextract.types import Value
from docextract.writers._base import Row, Writer

NUMBER = "row"


class RowsWriter(Writer):
    """Writes a table's rows with another writer, numbered from 1 in the column ``row``.

    A page without rows, such as one that failed, is one row without a number, so that it is seen.
    """

    endings = ()

    def __init__(
        self, path: Path | None, template: Template, *, writer: type[Writer], field: str
    ) -> None:
        if field not in template.fields:
            raise UnknownName("field", field, template.fields)
        if not isinstance(template.fields[field].kind, ReadsTable):
            raise UsageError(f"field {field!r} has no rows. Name a field of the type table")
        self._field = field
        columns = {n.split(".", 1)[1]: f for n, f in template.column_fields(field).items()}
        number = next(iter(columns.values())).model_copy(
            update={"name": NUMBER, "kind": field_types.get("integer")()}
        )
        fields: dict[str, Field] = {NUMBER: number, **columns}
        rows = Template.model_construct(name=template.name, fields=fields, split=template.split)
        self._writer = writer(path, rows)

    def write(self, row: Row) -> None:
        """Write the rows of a record's table."""
        for one in self._rows(row):
            self._writer.write(one)

    def close(self, *, complete: bool) -> None:
        """Finish the file."""
        self._writer.close(complete=complete)

    def _rows(self, row: Row) -> Iterator[Row]:
        table = row.values.get(self._field)
        cells = row.cells.get(self._field, ())
        failed = row.failed.get(self._field, ())
        if not isinstance(table, tuple) or not table:
            yield replace(row, values={}, confidences={}, failed={self._field: failed}, cells={})
            return
        for number, (values, confidences) in enumerate(zip(table, cells, strict=True), 1):
            mine = [check.split(".", 2)[1:] for check in failed if check.startswith(f"{number}.")]
            whole = tuple(check for check in failed if not check[0].isdigit())
            assert isinstance(values, BaseModel)
            named: dict[str, Value | None] = {NUMBER: number, **dict(values)}
            yield replace(
                row,
                values=named,
                confidences=confidences,
                failed={column: (check,) for column, check in mine} | {self._field: whole},
                cells={},
            )
