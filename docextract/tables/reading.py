"""Rows of cells that were read, as one reading of their table."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from pydantic import BaseModel

from docextract.fields.table import Table
from docextract.rules.choice import Choice
from docextract.types import Quad, Reading, Value

Item = TypeVar("Item")
_UNLIKELY = 16.0  # nats below the likeliest value, from which a cell's other ones are not kept
_CHOICES = 40
_FAINTEST = 1e-12


@dataclass(frozen=True, slots=True)
class Other:
    """Another value that a cell might have, and by how much less likely (nats) it is."""

    row: int
    column: str
    choice: Choice
    loss: float


@dataclass(frozen=True, slots=True, eq=False)
class TableRead:
    """A table's rows, each the readings of its cells by column, and what else cells might be."""

    field: str
    kind: Table
    nullable: bool
    rows: tuple[Mapping[str, Reading], ...]
    others: tuple[Other, ...] = ()
    quad_px: Quad | None = None

    def reading(self) -> Reading:
        """The table as a reading; it fails the checks that its cells fail, as ROW.COLUMN.CHECK."""
        blank = not self.rows
        missing = ("blank",) if blank and not self.nullable else ()
        return Reading(
            self.field,
            None if blank else self._value(self.rows),
            "" if blank else self._text(self.rows),
            min((cell.confidence for cell in self._cells()), default=0.0),
            margin=min((cell.margin for cell in self._cells()), default=0.0),
            failed=(*_failed(self.rows), *missing),
            quad_px=self.quad_px,
            models=tuple(dict.fromkeys(m for cell in self._cells() for m in cell.models)),
            calibrated=not blank and all(cell.calibrated for cell in self._cells()),
            rows=self.rows,
        )

    def alternatives(self) -> tuple[Choice, ...]:
        """The table as it was read, and with one cell changed at a time, likeliest first."""
        if not self.rows:
            return ()
        logp = sum(math.log(max(cell.confidence, _FAINTEST)) for cell in self._cells())
        # Long tables: what stays as it is, nearly all of it, is shared among the choices.
        value, texts = self._value(self.rows), [self._text([row]) for row in self.rows]
        choices = [Choice(value, _joined(texts), logp)]
        for other in sorted(self.others, key=lambda other: other.loss)[:_CHOICES]:
            at, row = other.row, [self._changed_row(other)]
            changed = _with(value, at, *self._value(row))
            text = _joined(_with(tuple(texts), at, self._text(row)))
            choices.append(Choice(changed, text, logp - other.loss))
        return tuple(choices)

    def settled(self, reading: Reading) -> Reading:
        """The reading after rules, its rows those of the value that the rules chose."""
        if not self.rows or reading.value == self._value(self.rows):
            return reading
        value = self._value(self.rows)
        changed = ((other.row, self._changed_row(other)) for other in self.others)
        rows = next(
            _with(self.rows, at, row)
            for at, row in changed
            if _with(value, at, *self._value([row])) == reading.value
        )
        return replace(reading, rows=rows, failed=(*_failed(rows), *reading.failed))

    def then(self, more: TableRead) -> TableRead:
        """This table with the rows of one that continues it on another page."""
        moved = (replace(other, row=other.row + len(self.rows)) for other in more.others)
        return replace(self, rows=self.rows + more.rows, others=(*self.others, *moved))

    def off_page(self) -> TableRead:
        """The same rows, without their places: for a page that is not the result's own."""
        rows = tuple(
            {name: replace(cell, quad_px=None) for name, cell in row.items()} for row in self.rows
        )
        return replace(self, rows=rows, quad_px=None)

    def _cells(self) -> Iterator[Reading]:
        return (cell for row in self.rows for cell in row.values())

    def _value(self, rows: Iterable[Mapping[str, Reading]]) -> tuple[BaseModel, ...]:
        values: list[dict[str, Value | None]] = [
            {name: cell.value for name, cell in row.items()} for row in rows
        ]
        return self.kind.rows_of(values)

    def _text(self, rows: Iterable[Mapping[str, Reading]]) -> str:
        texts = [
            {name: None if cell.value is None else cell.text for name, cell in row.items()}
            for row in rows
        ]
        return json.dumps(texts, ensure_ascii=False)

    def _changed_row(self, other: Other) -> Mapping[str, Reading]:
        """The row with another value in one cell."""
        row = self.rows[other.row]
        cell = row[other.column]
        changed = replace(
            cell,
            value=other.choice.value,
            text=other.choice.text,
            confidence=min(cell.confidence, math.exp(min(other.choice.logp, 0.0))),
            calibrated=False,
            failed=(),
        )
        return {**row, other.column: changed}


def _with(items: tuple[Item, ...], at: int, item: Item) -> tuple[Item, ...]:
    """The same items, but for one."""
    return (*items[:at], item, *items[at + 1 :])


def _joined(texts: Sequence[str]) -> str:
    """Tables as texts, one after another, as one."""
    return f"[{', '.join(text[1:-1] for text in texts)}]"


def _failed(rows: Iterable[Mapping[str, Reading]]) -> tuple[str, ...]:
    return tuple(
        f"{number}.{name}.{check}"
        for number, row in enumerate(rows, 1)
        for name, cell in row.items()
        for check in cell.failed
    )


def others_of(row: int, column: str, reading: Reading, choices: Sequence[Choice]) -> list[Other]:
    """What else a cell might say, as far as it is worth keeping."""
    if not choices:
        return []
    mine = next((choice.logp for choice in choices if choice.value == reading.value), None)
    best = float(np.log(max(reading.confidence, _FAINTEST))) if mine is None else mine
    return [
        Other(row, column, choice, max(0.0, best - choice.logp))
        for choice in choices
        if choice.value != reading.value and best - choice.logp < _UNLIKELY
    ]
