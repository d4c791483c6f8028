"""Measured numbers with a point: distances, weights, quantities."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import ClassVar

from pydantic import Field
from typing_extensions import override

from docextract.fields._base import TYPED_MODEL, Example, FieldType, field_types
from docextract.fields._folding import check_form, fold


@field_types.register("number")
class Number(FieldType):
    """A number with exactly ``decimals`` digits after its point, and the ``unit`` if printed."""

    decimals: int = Field(2, ge=0, le=9)
    unit: str = ""

    recognizer: ClassVar[str] = TYPED_MODEL
    value_type: ClassVar[type] = Decimal
    examples: ClassVar[tuple[Example, ...]] = (
        Example("7.62", Decimal("7.62")),
        Example("0.05", Decimal("0.05")),
        Example("16 .95KM", Decimal("16.95"), {"unit": "KM"}),
        Example("16.95", Decimal("16.95"), {"unit": "KM"}),
        Example("12", Decimal("12"), {"decimals": 0}),
        Example("1.250", Decimal("1.250"), {"decimals": 3}),
    )
    rejects: ClassVar[tuple[str, ...]] = ("", "7", "7.6", "07.62", ".62", "7,62", "7.62KM", "-7.62")

    @property
    @override
    def pattern(self) -> str:
        point = rf"\.[0-9]{{{self.decimals}}}" if self.decimals else ""
        unit = f"(?:{re.escape(fold(self.unit, ' '))})?" if self.unit else ""
        return f"(?:0|[1-9][0-9]{{0,11}}){point}{unit}"

    @override
    def parse(self, text: str) -> Decimal:
        folded = fold(text, self.ignores)
        check_form(self.pattern, folded, "a number with the field's decimals")
        return Decimal(folded.removesuffix(fold(self.unit, " ")))
