"""Unified social credit codes (GB 32100-2015), the tax numbers of Chinese organisations."""

from __future__ import annotations

import re
from typing import ClassVar

from typing_extensions import override

from docextract.checks import Checksum
from docextract.errors import InvalidValue
from docextract.fields._base import TYPED_MODEL, Example, Form, FormedType, field_types
from docextract.fields._folding import check_form, fold
from docextract.fields._regions import PROVINCE
from docextract.fields.id_card import FORM_18, IdCard

# GB 32100 leaves out I, O, S, V and Z. 10 is the nation: companies of the central registry.
_CODE = f"[1-9ANY][1-59](?:10|{PROVINCE})[0-9]{{4}}[0-9A-HJ-NP-RTUWXY]{{10}}"
_VALUES = tuple("0123456789ABCDEFGHJKLMNPQRTUWXY")
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1)
_FORM = Form(_CODE, (Checksum("mod31", 31, _WEIGHTS, _VALUES),))
_OLDER_FORMS = (
    Form(f"{PROVINCE}[0-9]{{4}}[0-9A-Z]{{8}}[0-9X]"),  # region and organisation
    Form(f"{FORM_18.pattern}(?:[0-9]{{2}})?", FORM_18.checks),
)


@field_types.register("uscc")
class Uscc(FormedType):
    """An 18-character credit code with its check character (check ``mod31``).

    With ``older``, also the tax numbers before 2015: region and organisation code (15, without
    a check), and a person's identity number alone (18) or with two digits more (20). Letters
    are printed as capitals and small ones are capitalised.
    """

    older: bool = True

    value_type: ClassVar[type] = str
    recognizer: ClassVar[str] = TYPED_MODEL
    examples: ClassVar[tuple[Example, ...]] = (
        Example("91110000600037341L", "91110000600037341L"),
        Example("9111 0000 6000 3734 1L", "91110000600037341L"),
        Example("９１１１００００６０００３７３４１Ｌ", "91110000600037341L"),
        Example("91110000600037341L", "91110000600037341L", {"older": False}),
        Example("110105600037341", "110105600037341"),
        Example("44030071526726X", "44030071526726X"),
        Example("11010519491231002X", "11010519491231002X"),
        Example("36042619910101007101", "36042619910101007101"),
    )
    rejects: ClassVar[tuple[str, ...]] = (
        "", "91110000600037342L", "9111000060003734IL", "91110000600037341", "A1110000600037341L",
        "01110000600037341L", "990000600037341", "360426199101010072", "36042619910101007201",
    )  # fmt: skip

    @property
    @override
    def forms(self) -> tuple[Form, ...]:
        return (_FORM, *_OLDER_FORMS) if self.older else (_FORM,)

    @override
    def parse(self, text: str) -> str:
        code = fold(text, self.ignores).upper()
        check_form(self.pattern, code, "a credit code or tax number")
        if re.fullmatch(_CODE, code) and _check_character(code) == code[-1]:
            return code
        if self.older and len(code) in (18, 20) and re.fullmatch(IdCard().pattern, code[:18]):
            IdCard().parse(code[:18])
            return code
        if len(code) == 15:
            return code
        raise InvalidValue("mod31", "the check character does not fit the others")


def _check_character(code: str) -> str:
    from stdnum.cn import uscc

    return str(uscc.calc_check_digit(code))
