"""Bank card numbers (ISO/IEC 7812)."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from docextract.checks import Luhn
from docextract.errors import InvalidValue
from docextract.fields._base import TYPED_MODEL, Example, Form, FormedType, field_types
from docextract.fields._folding import check_form, fold

_PAIRS = "(?:[0-9]{2})"
_EVEN = (
    f"62[0-9]{{14}}{_PAIRS}?|6[013-9][0-9]{{12}}{_PAIRS}{{0,2}}|[2-5789][0-9]{{13}}{_PAIRS}{{0,2}}"
)
_ODD = (
    f"62[0-9]{{15}}{_PAIRS}?|6[013-9][0-9]{{11}}{_PAIRS}{{0,3}}|[2-5789][0-9]{{12}}{_PAIRS}{{0,3}}"
)
_FORMS = (
    Form(f"(?:{_EVEN})", (Luhn(even=True),)),
    Form(f"(?:{_ODD})", (Luhn(even=False),)),
)


@field_types.register("bank_card")
class BankCard(FormedType):
    """A bank card number of 13 to 19 digits with its check digit (check ``luhn``).

    UnionPay numbers (62...) have at least 16 digits.
    """

    value_type: ClassVar[type] = str
    recognizer: ClassVar[str] = TYPED_MODEL
    ignores: ClassVar[str] = " -"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("4111 1111 1111 1111", "4111111111111111"),
        Example("4111-1111-1111-1111", "4111111111111111"),
        Example("5500000000000004", "5500000000000004"),
        Example("340000000000009", "340000000000009"),
        Example("6200000000000005", "6200000000000005"),
        Example("６２０００００００００００００５", "6200000000000005"),
        Example("6222021234567890128", "6222021234567890128"),
        Example("4222222222222", "4222222222222"),
    )
    rejects: ClassVar[tuple[str, ...]] = (
        "", "4111111111111112", "0111111111111111", "411111111111", "4111 1111 **** 1111",
        "62000000000004", "41111111111111111111",
    )  # fmt: skip

    @property
    @override
    def forms(self) -> tuple[Form, ...]:
        return _FORMS

    @override
    def parse(self, text: str) -> str:
        from stdnum import luhn

        number = fold(text, self.ignores)
        check_form(self.pattern, number, "a bank card number")
        if not luhn.is_valid(number):
            raise InvalidValue("luhn", "the check digit does not fit the other digits")
        return number
