"""The texts in a machine readable zone (ICAO Doc 9303): names, numbers, codes."""

from __future__ import annotations

from typing import ClassVar, Literal

from typing_extensions import override

from docextract.fields._base import Example, field_types
from docextract.fields._mrz import ZoneField
from docextract.fields._mrz_specimens import (
    CARD,
    LONG_NUMBER,
    PASSPORT,
    SHEET,
    SMALL_VISA,
    VISA,
)

Part = Literal[
    "format", "document_type", "issuer", "surname", "given_names", "number", "nationality", "sex",
    "optional", "optional_2",
]  # fmt: skip


@field_types.register("mrz")
class Mrz(ZoneField):
    """A text of a machine readable zone (ICAO 9303), read with all rows and check digits of it."""

    part: Part = "number"

    value_type: ClassVar[type] = str
    examples: ClassVar[tuple[Example, ...]] = (
        Example(PASSPORT, "L898902C3"),
        Example(PASSPORT, "TD3", {"part": "format"}),
        Example(PASSPORT, "P", {"part": "document_type"}),
        Example(PASSPORT, "UTO", {"part": "issuer"}),
        Example(PASSPORT, "ERIKSSON", {"part": "surname"}),
        Example(PASSPORT, "ANNA MARIA", {"part": "given_names"}),
        Example(PASSPORT, "UTO", {"part": "nationality"}),
        Example(PASSPORT, "F", {"part": "sex"}),
        Example(PASSPORT, "ZE184226B", {"part": "optional"}),
        Example(PASSPORT, None, {"part": "optional_2"}),
        Example(CARD, "D23145890"),
        Example(CARD, None, {"part": "optional"}),
        Example(LONG_NUMBER, "D23145890734"),
        Example(LONG_NUMBER, "PETER JOHN", {"part": "given_names"}),
        Example(SHEET, "TD2", {"part": "format"}),
        Example(VISA, "6ZE184226B", {"part": "optional"}),
        Example(VISA, "MRV-A", {"part": "format"}),
        Example(SMALL_VISA, "L8988901C"),
    )
    rejects: ClassVar[tuple[str, ...]] = (
        "", PASSPORT[:-1], PASSPORT.lower(), PASSPORT.replace("C36", "C37"),
        PASSPORT.replace("<10", "<11"), PASSPORT.replace("<10", "<20"),
        PASSPORT.replace("P<", "X<"),
        PASSPORT.replace("740812", "741312"), CARD.replace("UTO<<<<<<<<<<<6", "UTO<<<<<<<<<<<7"),
        CARD.replace("8907<", "8907B"), LONG_NUMBER.replace("7349", "7348"),
        VISA.replace("F9612109", "F9612108"), PASSPORT.replace("N<<ANNA", "N<<<ANN"),
    )  # fmt: skip

    @override
    def parse(self, text: str) -> str | None:
        said: str = getattr(self.zone(text), self.part)
        return said or None
