"""A single box to tick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

from typing_extensions import override

from docextract.errors import InvalidValue
from docextract.fields._base import Example, FieldType, field_types
from docextract.fields._boxes import BoxU

_TEXTS = {"true": True, "false": False}


@field_types.register("checkbox")
class Checkbox(FieldType):
    """Whether a box is ticked: crosses, ticks, fillings, whatever the blank form does not show."""

    value_type: ClassVar[type] = bool
    ignores: ClassVar[str] = ""
    examples: ClassVar[tuple[Example, ...]] = (Example("true", True), Example("false", False))
    rejects: ClassVar[tuple[str, ...]] = ("", "yes", "☑")

    @property
    @override
    def pattern(self) -> str:
        return "|".join(_TEXTS)

    @override
    def parse(self, text: str) -> bool:
        if text not in _TEXTS:
            raise InvalidValue("pattern", "it should be true or false")
        return _TEXTS[text]

    @property
    def boxes(self) -> Mapping[str, BoxU]:
        """None but the field's own."""
        return MappingProxyType({})

    def text_of(self, ticked: Sequence[str]) -> str:
        """``true`` when the field's own box is ticked."""
        return "true" if ticked else "false"
