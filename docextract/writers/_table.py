"""Rows as a table: one column a field, after the columns that say where a row is from."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from docextract.fields import ReadsTable
from docextract.plain import one_text
from docextract.template import Template
from docextract.types import Value
from docextract.writers._base import Row

Cell = Value | float | None

_FROM: tuple[tuple[str, type], ...] = (("source", str), ("page", int))
_WHICH: tuple[tuple[str, type], ...] = (("document", int),)  # of those on a page
_ABOUT: tuple[tuple[str, type], ...] = (
    ("layout", str),
    ("status", str),
    ("reason", str),
    ("error", str),
    ("confidence", float),
    ("failed", str),
)


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a template's rows, by name and type."""

    columns: tuple[tuple[str, type], ...]
    fields: tuple[str, ...]
    split: bool

    @classmethod
    def of(cls, template: Template) -> Table:
        """The table of a template.

        When a field is called as one of the first columns, that column takes an underscore
        in front, which no field's name has. Where pages may bear several documents, a column
        counts them.
        """
        fields = template.fields
        first = (*_FROM, *(_WHICH if template.split else ()), *_ABOUT)
        about = ((f"_{name}" if name in fields else name, kind) for name, kind in first)
        values = (
            (name, str if isinstance(field.kind, ReadsTable) else field.kind.gives)
            for name, field in fields.items()
        )
        return cls((*about, *values), tuple(fields), template.split)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(name for name, _ in self.columns)

    def cells(self, row: Row) -> tuple[Cell, ...]:
        """A row's cells in the order of the columns; confidence is that of the worst field."""
        failed = "; ".join(
            f"{field}: {', '.join(checks)}" for field, checks in row.failed.items() if checks
        )
        return (
            utf8(row.source),
            row.page,
            *((row.document,) if self.split else ()),
            row.layout,
            row.status,
            row.reason,
            row.error,
            min(row.confidences.values(), default=None),
            failed,
            *(_cell(row.values.get(name)) for name in self.fields),
        )


def _cell(value: Value | None) -> Cell:
    """A value as a cell; a table in a cell is JSON."""
    if isinstance(value, tuple) and any(isinstance(row, BaseModel) for row in value):
        return one_text(value)
    return value


def utf8(name: str) -> str:
    r"""A file name with the bytes that are no UTF-8, if any, written out as ``\udcXX``."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
