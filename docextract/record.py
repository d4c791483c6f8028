"""Template -> the pydantic model of its records, and values -> a record."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import UnionType
from typing import ClassVar, NamedTuple

import pydantic
from pydantic import BaseModel, ConfigDict

from docextract.template import Template
from docextract.types import Value


class _Column(NamedTuple):
    """What a record's model needs to know of a field; hashable, so that models are shared."""

    name: str
    annotation: type | UnionType
    title: str
    required: bool


class Record(BaseModel):
    """The base of all records: frozen, and picklable although its models are made at run time.

    In JSON a Decimal is a string, so that no digit is lost, and dates and times are ISO 8601.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())
    columns: ClassVar[tuple[_Column, ...]] = ()

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self).__name__, self.columns, dict(self))


def record_model(template: Template) -> type[Record]:
    """The model of a template's records, one attribute a field, called as the template is.

    Templates with equal fields share one model. A nullable field may be None, and is when
    nothing is given for it.
    """
    columns = (
        _Column(
            name,
            field.kind.gives | None if field.nullable else field.kind.gives,
            field.title,
            not field.nullable,
        )
        for name, field in template.fields.items()
    )
    name = "".join(part.capitalize() for part in template.name.split("_"))
    return _make_model(name, tuple(columns))


def build_record(model: type[Record], values: Mapping[str, Value | None]) -> Record | None:
    """The record of these values, or None when a required field has none."""
    required = (name for name, info in model.model_fields.items() if info.is_required())
    if any(values.get(name) is None for name in required):
        return None
    return model.model_validate(dict(values))


@lru_cache(maxsize=256)
def _make_model(name: str, columns: tuple[_Column, ...]) -> type[Record]:
    definitions = {
        column.name: (
            column.annotation,
            pydantic.Field(... if column.required else None, description=column.title or None),
        )
        for column in columns
    }
    model = pydantic.create_model(name, __base__=Record, **definitions)  # type: ignore[call-overload]
    model.columns = columns
    return model  # type: ignore[no-any-return]


def _restore(name: str, columns: tuple[_Column, ...], values: Mapping[str, Value]) -> Record:
    return _make_model(name, columns).model_validate(values)
