"""Field types of one box that the blank form leaves empty: is something in it or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

from typing_extensions import override

from docextract.errors import InvalidValue
from docextract.fields._base import FieldType
from docextract.fields._boxes import BoxU

_TEXTS = {"true": True, "false": False}


class OwnBox(FieldType):
    """A yes or no that is told by the field's own box (``ReadsMarks``)."""

    value_type: ClassVar[type] = bool
    ignores: ClassVar[str] = ""

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
        """``true`` when something is in the field's own box."""
        return "true" if ticked else "false"
