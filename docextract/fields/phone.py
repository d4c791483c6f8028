"""Telephone numbers."""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import Field, field_validator
from typing_extensions import override

from docextract.errors import InvalidValue
from docextract.fields._base import TYPED_MODEL, Example, FieldType, field_types
from docextract.fields._folding import check_form, fold

# Numbering plan of the Chinese networks: mobiles, fixed lines by area code, 400/800 services.
_CN_AREA = "(?:10|2[0-9])"
_CN_LONG_AREA = "[3-9][0-9]{2}"
_CN_LOCAL_8 = "[2-9][0-9]{3}-?[0-9]{4}"
_CN_LOCAL_7 = "[2-9][0-9]{2}-?[0-9]{4}"
_CN_FIXED = (
    f"(?:(?:0{_CN_AREA}-?|\\(0{_CN_AREA}\\))-?{_CN_LOCAL_8}"
    f"|(?:0{_CN_LONG_AREA}-?|\\(0{_CN_LONG_AREA}\\))-?(?:{_CN_LOCAL_8}|{_CN_LOCAL_7}))"
)
_CN_EXTENSION = "(?:(?:-|转)[0-9]{1,6})?"
_CN_FIXED_ABROAD = f"(?:{_CN_AREA}-?{_CN_LOCAL_8}|{_CN_LONG_AREA}-?(?:{_CN_LOCAL_8}|{_CN_LOCAL_7}))"
_CN_MOBILE = "1[3-9][0-9]-?[0-9]{4}-?[0-9]{4}"
_CN_SERVICE = "(?:[48]00-?[0-9]{3}-?[0-9]{4}|[48]00[0-9]-?[0-9]{3}-?[0-9]{3})"
_CN = (
    f"(?:{_CN_FIXED}{_CN_EXTENSION}|{_CN_SERVICE}|{_CN_MOBILE}"
    rf"|(?:\+?86-?|\(\+?86\)-?)(?:{_CN_MOBILE}|{_CN_FIXED_ABROAD}))"
)
_ANY = (
    r"\+?(?:\(\+?[0-9]{1,4}\)[-./]?)?(?:[0-9]{1,4}\([0-9]{1,4}\)[-./]?)?"
    r"[0-9](?:[-./]?[0-9]){4,13}"
)
# Printed right in front of the number, so that it often stands in its crop.
_WORDS = (
    "tel",
    "telephone",
    "phone",
    "fax",
    "mobile",
    "mob",
    "hp",
    "h/p",
    "t",
    "f",
    "p",
    "m",
    "no",
)
_ANY_CASE = "|".join(
    "".join(f"[{c}{c.upper()}]" if c.isalpha() else c for c in word) for word in _WORDS
)
# Of a label that is cut off, the colon stays.
_LABEL = f"(?:(?:{_ANY_CASE}|(?:联系)?电话|手机|传真)(?:[Nn][Oo])?[.:/-]{{0,2}}|:)?"


@field_types.register("phone")
class Phone(FieldType):
    """A telephone number, as the digits that are printed: "+86 756-2405901" is "867562405901".

    A label in front ("Tel:", 电话) is left out; an extension follows after "-". In region CN
    the pattern knows the numbering plan; numbers of other regions (ISO 3166) are checked with
    Google's libphonenumber (check ``number``).
    """

    region: str = Field("CN", pattern="^[A-Z]{2}$")

    value_type: ClassVar[type] = str
    recognizer: ClassVar[str] = TYPED_MODEL
    examples: ClassVar[tuple[Example, ...]] = (
        Example("13800138000", "13800138000"),
        Example("138 0013 8000", "13800138000"),
        Example("138-0013-8000", "13800138000"),
        Example("+86 13800138000", "8613800138000"),
        Example("０１０－６２３４５６７８", "01062345678"),
        Example("010-62345678", "01062345678"),
        Example("(010)62345678", "01062345678"),
        Example("（0756）2405901", "07562405901"),
        Example("0756-2405901", "07562405901"),
        Example("075524059012", "075524059012"),
        Example("0571-88158090-8012", "057188158090-8012"),
        Example("0571-88158090转8012", "057188158090-8012"),
        Example("+86-10-62345678", "861062345678"),
        Example("400-810-8888", "4008108888"),
        Example("4008-108-888", "4008108888"),
        Example("8008108888", "8008108888"),
        Example("电话：13800138000", "13800138000"),
        Example("：13800138000", "13800138000"),
        Example("07-5501234", "075501234", {"region": "MY"}),
        Example(": 07-5501234", "075501234", {"region": "MY"}),
        Example("TEL : 07-5501234", "075501234", {"region": "MY"}),
        Example("Fax No.: 07-5501234", "075501234", {"region": "MY"}),
        Example("03-7781 2345", "0377812345", {"region": "MY"}),
        Example("012-345 6789", "0123456789", {"region": "MY"}),
        Example("(03) 7781-2345", "0377812345", {"region": "MY"}),
        Example("+60 7-550 1234", "6075501234", {"region": "MY"}),
        Example("+60(7)550 1234", "6075501234", {"region": "MY"}),
        Example("020 7946 0958", "02079460958", {"region": "GB"}),
        Example("(212) 736-5000", "2127365000", {"region": "US"}),
    )
    rejects: ClassVar[tuple[str, ...]] = (
        "", "12345", "12800138000", "1380013800", "138001380001", "010-6234567", "0756-12405901",
        "(010-62345678", "400-810-888", "+85 13800138000",
    )  # fmt: skip

    @field_validator("region")
    @classmethod
    def _is_known(cls, region: str) -> str:
        if region != "CN":
            from phonenumbers import SUPPORTED_REGIONS

            if region not in SUPPORTED_REGIONS:
                raise ValueError(f"region is {region!r}; write an ISO 3166 code such as 'MY'")
        return region

    @property
    @override
    def pattern(self) -> str:
        return _LABEL + (_CN if self.region == "CN" else _ANY)

    @override
    def parse(self, text: str) -> str:
        folded = fold(text, self.ignores)
        check_form(self.pattern, folded, f"a telephone number of region {self.region}")
        folded = re.sub(f"^{_LABEL}", "", folded)
        if self.region != "CN":
            _check_number(folded, self.region)
            return re.sub("[^0-9]", "", folded)
        return _with_extension(folded)


def _with_extension(folded: str) -> str:
    """The digits of a Chinese number; only a fixed line can have an extension behind it."""
    main = re.match(f"(?:{_CN_FIXED})(?=-|转|$)", folded)
    number, rest = (folded, "") if main is None else (main.group(), folded[main.end() + 1 :])
    digits = re.sub("[^0-9]", "", number)
    return f"{digits}-{rest}" if rest else digits


def _check_number(folded: str, region: str) -> None:
    import phonenumbers

    try:
        number = phonenumbers.parse(folded, region)
    except phonenumbers.NumberParseException:
        raise InvalidValue("number", f"no telephone number of region {region}") from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidValue("number", f"region {region} gives out no such telephone number")
