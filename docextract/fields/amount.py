"""Amounts of money in figures."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import ClassVar, NamedTuple

from pydantic import Field
from typing_extensions import override

from docextract.fields._base import TYPED_MODEL, Example, FieldType, field_types
from docextract.fields._folding import check_form, fold


class _Marks(NamedTuple):
    """What may be printed before and after the figures of a currency."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


# SR, ZR: Malaysian tax codes (standard and zero rated) that tills print behind the amount.
_MARKS = {
    "CNY": _Marks(("¥", "RMB"), ("元", "圆", "RMB")),
    "MYR": _Marks(("RM", "$"), ("RM", "SR", "ZR")),
    "USD": _Marks(("$", "US$"), ("$",)),
    "EUR": _Marks(("€",), ("€",)),
    "GBP": _Marks(("£",)),
    "JPY": _Marks(("¥",), ("円", "¥")),
    "HKD": _Marks(("$", "HK$")),
    "TWD": _Marks(("$", "NT$"), ("元",)),
    "SGD": _Marks(("$", "S$")),
    "AUD": _Marks(("$", "A$")),
    "CAD": _Marks(("$", "C$"), ("$",)),
    "KRW": _Marks(("₩",), ("원",)),
    "INR": _Marks(("₹", "Rs", "Rs.")),
    "THB": _Marks(("฿",), ("฿",)),
    "VND": _Marks(("₫",), ("₫", "đ")),
    "IDR": _Marks(("Rp", "Rp.")),
    "PHP": _Marks(("₱",)),
}
# ISO 4217 minor units, where they are not 2.
_MINOR_UNITS = {
    **dict.fromkeys(("JPY", "KRW", "VND", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_FIGURES = r"(?:0|[1-9][0-9]{0,11}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,3})"
_NONE = r"\*{1,3}|免税|不征税"


@field_types.register("amount")
class Amount(FieldType):
    """An amount of money in figures, as a Decimal with the decimals that are printed.

    The point is a point, thousands are parted by commas or not at all. Exactly ``decimals``
    digits follow the point (None: as many as the currency's minor unit has): a point that is
    too faint to see is found that way. With ``whole``, figures without a point are amounts too.
    The currency's symbol or ISO 4217 code may stand before or after; ``currency`` None allows
    any. With ``sign``, a leading minus or brackets around the figures make the amount negative.
    On Chinese papers ``***``, 免税 (exempt) and 不征税 (not taxed) are None: the form says
    there is no amount.
    """

    currency: str | None = Field(None, pattern="^[A-Z]{3}$")
    decimals: int | None = Field(None, ge=0, le=8)
    whole: bool = False
    sign: bool = True

    value_type: ClassVar[type] = Decimal
    recognizer: ClassVar[str] = TYPED_MODEL
    examples: ClassVar[tuple[Example, ...]] = (
        Example("8.97", Decimal("8.97")),
        Example("¥8.97", Decimal("8.97")),
        Example("￥ 16.89", Decimal("16.89")),
        Example("8.97元", Decimal("8.97")),
        Example("1,234.50", Decimal("1234.50")),
        Example("¥12，345，678.90", Decimal("12345678.90")),
        Example("1234567.89", Decimal("1234567.89")),
        Example("0.00", Decimal("0.00")),
        Example("12", Decimal("12"), {"whole": True}),
        Example("¥1,200元", Decimal("1200"), {"whole": True}),
        Example("RM12.50", Decimal("12.50")),
        Example("$1,012.50", Decimal("1012.50")),
        Example("03.60", Decimal("3.60")),
        Example("-1.73", Decimal("-1.73")),
        Example("¥-1.73", Decimal("-1.73")),
        Example("-¥1.73", Decimal("-1.73")),
        Example("—1.73", Decimal("-1.73")),
        Example("(1.73)", Decimal("-1.73")),
        Example("***", None),
        Example("*", None),
        Example("免税", None),
        Example("不征税", None),
        Example("¥155.5元", Decimal("155.5"), {"decimals": 1}),
        Example("0.27079646", Decimal("0.27079646"), {"decimals": 8}),
        Example("RM 12.50", Decimal("12.50"), {"currency": "MYR"}),
        Example("RM12.50", Decimal("12.50"), {"currency": "MYR"}),
        Example("$12.50", Decimal("12.50"), {"currency": "MYR"}),
        Example("12.50 SR", Decimal("12.50"), {"currency": "MYR"}),
        Example("MYR 1,012.50", Decimal("1012.50"), {"currency": "MYR"}),
        Example("$1,012.50", Decimal("1012.50"), {"currency": "USD"}),
        Example("12.50 USD", Decimal("12.50"), {"currency": "USD"}),
        Example("€ 12.50", Decimal("12.50"), {"currency": "EUR"}),
        Example("£0.99", Decimal("0.99"), {"currency": "GBP"}),
        Example("¥1,980", Decimal("1980"), {"currency": "JPY"}),
        Example("1980円", Decimal("1980"), {"currency": "JPY"}),
        Example("₩15,000", Decimal("15000"), {"currency": "KRW"}),
        Example("1.250", Decimal("1.250"), {"currency": "KWD"}),
        Example("CHF 12.50", Decimal("12.50"), {"currency": "CHF"}),
        Example("12.50", Decimal("12.50"), {"sign": False}),
    )
    rejects: ClassVar[tuple[str, ...]] = (
        "", "8.9", "8.970", "8.", ".97", "008.97", "1,23.50", "12,34.50", "1234,567.00",
        "8,97", "12", "1200", "8.97.10", "--1.73", "(1.73", "(-1.73)", "****", "1O.00",
    )  # fmt: skip

    @property
    @override
    def pattern(self) -> str:
        return _pattern(self.currency, self._places, self.whole, self.sign)

    @override
    def parse(self, text: str) -> Decimal | None:
        folded = fold(text, self.ignores)
        check_form(self.pattern, folded, f"an amount in {self.currency or 'figures'}")
        number = re.search(r"[0-9][0-9,]*(?:\.[0-9]+)?", folded)
        if number is None:
            return None
        value = Decimal(number.group().replace(",", ""))
        return -value if folded.startswith("(") or "-" in folded else value

    @property
    def _places(self) -> int:
        if self.decimals is not None:
            return self.decimals
        return 2 if self.currency is None else _MINOR_UNITS.get(self.currency, 2)


@cache
def _pattern(currency: str | None, places: int, whole: bool, sign: bool) -> str:
    known = [_marks(c) for c in (_MARKS if currency is None else (currency,))]
    before = _optional({mark for marks in known for mark in marks.before})
    after = _optional({mark for marks in known for mark in marks.after})
    number = _number(places, whole)
    forms = [before + number + after]
    if sign:
        forms += [f"-{before}{number}{after}", f"{before}-{number}{after}"]
        forms += [rf"\({before}{number}\){after}"]
    if currency in {None, "CNY"}:
        forms.append(_NONE)
    return f"(?:{'|'.join(forms)})"


def _marks(currency: str) -> _Marks:
    marks = _MARKS.get(currency, _Marks())
    return _Marks((*marks.before, currency), (*marks.after, currency))


def _number(places: int, whole: bool) -> str:
    """Figures with their decimals; some tills pad to two digits before the point: 03.60."""
    if not places:
        return _FIGURES
    point = rf"\.[0-9]{{{places}}}"
    needed = "?" if whole else ""
    return f"(?:{_FIGURES}(?:{point}){needed}|0[0-9]{point})"


def _optional(marks: Iterable[str]) -> str:
    return f"(?:{'|'.join(sorted(re.escape(m) for m in marks))})?"
