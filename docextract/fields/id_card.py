"""Resident identity numbers of China (GB 11643-1999)."""

from __future__ import annotations

import re
from typing import ClassVar

from typing_extensions import override

from docextract.checks import DIGITS, Checksum
from docextract.errors import InvalidValue
from docextract.fields._base import TYPED_MODEL, Example, Form, FormedType, field_types
from docextract.fields._calendar import SHORT_YEAR_MONTH_DAY, YEAR_MONTH_DAY, calendar_date
from docextract.fields._folding import check_form, fold
from docextract.fields._regions import PROVINCE

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1)
_MOD_11_2 = Checksum("mod11-2", 11, _WEIGHTS, (*DIGITS, "X"), remainder=1)

FORM_18 = Form(f"{PROVINCE}[0-9]{{4}}{YEAR_MONTH_DAY}[0-9]{{3}}[0-9X]", (_MOD_11_2,))
_FORM_15 = Form(f"{PROVINCE}[0-9]{{4}}{SHORT_YEAR_MONTH_DAY}[0-9]{{3}}")


@field_types.register("id_card")
class IdCard(FormedType):
    """An 18-digit identity number; checks ``region``, ``calendar`` and ``mod11-2`` (ISO 7064).

    With ``allow_15``, also the 15-digit form that was issued until 1999, which has no check
    digit. The value has a capital X.
    """

    allow_15: bool = False

    value_type: ClassVar[type] = str
    recognizer: ClassVar[str] = TYPED_MODEL
    examples: ClassVar[tuple[Example, ...]] = (
        Example("11010519491231002X", "11010519491231002X"),
        Example("11010519491231002x", "11010519491231002X"),
        Example("440524198001010013", "440524198001010013"),
        Example("360426199101010071", "360426199101010071"),
        Example("360426 19910101 0071", "360426199101010071"),
        Example("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        Example("110105491231002", "110105491231002", {"allow_15": True}),
    )
    rejects: ClassVar[tuple[str, ...]] = (
        "", "110105194912310021", "990105194912310021", "11010519491331002X", "11010519490230002X",
        "1101051949123100X2", "11010519491231002", "110105491231002", "11010517491231002X",
    )  # fmt: skip

    @property
    @override
    def forms(self) -> tuple[Form, ...]:
        return (FORM_18, _FORM_15) if self.allow_15 else (FORM_18,)

    @override
    def parse(self, text: str) -> str:
        number = fold(text, self.ignores).upper()
        check_form(r"[0-9]{17}[0-9X]|[0-9]{15}", number, "an identity number")
        if len(number) == 15 and not self.allow_15:
            raise InvalidValue("length", "15 digits; set allow_15 to accept the old form")
        birthday = number[6:14] if len(number) == 18 else "19" + number[6:12]
        _check_region(number)
        calendar_date(int(birthday[:4]), int(birthday[4:6]), int(birthday[6:]))
        if len(number) == 18:
            _check_digit(number)
        check_form(self.pattern, number, "an identity number of this or the last century")
        return number


def _check_region(number: str) -> None:
    if re.match(PROVINCE, number) is None:
        raise InvalidValue("region", "the first two digits are no province; read them again")


def _check_digit(number: str) -> None:
    from stdnum.cn import ric

    if number[-1] != ric.calc_check_digit(number):
        raise InvalidValue("mod11-2", "the check digit does not fit the other digits")
