"""Pydantic models that are made at run time: frozen, shared, and picklable all the same."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import UnionType
from typing import ClassVar, NamedTuple, Self

import pydantic
from pydantic import BaseModel, ConfigDict


class Attribute(NamedTuple):
    """One attribute of a model; hashable, so that equal models are one.

    With ``rows`` it is a tuple of models of those attributes, and ``annotation`` does not count.
    """

    name: str
    annotation: type | UnionType
    title: str = ""
    required: bool = True
    rows: tuple[Attribute, ...] = ()


class DynamicModel(BaseModel):
    """The base of models made by ``make_model``: it knows what it was made from.

    In JSON a Decimal is a string, so that no digit is lost, and dates and times are ISO 8601.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())
    columns: ClassVar[tuple[Attribute, ...]] = ()
    made_from: ClassVar[type[DynamicModel]]

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (self.made_from, type(self).__name__, self.columns, dict(self))

    @classmethod
    def made(cls, name: str, columns: tuple[Attribute, ...]) -> type[Self]:
        """A model with these attributes; the same one whenever they are the same."""
        return _make_model(cls, name, columns)  # type: ignore[return-value]


class TableRow(DynamicModel):
    """One row of a table, an attribute a column; None where nothing valid was read."""


def rows_type(columns: tuple[Attribute, ...]) -> type[tuple[TableRow, ...]]:
    """The type of a table's value: a tuple of rows with these columns."""
    return tuple[TableRow.made("Row", columns), ...]  # type: ignore[misc,return-value]


@lru_cache(maxsize=256)
def _make_model(
    base: type[DynamicModel], name: str, columns: tuple[Attribute, ...]
) -> type[DynamicModel]:
    definitions = {
        column.name: (
            rows_type(column.rows) if column.rows else column.annotation,
            pydantic.Field(... if column.required else None, description=column.title or None),
        )
        for column in columns
    }
    model = pydantic.create_model(name, __base__=base, **definitions)  # type: ignore[call-overload]
    model.columns, model.made_from = columns, base
    return model  # type: ignore[no-any-return]


def _restore(
    base: type[DynamicModel],
    name: str,
    columns: tuple[Attribute, ...],
    values: Mapping[str, object],
) -> DynamicModel:
    return base.made(name, columns).model_validate(values)
