"""Values as JSON has them."""

from __future__ import annotations

import json
from datetime import date, time
from decimal import Decimal
from typing import TypeAlias

from pydantic import BaseModel

from docextract.types import Value

PlainRow: TypeAlias = dict[str, str | int | bool | None]
Plain: TypeAlias = str | int | bool | list[str] | list[PlainRow] | None


def plain_value(value: Value | None) -> Plain:
    """A value as JSON has it: decimals as text, so that no digit is lost; dates as ISO 8601.

    A table is a list of objects, one a row.
    """
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        rows = [_plain_row(row) for row in value if isinstance(row, BaseModel)]
        return rows or [name for name in value if isinstance(name, str)]
    return value.isoformat() if isinstance(value, date | time) else value


def one_text(value: tuple[str, ...] | tuple[BaseModel, ...]) -> str:
    """Several names as one text, and a table as JSON: a list of objects, one a row."""
    names = [name for name in value if isinstance(name, str)]
    return (
        "; ".join(names)
        if names or not value
        else json.dumps(plain_value(value), ensure_ascii=False)
    )


def _plain_row(row: BaseModel) -> PlainRow:
    cells = ((name, plain_value(cell)) for name, cell in row)
    return {name: cell for name, cell in cells if not isinstance(cell, list)}
