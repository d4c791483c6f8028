"""Machine readable zones (ICAO Doc 9303, 8th edition): all rows of one as a single text.

The rows are one text because they vouch for each other: the first letter says whether the second
row is laid out as a passport's or a visa's, and the last check digit of a card sums over two rows.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import accumulate, pairwise
from types import MappingProxyType
from typing import ClassVar, NamedTuple

from typing_extensions import override

from docextract.checks import FIGURES_LIKE, AsFigures, Checksum, icao_9303, passes
from docextract.errors import InvalidValue
from docextract.fields._base import TYPED_MODEL, Form, FormedType
from docextract.fields._calendar import calendar_date
from docextract.fields._folding import fold

COMPOSITE = "composite"
_LAST_EXPIRY = 69  # two-digit years up to this are 20xx: no zone of before 1970 exists


class Script(Enum):
    """What stands in a piece: a figure among letters, or a letter among figures, is misread."""

    LETTERS = MappingProxyType({figure: letter for letter, figure in FIGURES_LIKE.items()})
    FIGURES = MappingProxyType(FIGURES_LIKE)
    EITHER = MappingProxyType[str, str]({})

    def meant(self, text: str) -> str:
        """The text with what can only be misread put right."""
        return "".join(self.value.get(symbol, symbol) for symbol in text)


class Piece(NamedTuple):
    """A part of a zone, how many characters it has, and what may be read there."""

    part: str
    length: int
    pattern: str
    script: Script = Script.EITHER


@dataclass(frozen=True)
class ZoneFormat:
    """One of the sizes of zones, its pieces in the order of print through all rows.

    ``summed`` names the pieces that each check digit is for; the digit of ``number`` is the piece
    ``number_check``.
    """

    name: str
    pieces: tuple[Piece, ...]
    summed: Mapping[str, tuple[str, ...]]

    @cached_property
    def places(self) -> dict[str, range]:
        """Where each piece stands in the text."""
        bounds = pairwise(accumulate((piece.length for piece in self.pieces), initial=0))
        return {piece.part: range(*b) for piece, b in zip(self.pieces, bounds, strict=True)}

    @cached_property
    def figures(self) -> frozenset[int]:
        """The places that hold nothing but figures."""
        pieces = (piece for piece in self.pieces if piece.script is Script.FIGURES)
        return frozenset(place for piece in pieces for place in self.places[piece.part])

    @cached_property
    def checks(self) -> tuple[Checksum, ...]:
        """All check digits, each as a condition on the text."""
        return tuple(
            icao_9303(
                name,
                [place for part in parts for place in self.places[part]],
                self.places[f"{name}_check"][0],
            )
            for name, parts in self.summed.items()
        )

    @cached_property
    def form(self) -> Form:
        """What decoding keeps to: all but the composite check.

        To follow that one beside the others would take ten times the states.
        """
        pattern = "".join(piece.pattern for piece in self.pieces)
        checks = (check for check in self.checks if check.name != COMPOSITE)
        return Form(pattern, tuple(AsFigures(check, self.figures) for check in checks))

    def split(self, text: str) -> dict[str, str]:
        """The pieces of a text of this format, letters and figures put right in their places.

        Raises InvalidValue for a check digit that is wrong.
        """
        read = (text[place.start : place.stop] for place in self.places.values())
        meant = [p.script.meant(t) for p, t in zip(self.pieces, read, strict=True)]
        for check in self.checks:
            if not passes(check, "".join(meant)):
                raise InvalidValue(check.name, "the check digit does not fit; read it again")
        return dict(zip(self.places, meant, strict=True))


@dataclass(frozen=True, slots=True)
class Zone:
    """What a machine readable zone says, fillers dropped: an empty text where nothing is said.

    A filler inside a number stays ``<``, as it may stand for any mark; inside a name it is a
    blank. ``birth`` is None when any of it is unknown, ``sex`` is empty when unspecified.
    """

    format: str
    document_type: str
    issuer: str
    surname: str
    given_names: str
    number: str
    nationality: str
    birth: datetime.date | None
    sex: str
    expiry: datetime.date
    optional: str = ""
    optional_2: str = ""


def read_zone(text: str) -> Zone:
    """Take a zone apart; its rows follow one another without blanks.

    Raises InvalidValue with the check ``pattern``, ``calendar``, ``names``, or the name of a wrong
    check digit: ``number``, ``birth``, ``expiry``, ``optional``, ``composite``.
    """
    found = next((f for f in FORMATS if re.fullmatch(f.form.pattern, text)), None)
    if found is None:
        raise InvalidValue("pattern", "the text is not written as a machine readable zone")
    pieces = found.split(text)
    surname, given_names = _names(pieces["names"])
    number, optional = _number(pieces)
    expiry = _expiry(pieces["expiry"])
    return Zone(
        format=found.name,
        document_type=pieces["document_type"].rstrip("<"),
        issuer=pieces["issuer"].rstrip("<"),
        surname=surname,
        given_names=given_names,
        number=number,
        nationality=pieces["nationality"].rstrip("<"),
        birth=_birth(pieces["birth"], expiry),
        sex=pieces["sex"].rstrip("<"),
        expiry=expiry,
        optional=optional.strip("<"),
        optional_2=pieces.get("optional_2", "").strip("<"),
    )


_NAME = re.compile("([A-Z]+(?:<[A-Z]+)*)(?:<<([A-Z]+(?:<[A-Z]+)*))?<*")


def _names(text: str) -> tuple[str, str]:
    """Surname and given names; two fillers divide them (9303-3, 4.6)."""
    match = _NAME.fullmatch(text)
    if match is None:
        raise InvalidValue("names", "the names are not divided as the standard says; read it again")
    surname, given_names = match.groups(default="")
    return surname.replace("<", " "), given_names.replace("<", " ")


def _number(pieces: Mapping[str, str]) -> tuple[str, str]:
    """The document's number and the optional data.

    A number of more than nine characters goes on in the optional data, its check digit behind
    it, and has a filler where its check digit would be (9303-5, 4.2.2.1; 9303-6, 4.2.2.2).
    """
    number, optional = pieces["number"], pieces["optional"]
    if pieces["number_check"] != "<":
        return number.rstrip("<"), optional
    rest, _, optional = optional.partition("<")
    whole = number + rest[:-1]
    if len(rest) < 2 or not passes(
        icao_9303("number", range(len(whole)), len(whole)), number + rest
    ):
        raise InvalidValue("number", "the long number's check digit does not fit; read it again")
    return whole, optional


def _expiry(text: str) -> datetime.date:
    year, month, day = _year_month_day(text)
    return calendar_date(year + (2000 if year <= _LAST_EXPIRY else 1900), month, day)


def _birth(text: str, expiry: datetime.date) -> datetime.date | None:
    """The day of birth in the last century in which it is before the document's end."""
    if "<" in text:
        return None
    year, month, day = _year_month_day(text)
    late = (2000 + year, month, day) <= (expiry.year, expiry.month, expiry.day)
    return calendar_date(year + (2000 if late else 1900), month, day)


