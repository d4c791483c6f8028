"""Amounts of money in Chinese capital numerals (大写金额), and how to write them."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import ClassVar, Self

from typing_extensions import override

from docextract.fields._base import TYPED_MODEL, Example, FieldType, field_types
from docextract.fields._folding import check_form, fold

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_TENS = {"拾": 10, "佰": 100, "仟": 1000}
_SECTIONS = ("", "万", "亿")
_LIMIT = 10**12


def _number(bare_ten: bool) -> str:
    """1 to 9999 亿: 亿, 万 and single sections, each of 仟, 佰, 拾 and a digit, in that order.

    零 may be written or left out wherever a place is empty, as the rules for filling in
    payment papers (支付结算办法, 附一) allow in part and printers do everywhere.
    """
    d = "[壹贰叁肆伍陆柒捌玖]"
    below_100 = f"{d}拾{d}?"
    after_hundreds = f"(?:{below_100}|零?{d})?"
    after_thousands = f"(?:{d}佰{after_hundreds}|零?{below_100}|零?{d})?"
    section = f"(?:{d}仟{after_thousands}|{d}佰{after_hundreds}|{below_100}|{d})"
    first = f"(?:{section}|拾{d}?)" if bare_ten else section
    ones = f"(?:零?{section})?"
    return f"(?:{first}亿(?:零?{section}万)?{ones}|{first}万{ones}|{first})"


@cache
def _amount(bare_ten: bool) -> str:
    d = "[壹贰叁肆伍陆柒捌玖]"
    cents = f"(?:零?{d}角(?:{d}分|零分)?|零角(?:{d}分|零分)?|零?{d}分)"
    whole = "[整正]?"
    yuan = f"(?:{_number(bare_ten)}|零)[圆元圓](?:{cents})?{whole}"
    only_cents = f"(?:{d}角(?:{d}分|零分)?|{d}分){whole}"
    return rf"(?:人民币)?(?:负|\(负数\))?(?:{yuan}|{only_cents})"


class CapitalAmount(Decimal):
    """An amount that counts and compares as a Decimal, and prints as the paper writes it.

    >>> total = CapitalAmount("9.35", "玖圆叁角伍分")
    >>> total == Decimal("9.35"), str(total), f"{total:f}"
    (True, '玖圆叁角伍分', '9.35')
    """

    written: str

    def __new__(cls, value: Decimal | str, written: str) -> Self:
        """Make the amount ``value`` that is ``written`` in capital numerals."""
        self = super().__new__(cls, value)
        self.written = written
        return self

    @override
    def __str__(self) -> str:
        return self.written

    @override
    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:  # type: ignore[override]
        return type(self), (f"{self:f}", self.written)

    @override
    def __copy__(self) -> Self:
        return self

    @override
    def __deepcopy__(self, memo: dict[int, object], /) -> Self:
        return self


@field_types.register("amount_cn")
class AmountCn(FieldType):
    """An amount in capital numerals such as 壹拾陆圆捌角玖分, as a Decimal with two decimals.

    The value is a ``CapitalAmount``: equal to the number, printed as it was written.

    圆 or 元, 整 or 正 or neither, 零 written or left out; 负 or （负数） makes it negative. The
    ⊗ that invoices print in front is ignored. Below 1 0000 亿. A ten at the front is 壹拾, as
    the rules want it; with ``bare_ten`` it may be 拾, as people write it: only a form filled in
    by hand should allow that, or a lost 壹 passes for right.
    """

    value_type: ClassVar[type] = Decimal
    recognizer: ClassVar[str] = TYPED_MODEL
    ignores: ClassVar[str] = " ⊗⨂"
    bare_ten: bool = False
    examples: ClassVar[tuple[Example, ...]] = (
        Example("壹拾陆圆捌角玖分", Decimal("16.89")),
        Example("⊗壹拾陆圆捌角玖分", Decimal("16.89")),
        Example("人民币壹佰元整", Decimal("100.00")),
        Example("玖圆整", Decimal("9.00")),
        Example("玖圆正", Decimal("9.00")),
        Example("玖圆", Decimal("9.00")),
        Example("叁拾玖圆伍角整", Decimal("39.50")),
        Example("叁拾玖圆伍角", Decimal("39.50")),
        Example("伍角整", Decimal("0.50")),
        Example("柒分", Decimal("0.07")),
        Example("零圆整", Decimal("0.00")),
        Example("零元零角零分", Decimal("0.00")),
        Example("零圆伍分", Decimal("0.05")),
        Example("壹仟陆佰捌拾元零叁角贰分", Decimal("1680.32")),
        Example("壹仟陆佰捌拾元叁角贰分", Decimal("1680.32")),
        Example("壹拾万柒仟元零伍角叁分", Decimal("107000.53")),
        Example("壹拾万零柒仟元伍角叁分", Decimal("107000.53")),
        Example("壹万陆仟肆佰零玖元零贰分", Decimal("16409.02")),
        Example("陆仟零柒圆壹角肆分", Decimal("6007.14")),
        Example("陆仟柒圆壹角肆分", Decimal("6007.14")),
        Example("壹亿零伍圆整", Decimal("100000005.00")),
        Example("叁佰亿零贰拾万圆整", Decimal("30000200000.00")),
        Example(
            "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖圆玖角玖分", Decimal("999999999999.99")
        ),
        Example("（负数）壹拾圆整", Decimal("-10.00")),
        Example("负壹拾圆整", Decimal("-10.00")),
        Example("壹佰 贰拾 圆整", Decimal("120.00")),
    )
    rejects: ClassVar[tuple[str, ...]] = (
        "", "圆整", "壹佰", "壹佰整", "佰圆整", "壹壹圆整", "壹拾佰圆整", "壹拾贰佰圆整",
        "壹万亿圆整", "壹佰拾圆整", "零零圆整", "壹圆伍分叁角", "壹圆整伍角", "一百圆整", "100圆",
        "壹佰零圆整", "壹万万圆整", "壹圆零", "整", "拾陆元捌角玖分",
    )  # fmt: skip

    @property
    @override
    def pattern(self) -> str:
        return _amount(self.bare_ten)

    @override
    def parse(self, text: str) -> CapitalAmount:
        folded = fold(text, self.ignores)
        check_form(self.pattern, folded, "an amount in capital numerals")
        yuan, _, cents = re.sub("[元圓]", "圆", folded).rpartition("圆")
        value = Decimal(_whole(yuan)) + Decimal(_cents(cents)).scaleb(-2)
        value = value.quantize(Decimal("0.01"))
        return CapitalAmount(-value if "负" in folded else value, folded)


def _whole(numerals: str) -> int:
    """The number that 亿, 万 and single sections add up to."""
    total = section = digit = 0
    for symbol in numerals:
        if symbol in _DIGITS:
            digit = _DIGITS.index(symbol)
        elif symbol in _TENS:
            section += (digit or 1) * _TENS[symbol]
            digit = 0
        elif symbol in ("万", "亿"):
            total += (section + digit) * 10 ** (4 * _SECTIONS.index(symbol))
            section = digit = 0
    return total + section + digit


def _cents(numerals: str) -> int:
    tens = re.search("(.)角", numerals)
    ones = re.search("(.)分", numerals)
    return (_DIGITS.index(tens[1]) * 10 if tens else 0) + (_DIGITS.index(ones[1]) if ones else 0)


def to_capital(amount: Decimal) -> str:
    """Write ``amount`` in capital numerals, by the rules of 支付结算办法, 附一.

    Raises ValueError outside 0 to 999999999999.99 and for fractions of a 分.

    >>> to_capital(Decimal("1409.50"))
    '壹仟肆佰零玖圆伍角整'
    """
    fen = amount.scaleb(2)
    if not 0 <= amount < _LIMIT or fen != fen.to_integral_value():
        raise ValueError("amount must be 0 to 999999999999.99 in whole 分")
    yuan, cents = divmod(int(fen), 100)
    jiao, rest = divmod(cents, 10)
    text = f"{_capital_number(yuan)}圆" if yuan or not cents else ""
    text += f"{_DIGITS[jiao]}角" if jiao else ("零" if yuan and rest else "")
    return text + (f"{_DIGITS[rest]}分" if rest else "整")


def _capital_number(number: int) -> str:
    """A whole number below 10**12 in capital numerals."""
    text = ""
    for unit in reversed(range(len(_SECTIONS))):
        section = number // 10 ** (4 * unit) % 10**4
        if section:
            gap = "零" if text and section < 1000 else ""
            text += gap + _capital_section(section) + _SECTIONS[unit]
    return text or "零"


def _capital_section(section: int) -> str:
    """1 to 9999 in capital numerals, with one 零 for each run of empty places inside."""
    places = zip(f"{section:04d}", ("仟", "佰", "拾", ""), strict=True)
    text = "".join("零" if d == "0" else _DIGITS[int(d)] + unit for d, unit in places)
    return re.sub("零+", "零", text).strip("零")
