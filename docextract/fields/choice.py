"""A group of boxes to tick, each with a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field
from typing_extensions import override

from docextract.errors import InvalidValue
from docextract.fields._base import Example, FieldType, field_types
from docextract.fields._boxes import BoxU, WrittenBox
from docextract.types import Value

_JOIN = ", "
_BOXES = "The boxes to tick, by name: {name: [x, y, width, height]}."
_EXAMPLE = {"boxes": {"new": (10, 10, 20, 20), "renewal": (50, 10, 20, 20)}}


def _check_name(name: str) -> str:
    if not name or name != name.strip() or "," in name or not name.isprintable():
        raise ValueError("A box's name is a text without a comma and without blanks around it")
    return name


def _check_some(boxes: dict[str, BoxU]) -> dict[str, BoxU]:
    if not boxes:
        raise ValueError("Write at least one: {name: [x, y, width, height]}")
    return boxes


@field_types.register("choice")
class Choice(FieldType):
    """The name of the ticked one of several ``boxes``; with ``many``, a tuple of all ticked names.

    ``boxes`` stand in the place of the field's box: {new: [x, y, width, height], renewal: [...]}.
    Where one may be ticked, two ticked boxes are no value (check ``several``); none is None.
    """

    boxes: Annotated[
        dict[Annotated[str, AfterValidator(_check_name)], WrittenBox],
        AfterValidator(_check_some),
        Field(description=_BOXES, json_schema_extra={"minProperties": 1}),
    ]
    many: bool = False

    value_type: ClassVar[type] = str
    ignores: ClassVar[str] = ""
    examples: ClassVar[tuple[Example, ...]] = (
        Example("renewal", "renewal", _EXAMPLE),
        Example("new, renewal", ("new", "renewal"), {**_EXAMPLE, "many": True}),
        Example("", (), {**_EXAMPLE, "many": True}),
    )
    rejects: ClassVar[tuple[str, ...]] = ("", "old", "new, renewal", "new,renewal")

    def __hash__(self) -> int:
        return hash((self.many, tuple(self.boxes.items())))

    @property
    @override
    def gives(self) -> type:
        return tuple[str, ...] if self.many else str

    @property
    @override
    def pattern(self) -> str:
        one = "|".join(map(re.escape, self.boxes))
        return f"(?:(?:{one})(?:{_JOIN}(?:{one}))*)?" if self.many else one

    @override
    def parse(self, text: str) -> Value:
        if not text and not self.many:
            raise InvalidValue("blank", "no box is ticked")
        names = tuple(text.split(_JOIN)) if text else ()
        if not self.boxes.keys() >= set(names):
            raise InvalidValue("pattern", "it should be names of the field's boxes")
        if len(set(names)) < len(names):
            raise InvalidValue("twice", "a box is named twice")
        if self.many:
            return names
        if len(names) > 1:
            raise InvalidValue("several", "more than one box is ticked")
        return names[0]

    def text_of(self, ticked: Sequence[str]) -> str:
        """The names of the ticked boxes, in the order of ``boxes``."""
        return _JOIN.join(name for name in self.boxes if name in ticked)
