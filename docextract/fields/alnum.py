"""Codes of Latin letters and digits: ticket numbers, serials, order numbers."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from docextract.fields._base import TYPED_MODEL, Example, FieldType, field_types
from docextract.fields._folding import check_form, fold
from docextract.fields._length import Length, repeat


@field_types.register("alnum")
class Alnum(FieldType):
    """Latin letters and digits; ``length`` is a number or a (least, most) range.

    With ``upper`` (the default) the code is printed in capitals: the pattern has no small
    letters, so that a doubtful 'l' is read as '1', and what a person types is capitalised.
    """

    length: Length = None
    upper: bool = True

    value_type: ClassVar[type] = str
    recognizer: ClassVar[str] = TYPED_MODEL
    examples: ClassVar[tuple[Example, ...]] = (
        Example("12G345678", "12G345678"),
        Example("K012345", "K012345", {"length": 7}),
        Example("11223000450716G345678", "11223000450716G345678", {"length": 21}),
        Example("ＣＳ００１２", "CS0012", {"length": (4, 8)}),
        Example("AB 12 CD", "AB12CD"),
        Example("aB12", "aB12", {"upper": False}),
    )
    rejects: ClassVar[tuple[str, ...]] = ("", "A-12", "A_1", "编号12", "A.1", "É12")

    @property
    @override
    def pattern(self) -> str:
        return f"[0-9A-Z{'' if self.upper else 'a-z'}]{repeat(self.length)}"

    @override
    def parse(self, text: str) -> str:
        folded = fold(text, self.ignores)
        folded = folded.upper() if self.upper else folded
        check_form(self.pattern, folded, "Latin letters and digits of the field's length")
        return folded
