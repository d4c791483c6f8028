"""How a value's line is found near its box, when print drifts against the form."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, FiniteFloat, model_validator
from pydantic import Field as Constraint

from docextract.template.part import Name, Part, Regex, as_tuple

Length = Annotated[FiniteFloat, Constraint(ge=0)]


XY = Annotated[tuple[Length, Length], BeforeValidator(as_tuple)]


class Place(Part):
    """One way to find a value's line; the box is where it is, or where to look for it."""

    drift: Length | XY | None = None
    """The line nearest to the box, which is widened by so many units: both ways, or [x, y]."""
    block: Name | None = None
    """The block that the box belongs to: the block's boxes drift together, as one print-out."""
    right_of: Name | None = None
    """Words printed inside the box: the value is what stands to their right."""
    line: Regex | None = None
    """A regular expression: the value is on the line inside the box that it is found in."""
    lines: Annotated[int, Constraint(ge=2, le=20)] | None = None
    """The value is printed on up to so many lines inside the box, which are read as one."""
    rows: Literal[True] | None = None
    """True: the value is part of the layout's rows, all of which are read as one line."""

    @model_validator(mode="after")
    def _say_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("Give one of drift, block, right_of, line, lines and rows")
        return self


class Block(Part):
    """Values that a printer writes in one go: where their boxes are, they all are, or none is."""

    drift: tuple[FiniteFloat, FiniteFloat]
    """How far the print may lie above (negative) and below the boxes: [-40, 60] in units. For
    print that is read up or down, above and below are as one sees it when it is turned upright."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.drift[0] <= 0 <= self.drift[1]:
            raise ValueError("drift is the way up, 0 or negative, and the way down, 0 or more")
        return self
