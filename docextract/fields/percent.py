"""Rates printed in percent, such as the tax rate of an invoice line."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from typing_extensions import override

from docextract.fields._base import TYPED_MODEL, Example, FieldType, field_types
from docextract.fields._folding import check_form, fold


@field_types.register("percent")
class Percent(FieldType):
    """A rate from 0 % to 100 %; the value is the fraction: "13%" is Decimal("0.13").

    ``*``, 免税 (exempt) and 不征税 (not taxed) are None: the form says there is no rate.
    """

    value_type: ClassVar[type] = Decimal
    recognizer: ClassVar[str] = TYPED_MODEL
    examples: ClassVar[tuple[Example, ...]] = (
        Example("9%", Decimal("0.09")),
        Example("13%", Decimal("0.13")),
        Example("１３％", Decimal("0.13")),
        Example("0.5 %", Decimal("0.005")),
        Example("1.50%", Decimal("0.0150")),
        Example("0%", Decimal("0.00")),
        Example("100%", Decimal("1.00")),
        Example("***", None),
        Example("*", None),
        Example("免税", None),
        Example("不征税", None),
    )
    rejects: ClassVar[tuple[str, ...]] = ("", "13", "%", "101%", "09%", ".5%", "1.%", "-3%", "征税")

    @property
    @override
    def pattern(self) -> str:
        return r"(?:(?:100|[1-9]?[0-9](?:\.[0-9]{1,2})?)%|\*{1,3}|免税|不征税)"

    @override
    def parse(self, text: str) -> Decimal | None:
        folded = fold(text, self.ignores)
        check_form(self.pattern, folded, "a rate in percent")
        return Decimal(folded[:-1]).scaleb(-2) if folded.endswith("%") else None
