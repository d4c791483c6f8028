"""The form's page, boxes on it, and what the parts of a template are checked against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import add
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import (
    PlainSerializer,
    PlainValidator,
    PositiveInt,
    ValidationInfo,
    WithJsonSchema,
)

from docextract.fields import BOX_SCHEMA, to_box_u
from docextract.template.part import Part
from docextract.types import Direction


class PageSize(Part):
    """The form's size in template units."""

    width: PositiveInt
    """Width of the form in template units (pixels of the reference picture do well)."""
    height: PositiveInt
    """Height of the form in template units."""


class Box(NamedTuple):
    """An upright rectangle in template units; (x, y) is its top-left corner."""

    x: float
    y: float
    width: float
    height: float

    @classmethod
    def around(cls, boxes: Iterable[Box]) -> Box:
        """The smallest box that holds all of ``boxes``, of which there is at least one."""
        lefts, tops, widths, heights = zip(*boxes, strict=True)
        x, y = min(lefts), min(tops)
        right, bottom = max(map(add, lefts, widths)), max(map(add, tops, heights))
        return cls(x, y, right - x, bottom - y)

    def turned(self, direction: Direction) -> Box:
        """The box in the units of ``Sheet.turned``, in which print of a direction runs right.

        >>> Box(10, 20, 5, 60).turned("up")  # from the lower end, which is the print's left
        Box(x=-80, y=10, width=60, height=5)
        """
        x, y, width, height = self
        if direction == "right":
            return self
        if direction == "up":
            return Box(-(y + height), x, height, width)
        return Box(y, -(x + width), height, width)

    def turned_back(self, direction: Direction) -> Box:
        """The box whose ``turned`` this is.

        >>> Box(10, 20, 5, 60).turned("up").turned_back("up")
        Box(x=10, y=20, width=5, height=60)
        """
        if direction == "right":
            return self
        return self.turned("down" if direction == "up" else "up")

    def across(self, direction: Direction) -> float:
        """How wide the box is across print of a direction: the height of a line's box."""
        return self.height if direction == "right" else self.width

    def along(self, direction: Direction) -> float:
        """How long the box is along print of a direction: the width of a line's box."""
        return self.width if direction == "right" else self.height

    def inside(self, page: PageSize) -> bool:
        """True when no part of the box lies beyond the page."""
        return (
            self.x >= 0
            and self.y >= 0
            and self.x + self.width <= page.width
            and self.y + self.height <= page.height
        )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the parts of one template must agree with, given as pydantic's context."""

    page: PageSize | None
    field_names: frozenset[str]
    box_names: frozenset[str]
    folder: Path


def check_inside(box: Box, page: PageSize) -> None:
    """Raise ValueError when a part of the box lies beyond the page."""
    if not box.inside(page):
        raise ValueError(f"It must lie inside the page of {page.width} x {page.height}")


def _to_box(value: object, info: ValidationInfo) -> Box:
    box = Box(*to_box_u(value))
    if isinstance(info.context, Surroundings) and info.context.page:
        check_inside(box, info.context.page)
    return box


PlacedBox = Annotated[
    Box,
    PlainValidator(_to_box),
    PlainSerializer(list, return_type=list[float]),
    WithJsonSchema(BOX_SCHEMA),
]


def find_beside(file: Path | None, info: ValidationInfo) -> Path | None:
    """Resolve a file that is to lie beside the template."""
    if file is None:
        return None
    if isinstance(info.context, Surroundings):
        if file.is_absolute() or ".." in file.parts:
            raise ValueError("Keep the file beside the template and give its bare name")
        file = info.context.folder / file
    if not file.is_file():
        raise ValueError(f"No such file: {file}. Put it there or drop the line")
    return file
