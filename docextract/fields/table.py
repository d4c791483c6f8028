"""A table: rows of typed cells, as many as are printed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, Field
from typing_extensions import override

from docextract.dynamic import Attribute, TableRow, rows_type
from docextract.errors import InvalidValue
from docextract.fields._base import Example, FieldType, field_types
from docextract.fields._columns import Regex, TableColumn
from docextract.types import Value

_COLUMNS = "The columns by name, from the left: {name: {type: TYPE, x: [left, right]}}."
_END = """A regular expression of the print, without blanks, at which the rows end, such as 合计; \
that line is no row."""
_RULES = "Conditions across the cells of a row, such as amount == round(quantity * price, 2)."
_EXAMPLE_COLUMNS = {
    "name": {"type": "text", "x": (0, 50), "lines": 3},
    "pieces": {"type": "integer", "x": (50, 80)},
    "note": {"type": "text", "x": (80, 99), "nullable": True},
}
_EXAMPLE_ROW = TableRow.made(
    "Row",
    (
        Attribute("name", str | None, required=False),
        Attribute("pieces", int | None, required=False),
        Attribute("note", str | None, required=False),
    ),
).model_validate({"name": "nut", "pieces": 12})


def _check_columns(columns: dict[str, TableColumn]) -> dict[str, TableColumn]:
    if not columns:
        raise ValueError("Write at least one: {name: {type: TYPE, x: [left, right]}}")
    for name in columns:
        if not name.isidentifier() or name.startswith("_") or hasattr(TableRow, name):
            raise ValueError(f"{name!r} cannot name a column. Use letters, digits and _")
    ordered = sorted(columns.items(), key=lambda item: item[1].x)
    for (name, column), (other, beside) in pairwise(ordered):
        if column.x[1] > beside.x[0]:
            raise ValueError(f"The columns {name!r} and {other!r} overlap. Part their x")
    if all(column.nullable for column in columns.values()):
        raise ValueError("Rows are told by cells that are never blank. Make a column not nullable")
    return columns


@field_types.register("table")
class Table(FieldType):
    """A table, a tuple of models: rows are found by ruling lines and print, cells are typed.

    The field's box holds the rows, without the heading, down to where they may reach. Every column
    is a field type of print with its options and its ``x``. A row begins at each line of print in
    the columns that have one line and are not nullable; what is printed below it in columns with
    more ``lines`` belongs to it. A cell that was not read is None and fails the check
    ``ROW.COLUMN.CHECK``. As a text, a table is JSON: a list of objects, one a row.
    """

    columns: Annotated[
        dict[str, TableColumn],
        AfterValidator(_check_columns),
        Field(description=_COLUMNS, json_schema_extra={"minProperties": 1}),
    ]
    end: Annotated[Regex, Field(description=_END)] = ""
    rules: Annotated[tuple[str, ...], Field(description=_RULES)] = ()

    value_type: ClassVar[type] = tuple
    ignores: ClassVar[str] = ""
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            '[{"name": "nut", "pieces": "12"}]', (_EXAMPLE_ROW,), {"columns": _EXAMPLE_COLUMNS}
        ),
        Example("[]", (), {"columns": _EXAMPLE_COLUMNS}),
    )
    rejects: ClassVar[tuple[str, ...]] = ("", "3", "[1]", '[{"name": "nut"}]', '[{"size": "3"}]')

    def __hash__(self) -> int:
        return hash((self.end, self.rules, tuple(self.columns)))

    @property
    @override
    def gives(self) -> type:
        return rows_type(self.row_attributes)

    @property
    def row_attributes(self) -> tuple[Attribute, ...]:
        """What a row's model is made from; every cell may be None."""
        return tuple(
            Attribute(name, column.kind.gives | None, column.title, required=False)
            for name, column in self.columns.items()
        )

    @property
    @override
    def pattern(self) -> None:
        return None

    @override
    def parse(self, text: str) -> Value:
        try:
            rows = json.loads(text)
        except ValueError:
            raise InvalidValue("form", "it should be a JSON list of rows") from None
        if not isinstance(rows, list):
            raise InvalidValue("form", "it should be a JSON list of rows")
        return self.rows_of([self._values(row) for row in rows])

    def rows_of(self, rows: Sequence[Mapping[str, Value | None]]) -> tuple[BaseModel, ...]:
        """The rows as models, from their values by column."""
        model = TableRow.made("Row", self.row_attributes)
        return tuple(model.model_validate(dict(row)) for row in rows)

    def _values(self, row: object) -> dict[str, Value | None]:
        """A row's values, from its cells' texts."""
        if not isinstance(row, dict) or not row.keys() <= self.columns.keys():
            raise InvalidValue("form", "a row should be an object with the table's columns")
        values: dict[str, Value | None] = {}
        for name, column in self.columns.items():
            text = row.get(name)
            if text is None and not column.nullable:
                raise InvalidValue("missing", f"a row has no {name}")
            values[name] = None if text is None else column.kind.parse(str(text))
        return values