def _year_month_day(text: str) -> tuple[int, int, int]:
    return int(text[:2]), int(text[2:4]), int(text[4:])


# What may be read for letters and for figures.
_A, _N = "A-Z01258", "0-9OIZSB"
_STATE = f"(?:[{_A}]{{3}}|[{_A}]{{2}}<|[{_A}]<<)"  # the codes of 9303-3, 5, filled up
_MONTH = "(?:[0O][1-9IZSB]|[1I][0-2OIZ])"
_DAY = f"[{_N}]{{2}}{_MONTH}(?:[0O][1-9IZSB]|[12IZ][{_N}]|3[01OI])"
# What is unknown of a birth date is filled up (9303-3, 4.8).
_BIRTH = f"(?:{_DAY}|[{_N}]{{2}}{_MONTH}<<|[{_N}]{{2}}<<<<|<<<<<<)"


def _figures(part: str, pattern: str, length: int = 1) -> Piece:
    return Piece(part, length, pattern, Script.FIGURES)


def _state(part: str) -> Piece:
    return Piece(part, 3, _STATE, Script.LETTERS)


def _head(first: str) -> tuple[Piece, Piece]:
    return Piece("document_type", 2, f"{first}[{_A}<]", Script.LETTERS), _state("issuer")


def _names_piece(length: int) -> Piece:
    return Piece("names", length, f"[{_A}][{_A}<]{{{length - 1}}}", Script.LETTERS)


