"""A run of digits that is a name rather than a quantity: invoice codes, serial numbers."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from docextract.fields._base import TYPED_MODEL, Example, FieldType, field_types
from docextract.fields._folding import check_form, fold
from docextract.fields._length import Length, repeat


@field_types.register("digits")
class Digits(FieldType):
    """Digits, leading zeros kept; ``length`` is a number or a (least, most) range."""

    length: Length = None

    value_type: ClassVar[type] = str
    recognizer: ClassVar[str] = TYPED_MODEL
    examples: ClassVar[tuple[Example, ...]] = (
        Example("044001900111", "044001900111"),
        Example("20481357", "20481357", {"length": 8}),
        Example("70316 84259 11730 62485", "70316842591173062485", {"length": 20}),
        Example("1440025123", "1440025123", {"length": (10, 12)}),
        Example("144002512345", "144002512345", {"length": [10, 12]}),
        Example("００１２", "0012"),
        Example("0", "0"),
    )
    rejects: ClassVar[tuple[str, ...]] = ("", "12a4", "12-34", "O12", "1.5", "一二三", "１2\u0663")

    @property
    @override
    def pattern(self) -> str:
        return f"[0-9]{repeat(self.length)}"

    @override
    def parse(self, text: str) -> str:
        folded = fold(text, self.ignores)
        check_form(self.pattern, folded, "a run of digits of the field's length")
        return folded
