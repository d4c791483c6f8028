"""Free text, when no narrower type fits."""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from docextract.errors import InvalidValue
from docextract.fields._base import Example, FieldType, field_types
from docextract.fields._folding import collapse, fold


@field_types.register("text")
class Text(FieldType):
    """A line of text, NFKC, with single blanks.

    ``chars`` is a regular expression character class such as ``[A-Z0-9-]`` that every symbol
    must be in. With ``blanks`` false, blanks are dropped, as in Chinese over several lines.
    """

    min_length: int = Field(1, ge=0)
    max_length: int | None = Field(None, ge=1)
    chars: str | None = None
    blanks: bool = True

    value_type: ClassVar[type] = str
    ignores: ClassVar[str] = ""
    language_model: ClassVar[str | None] = "zh-business"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("北京市海淀区中关村大街1号", "北京市海淀区中关村大街1号"),
        Example("  Lot 12,   Jalan Merdeka ", "Lot 12, Jalan Merdeka"),
        Example("ＡＢＣ：１２３", "ABC:123"),
        Example("二等座", "二等座", {"max_length": 3}),
        Example("G1024", "G1024", {"chars": "[GDCKTZ0-9]", "min_length": 2, "max_length": 5}),
        Example("", "", {"min_length": 0}),
        Example("深圳市南山区 科技路1号", "深圳市南山区科技路1号", {"blanks": False}),
    )
    rejects: ClassVar[tuple[str, ...]] = ("", "   ", "\u3000")

    @field_validator("chars")
    @classmethod
    def _is_a_class(cls, chars: str | None) -> str | None:
        if chars is None:
            return None
        try:
            re.compile(chars)
        except re.error as error:
            raise ValueError(f"chars is {chars!r}: {error}") from None
        if not re.fullmatch(r"\[(?:[^\]\\]|\\.)+\]", chars):
            raise ValueError(f"chars is {chars!r}; write one character class such as '[A-Z0-9]'")
        return chars

    @model_validator(mode="after")
    def _lengths_in_order(self) -> Text:
        if self.max_length is not None and self.min_length > self.max_length:
            raise ValueError(f"min_length {self.min_length} is above max_length {self.max_length}")
        return self

    @property
    @override
    def pattern(self) -> str | None:
        if self.chars is None and self.max_length is None and self.min_length <= 1:
            return None
        high = "" if self.max_length is None else self.max_length
        return f"{self.chars or '.'}{{{self.min_length},{high}}}"

    @override
    def parse(self, text: str) -> str:
        value = collapse(text) if self.blanks else fold(text, " ")
        if len(value) < self.min_length or len(value) > (self.max_length or len(value)):
            raise InvalidValue("length", "the text is shorter or longer than the field allows")
        if self.chars is not None and re.search(f"(?!{self.chars}).", value):
            raise InvalidValue("characters", "the text has symbols that the field does not allow")
        return value
