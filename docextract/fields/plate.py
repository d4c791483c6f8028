"""Number plates of mainland China (GA 36-2018)."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from docextract.fields._base import TYPED_MODEL, Example, FieldType, field_types
from docextract.fields._folding import check_form, fold

_PROVINCE = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
_OFFICE = "[A-HJ-NP-Z]"
_SYMBOL = "[0-9A-HJ-NP-Z]"
# New energy: the letter comes first on small vehicles and last on large ones.
_NEW_ENERGY = f"(?:[A-HJK]{_SYMBOL}[0-9]{{4}}|[0-9]{{5}}[A-HJK])"
_SERIAL = f"(?:{_SYMBOL}{{5}}|{_SYMBOL}{{4}}[学警港澳挂领试超]|{_NEW_ENERGY})"
_EMBASSY = "(?:使[0-9]{6}|[0-9]{6}使)"


@field_types.register("plate")
class Plate(FieldType):
    """A number plate without blanks and dots: ordinary, new energy, 学 警 港 澳 挂 使 领.

    With ``bare``, the province in front may be missing, as on taxi receipts. Letters are
    capitals, never I or O; small ones are capitalised.
    """

    bare: bool = False

    value_type: ClassVar[type] = str
    recognizer: ClassVar[str] = TYPED_MODEL
    ignores: ClassVar[str] = " ·."
    examples: ClassVar[tuple[Example, ...]] = (
        Example("京A12345", "京A12345"),
        Example("京A·12345", "京A12345"),
        Example("粤B 7K246", "粤B7K246"),
        Example("沪ＡＤ１２３４５", "沪AD12345"),
        Example("粤BD12345", "粤BD12345"),
        Example("粤BAF1024", "粤BAF1024"),
        Example("粤B12345D", "粤B12345D"),
        Example("京A0023学", "京A0023学"),
        Example("京A0023警", "京A0023警"),
        Example("粤Z1234港", "粤Z1234港"),
        Example("粤Z1234澳", "粤Z1234澳"),
        Example("鲁B1234挂", "鲁B1234挂"),
        Example("沪A0023领", "沪A0023领"),
        Example("使014578", "使014578"),
        Example("224001使", "224001使"),
        Example("BB61234", "BB61234", {"bare": True}),
        Example("BAF1024", "BAF1024", {"bare": True}),
        Example("B7K246", "B7K246", {"bare": True}),
        Example("粤B7K246", "粤B7K246", {"bare": True}),
    )
    rejects: ClassVar[tuple[str, ...]] = (
        "", "京A1234", "京AI2345", "京AO2345", "A12345", "BB61234", "京112345", "京A1234567",
        "台A12345", "京AZ12345", "京A12345学", "京I12345",
    )  # fmt: skip

    @property
    @override
    def pattern(self) -> str:
        province = f"{_PROVINCE}?" if self.bare else _PROVINCE
        return f"(?:{province}{_OFFICE}{_SERIAL}|{_EMBASSY})"

    @override
    def parse(self, text: str) -> str:
        plate = fold(text, self.ignores).upper()
        check_form(self.pattern, plate, "a number plate")
        return plate
