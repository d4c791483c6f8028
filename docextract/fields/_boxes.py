"""Boxes as templates write them: [x, y, width, height] in template units."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import PlainValidator, WithJsonSchema

BoxU: TypeAlias = tuple[float, float, float, float]  # x, y of the top-left corner, width, height
_FAR_U = 1e9  # no coordinate is beyond this; also refuses inf and nan

BOX_SCHEMA = {
    "type": "array",
    "items": {"type": "number"},
    "minItems": 4,
    "maxItems": 4,
    "description": "[x, y, width, height] in template units, from the top-left corner.",
}


def to_box_u(value: object) -> BoxU:
    """Four numbers as a box; raises ValueError, which says what they should be."""
    if not (isinstance(value, list | tuple) and len(value) == 4 and all(map(_is_length, value))):
        raise ValueError("It should be four numbers: [x, y, width, height]")
    x, y, width, height = value
    if width <= 0 or height <= 0:
        raise ValueError("Width and height, the last two numbers, must be above 0")
    return x, y, width, height


def _is_length(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _FAR_U


WrittenBox = Annotated[BoxU, PlainValidator(to_box_u), WithJsonSchema(BOX_SCHEMA)]
