"""A place to sign or to stamp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Literal

from typing_extensions import override

from docextract.errors import InvalidValue
from docextract.fields._base import Example, FieldType, field_types
from docextract.fields._boxes import BoxU

_TEXTS = {"true": True, "false": False}


@field_types.register("present")
class Present(FieldType):
    """Whether something is in the box that the blank form has not: a signature, a seal, a stamp.

    With ``color`` red only red ink counts, such as a seal's among black print.
    """

    color: Literal["any", "red"] = "any"

    value_type: ClassVar[type] = bool
    ignores: ClassVar[str] = ""
    examples: ClassVar[tuple[Example, ...]] = (
        Example("true", True),
        Example("false", False, {"color": "red"}),
    )
    rejects: ClassVar[tuple[str, ...]] = ("", "yes", "signed")

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

    @property
    def ink(self) -> Literal["any", "red"]:
        """The ink that counts."""
        return self.color

    def text_of(self, ticked: Sequence[str]) -> str:
        """``true`` when something is in the field's own box."""
        return "true" if ticked else "false"
