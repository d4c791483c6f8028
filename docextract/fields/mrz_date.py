"""The dates in a machine readable zone (ICAO Doc 9303)."""

from __future__ import annotations

import datetime
from typing import ClassVar, Literal

from typing_extensions import override

from docextract.fields._base import Example, field_types
from docextract.fields._mrz import ZoneField
from docextract.fields._mrz_specimens import CARD, PASSPORT, VISA


@field_types.register("mrz_date")
class MrzDate(ZoneField):
    """A date of a machine readable zone; one of birth is the latest before the expiry."""

    part: Literal["birth", "expiry"] = "birth"

    value_type: ClassVar[type] = datetime.date
    examples: ClassVar[tuple[Example, ...]] = (
        Example(PASSPORT, datetime.date(1974, 8, 12)),
        Example(PASSPORT, datetime.date(2012, 4, 15), {"part": "expiry"}),
        Example(CARD, datetime.date(1974, 8, 12)),
        Example(VISA, datetime.date(1940, 9, 7)),
        Example(VISA, datetime.date(1996, 12, 10), {"part": "expiry"}),
        Example(VISA.replace("4009078", "<<<<<<0"), None),
    )
    rejects: ClassVar[tuple[str, ...]] = (
        "", "740812", PASSPORT[:-2], PASSPORT.replace("7408122", "7408121"),
        PASSPORT.replace("1204159", "1204158"), PASSPORT.replace("740812", "740842"),
    )  # fmt: skip

    @override
    def parse(self, text: str) -> datetime.date | None:
        zone = self.zone(text)
        return zone.birth if self.part == "birth" else zone.expiry
