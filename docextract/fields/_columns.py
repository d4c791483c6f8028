"""The columns of a table: where each is, and the field type of its cells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    SerializeAsAny,
    field_validator,
    model_validator,
)
from pydantic.config import JsonDict

from docextract.fields._base import FieldType, field_types, is_print
from docextract.fields._making import make_kind

_OWN = frozenset(
    {"x", "lines", "nullable", "title", "prefix", "suffix"} | {"lexicon", "lexicon_mode"}
)


def _check_regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as e:
        raise ValueError(f"It is not a regular expression: {e}") from None
    return pattern


Regex = Annotated[str, AfterValidator(_check_regex), Field(json_schema_extra={"format": "regex"})]
Span = Annotated[
    tuple[FiniteFloat, FiniteFloat],
    BeforeValidator(lambda written: tuple(written) if isinstance(written, list) else written),
]


def _as_written(schema: JsonDict) -> None:
    """The schema of a column as templates write it: the type and its options side by side."""
    properties = schema["properties"]
    assert isinstance(properties, dict)
    del properties["kind"]
    properties["type"] = {"enum": list(field_types.names()), "description": "The field type."}
    schema.update({"required": ["type", "x"], "additionalProperties": True})


class TableColumn(BaseModel):
    """A column of a table: a field type with its options, and where the cells are printed."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_extra=_as_written,
    )

    kind: SerializeAsAny[FieldType]
    """The field type, holding its options."""
    x: Span
    """The column's left and right edge in template units, between its ruling lines."""
    lines: Annotated[int, Field(ge=1, le=20)] = 1
    """Up to how many lines a cell is printed on, which are read as one."""
    nullable: bool = False
    """True when a cell may be blank. Rows begin where cells that may not be are printed."""
    title: str = ""
    """The name people know the column by."""
    prefix: Regex = ""
    """Regular expression of printed matter before the value, accepted and dropped."""
    suffix: Regex = ""
    """Regular expression of printed matter after the value, accepted and dropped."""
    lexicon: Annotated[str, Field(min_length=1)] | None = None
    """A list of likely values: a shipped lexicon's name, or a .txt file beside the template."""
    lexicon_mode: Literal["soft", "hard"] = "soft"
    """Whether other values than the lexicon's may be read, too (soft), or none (hard)."""

    @model_validator(mode="before")
    @classmethod
    def _nest(cls, written: object) -> object:
        """Part the options of the field type from the column's own keys."""
        if not isinstance(written, Mapping) or "kind" in written:
            return written
        own = {key: value for key, value in written.items() if key in _OWN}
        return {"kind": {k: v for k, v in written.items() if k not in own}, **own}

    @field_validator("kind", mode="before")
    @classmethod
    def _make_kind(cls, kind: object) -> object:
        return make_kind(kind) if isinstance(kind, Mapping) else kind

    @field_validator("kind")
    @classmethod
    def _check_print(cls, kind: FieldType) -> FieldType:
        if not is_print(kind):
            raise ValueError("Cells of a table are print. Make it a field of its own")
        return kind

    @field_validator("x")
    @classmethod
    def _check_order(cls, x: tuple[float, float]) -> tuple[float, float]:
        if x[0] >= x[1]:
            raise ValueError("It should be the left edge and the right edge: [x, x]")
        return x
