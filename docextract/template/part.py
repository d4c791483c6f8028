"""What the models of a template's parts have in common."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Constraint


class Part(BaseModel):
    """A part of a template: frozen, and without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def as_tuple(written: object) -> object:
    """A YAML sequence as a tuple, for fields that are read strictly from Python objects."""
    return tuple(written) if isinstance(written, list) else written


def _check_regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as e:
        raise ValueError(f"It is not a regular expression: {e}") from None
    return pattern


Regex = Annotated[
    str, AfterValidator(_check_regex), Constraint(json_schema_extra={"format": "regex"})
]
Name = Annotated[str, StringConstraints(min_length=1)]
