"""Making a field's type from the options written beside its box."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from docextract.errors import DocextractError, UnknownName, did_you_mean
from docextract.fields._base import FieldType, field_types


def make_kind(options: Mapping[str, object]) -> FieldType:
    """Build a field type from ``type`` and its own options, which are read strictly as JSON.

    Raises pydantic's ValidationError, located at the wrong option.
    """
    kind = _kind_class(options)
    own = {key: value for key, value in options.items() if key != "type"}
    try:
        return kind.model_validate_json(json.dumps(own), strict=True)
    except DocextractError as e:  # from an option that names a lexicon, a pattern, ...
        raise _mistake((), own, str(e)) from None


def takes_boxes(type_name: object) -> bool:
    """True for a field type with ``boxes`` of its own, in the place of the field's box."""
    names = field_types.names()
    return type_name in names and "boxes" in field_types.get(str(type_name)).model_fields


def _kind_class(options: Mapping[str, object]) -> type[FieldType]:
    name = options.get("type")
    known = field_types.names()
    if not isinstance(name, str):
        raise _mistake(("type",), name, f"It should be one of: {', '.join(known)}")
    try:
        return field_types.get(name)
    except UnknownName:
        raise _mistake(("type",), name, did_you_mean(name, known)) from None


def _mistake(loc: tuple[str, ...], value: object, cure: str) -> ValidationError:
    error = PydanticCustomError("field_type", "{cure}", {"cure": cure})
    detail = InitErrorDetails(type=error, loc=loc, input=value)
    return ValidationError.from_exception_data("field type", [detail])
