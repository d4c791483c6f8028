"""A single box to tick."""

from __future__ import annotations

from typing import ClassVar

from docextract.fields._base import Example, field_types
from docextract.fields._own_box import OwnBox


@field_types.register("checkbox")
class Checkbox(OwnBox):
    """Whether a box is ticked: crosses, ticks, fillings, whatever the blank form does not show."""

    examples: ClassVar[tuple[Example, ...]] = (Example("true", True), Example("false", False))
    rejects: ClassVar[tuple[str, ...]] = ("", "yes", "☑")