def _free(part: str, length: int) -> Piece:
    return Piece(part, length, f"[A-Z0-9<]{{{length}}}")


def _continued(length: int) -> Piece:
    """Optional data that a number goes on in."""
    return Piece("optional", length, f"[A-Z0-9]{{2}}[A-Z0-9<]{{{length - 2}}}")


_NUMBER = (Piece("number", 9, "[A-Z0-9][A-Z0-9<]{8}"), _figures("number_check", f"[{_N}]"))
_LONG_NUMBER = (Piece("number", 9, "[A-Z0-9]{9}"), Piece("number_check", 1, "<"))
_BIRTH_TO_EXPIRY = (
    _figures("birth", _BIRTH, 6),
    _figures("birth_check", f"[{_N}]"),
    Piece("sex", 1, "[FM<]"),
    _figures("expiry", _DAY, 6),
    _figures("expiry_check", f"[{_N}]"),
)
_COMPOSITE = _figures(f"{COMPOSITE}_check", f"[{_N}]")
_DATES = {"birth": ("birth",), "expiry": ("expiry",)}
_NUMBER_AND_DATES = {"number": ("number",), **_DATES}
_CARD = "[ACI1]"
_VISA = "V"
_SUMMED = ("number", "number_check", "birth", "birth_check", "expiry", "expiry_check", "optional")


def _td1(number: tuple[Piece, ...], optional: Piece) -> tuple[Piece, ...]:
    second = (*_BIRTH_TO_EXPIRY, _state("nationality"), _free("optional_2", 11), _COMPOSITE)
    return (*_head(_CARD), *number, optional, *second, _names_piece(30))


def _two_rows(first: str, width: int, number: tuple[Piece, ...], *rest: Piece) -> tuple[Piece, ...]:
    second = (*number, _state("nationality"), *_BIRTH_TO_EXPIRY, *rest)
    return (*_head(first), _names_piece(width - 5), *second)


_TD1_SUMMED = {
    COMPOSITE: ("number", "number_check", "optional", "birth", "birth_check", "expiry",
                "expiry_check", "optional_2")
}  # fmt: skip
_TD2_SUMMED = {COMPOSITE: _SUMMED}
_TD3_SUMMED = {"optional": ("optional",), COMPOSITE: (*_SUMMED, "optional_check")}

FORMATS: tuple[ZoneFormat, ...] = (
    ZoneFormat("TD1", _td1(_NUMBER, _free("optional", 15)), {**_NUMBER_AND_DATES, **_TD1_SUMMED}),
    ZoneFormat("TD1", _td1(_LONG_NUMBER, _continued(15)), {**_DATES, **_TD1_SUMMED}),
    ZoneFormat(
        "TD2",
        _two_rows(_CARD, 36, _NUMBER, _free("optional", 7), _COMPOSITE),
        {**_NUMBER_AND_DATES, **_TD2_SUMMED},
    ),
    ZoneFormat(
        "TD2",
        _two_rows(_CARD, 36, _LONG_NUMBER, _continued(7), _COMPOSITE),
        {**_DATES, **_TD2_SUMMED},
    ),
    ZoneFormat(
        "TD3",
        # The check digit of empty optional data may be a filler.
        _two_rows("P", 44, _NUMBER, _free("optional", 14), _figures("optional_check", f"[{_N}<]"),
                  _COMPOSITE),
        {**_NUMBER_AND_DATES, **_TD3_SUMMED},
    ),
    ZoneFormat("MRV-A", _two_rows(_VISA, 44, _NUMBER, _free("optional", 16)), _NUMBER_AND_DATES),
    ZoneFormat("MRV-B", _two_rows(_VISA, 36, _NUMBER, _free("optional", 8)), _NUMBER_AND_DATES),
)  # fmt: skip


class ZoneField(FormedType):
    """A part of a zone; its text is the whole zone's, so that every check digit counts."""

    recognizer: ClassVar[str] = TYPED_MODEL

    @property
    @override
    def forms(self) -> tuple[Form, ...]:
        return tuple(zone_format.form for zone_format in FORMATS)

    def zone(self, text: str) -> Zone:
        """The zone that a text is, rows divided by blanks or not; raises as ``read_zone``."""
        return read_zone(fold(text, self.ignores))
