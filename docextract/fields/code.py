"""Codes of a known form: ticket numbers, seats, numbers with masked digits, a few fixed words."""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import field_validator
from typing_extensions import override

from docextract.fields._base import TYPED_MODEL, Example, FieldType, field_types
from docextract.fields._folding import check_form, fold


@field_types.register("code")
class Code(FieldType):
    """A code whose form is a regular expression, such as ``[A-Z][0-9]{6}`` or ``甲等|乙等``.

    Blanks are dropped; letters keep their case.
    """

    form: str = "[0-9A-Z-]+"

    value_type: ClassVar[type] = str
    recognizer: ClassVar[str] = TYPED_MODEL
    examples: ClassVar[tuple[Example, ...]] = (
        Example("AB-12", "AB-12"),
        Example("Ｋ０１２ ３４５", "K012345", {"form": "[0-9]{0,3}[A-Z][0-9]{6}"}),
        Example("1101011990****0013", "1101011990****0013", {"form": r"[0-9]{10}\*{4}[0-9]{4}"}),
        Example("二 等 座", "二等座", {"form": "一等座|二等座"}),
        Example("08C", "08C", {"form": "[0-9]{2}[A-F]|无座"}),
    )
    rejects: ClassVar[tuple[str, ...]] = ("", "ab", "A_1", "编号")

    @field_validator("form")
    @classmethod
    def _is_a_regex(cls, form: str) -> str:
        try:
            re.compile(form)
        except re.error as error:
            raise ValueError(f"form is {form!r}, not a regular expression: {error}") from None
        return form

    @property
    @override
    def pattern(self) -> str:
        return f"(?:{self.form})"

    @property
    @override
    def words(self) -> str:
        return self.form

    @override
    def parse(self, text: str) -> str:
        folded = fold(text, self.ignores)
        check_form(self.pattern, folded, "a code of the field's form")
        return folded
