"""Whole numbers: quantities, page counts, coach numbers."""

from __future__ import annotations

from typing import ClassVar

from pydantic import model_validator
from typing_extensions import override

from docextract.errors import InvalidValue
from docextract.fields._base import TYPED_MODEL, Example, FieldType, field_types
from docextract.fields._folding import check_form, fold

_MOST_DIGITS = 18


@field_types.register("integer")
class Integer(FieldType):
    """A whole number, with or without thousands commas, between ``min`` and ``max``."""

    min: int | None = None
    max: int | None = None

    value_type: ClassVar[type] = int
    recognizer: ClassVar[str] = TYPED_MODEL
    examples: ClassVar[tuple[Example, ...]] = (
        Example("0", 0),
        Example("12", 12),
        Example("-7", -7),
        Example("－7", -7),
        Example("1,234", 1234),
        Example("12，345，678", 12345678),
        Example("5", 5, {"min": 1, "max": 20}),
        Example("-15", -15, {"min": -20, "max": 0}),
        Example("999999999999999999", 10**18 - 1),
    )
    rejects: ClassVar[tuple[str, ...]] = ("", "007", "1.5", "1,23", "12,34,567", "--1", "-0", "1e3")

    @model_validator(mode="after")
    def _limits_in_order(self) -> Integer:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self

    @property
    @override
    def pattern(self) -> str:
        limits = (self.min, self.max)
        most = max((len(str(abs(m))) for m in limits if m is not None), default=_MOST_DIGITS)
        most = most if None not in limits else _MOST_DIGITS
        sign = "-?" if self.min is None or self.min < 0 else ""
        plain = f"[1-9][0-9]{{0,{most - 1}}}"
        grouped = f"[1-9][0-9]{{0,2}}(?:,[0-9]{{3}}){{1,{max(1, (most - 1) // 3)}}}"
        return f"(?:0|{sign}(?:{plain}|{grouped}))"

    @override
    def parse(self, text: str) -> int:
        folded = fold(text, self.ignores)
        check_form(self.pattern, folded, "a whole number")
        value = int(folded.replace(",", ""))
        low = value if self.min is None else self.min
        high = value if self.max is None else self.max
        if not low <= value <= high:
            raise InvalidValue("range", "the number is outside the field's min and max")
        return value
