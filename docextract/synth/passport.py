"""The photo page of a passport of China, drawn: its own print, and samples.

``python -m docextract.synth.passport FOLDER --count 3 --seed 1`` writes pictures with their labels;
``--blank`` writes the reference of the ``passport`` template.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from docextract.synth._canvas import BLACK, Canvas, Color, Style
from docextract.synth._cards import ripples, scanned, silhouette, words
from docextract.synth._fonts import Face
from docextract.synth._invoice_form import Box, Label
from docextract.synth._people import invented_names, random_person
from docextract.synth._samples import Labels, sample_command
from docextract.synth.mrz import PITCH_U, ZoneValues, zone_rows
from docextract.types import Image

PAGE_U = (1250, 880)  # tenths of a millimetre
_PAPER: Color = (238, 236, 228)
_LABEL: Color = (70, 84, 110)
_WAVES: tuple[Color, ...] = ((222, 226, 214), (230, 220, 220), (216, 224, 232))
_PORTRAIT = Box(70, 170, 330, 420)
_ROWS_Y = (722.5, 786.0)
_LABELS = (
    ("类型/Type", 440, 150), ("国家码/Country Code", 620, 150), ("护照号/Passport No.", 900, 150),
    ("姓名/Name", 440, 240), ("性别/Sex", 440, 370), ("国籍/Nationality", 620, 370),
    ("出生日期/Date of birth", 900, 370), ("出生地点/Place of birth", 440, 455),
    ("签发日期/Date of issue", 900, 455), ("签发地点/Place of issue", 440, 540),
    ("有效期至/Date of expiry", 900, 540),
)  # fmt: skip
_PLACES = (("北京", "BEIJING"), ("广东", "GUANGDONG"), ("四川", "SICHUAN"), ("湖北", "HUBEI"))
_SYLLABLES = ("AN", "BO", "CHENG", "DAN", "FANG", "HUI", "JIA", "LEI", "MIN", "NING", "TAO", "YUN")
_SURNAMES = (
    "CHEN",
    "GUO",
    "HUANG",
    "LI",
    "LIN",
    "SUN",
    "WANG",
    "WU",
    "XU",
    "ZHANG",
    "ZHAO",
    "ZHOU",
)


@dataclass(frozen=True)
class PassportValues:
    """What one photo page says, in print and in its machine readable zone."""

    zone: ZoneValues
    name_cn: str
    birth_place: str
    issued: date
    issue_place: str

    def labels(self) -> Labels:
        """The values by the template's field names."""
        zone = self.zone
        assert zone.birth is not None
        return {
            "number": zone.number,
            "surname": zone.surname,
            "given_names": zone.given_names,
            "nationality": zone.nationality,
            "sex": zone.sex,
            "birth": zone.birth.isoformat(),
            "expiry": zone.expiry.isoformat(),
            "name_cn": self.name_cn,
            "printed_number": zone.number,
            "printed_birth": zone.birth.isoformat(),
            "printed_expiry": zone.expiry.isoformat(),
            "issued": self.issued.isoformat(),
            "photo": "true",
        }


def draw_blank() -> Image:
    """Draw the page's own print, 1250 x 880 px."""
    return _page(PAGE_U[0]).finished(PAGE_U)


def draw_passport(values: PassportValues, *, width_px: int = 1250) -> Image:
    """Draw a photo page, flat and upright."""
    canvas, zone = _page(width_px), values.zone
    assert zone.birth is not None
    silhouette(canvas, _PORTRAIT, random.Random(zone.number), (228, 232, 236))
    for text, x, y in (
        ("P", 440, 184), ("CHN", 620, 184), (zone.number, 900, 184), (values.name_cn, 440, 278),
        (f"{zone.surname}, {zone.given_names}", 440, 318),
        (f"{'男' if zone.sex == 'M' else '女'}/{zone.sex}", 440, 404), ("中国/CHINESE", 620, 404),
        (_written(zone.birth), 900, 404), (values.birth_place, 440, 489),
        (_written(values.issued), 900, 489), (values.issue_place, 440, 574),
        (_written(zone.expiry), 900, 574),
    ):  # fmt: skip
        words(canvas, text, (x, y), 30)
    for row, middle in zip(zone_rows(zone), _ROWS_Y, strict=True):
        first = (PAGE_U[0] - PITCH_U * len(row) + PITCH_U) / 2
        last = first + PITCH_U * (len(row) - 1)
        canvas.label(Label(row, first, last, middle), Style(Face.OCR_B, PITCH_U / 0.723, BLACK))
    return canvas.finished((width_px, round(width_px * PAGE_U[1] / PAGE_U[0])))


def _page(width_px: int) -> Canvas:
    canvas = Canvas(PAGE_U[0] / PAGE_U[1], width_px, page_u=PAGE_U, paper=_PAPER)
    ripples(canvas, (PAGE_U[0], 600), random.Random(9), _WAVES)
    words(canvas, "中华人民共和国", (440, 62), 40, color=_LABEL)
    words(canvas, "PEOPLE'S REPUBLIC OF CHINA", (760, 62), 28, face=Face.SANS, color=_LABEL)
    words(canvas, "护照 PASSPORT", (70, 110), 40, color=_LABEL)
    for text, x, y in _LABELS:
        words(canvas, text, (x, y), 19, color=_LABEL)
    return canvas


def _written(day: date) -> str:
    return f"{day:%d %b %Y}".upper()


def random_values(seed: int) -> PassportValues:
    """Invent a passport; raises MissingExtra without Faker."""
    rng = random.Random(seed)
    person = random_person(rng, invented_names(seed))
    issued = date(2012, 5, 15) + timedelta(days=rng.randrange(4300))
    place, issuer = rng.choice(_PLACES), rng.choice(_PLACES)
    zone = ZoneValues(
        format="TD3",
        document_type="PO",
        issuer="CHN",
        surname=rng.choice(_SURNAMES),
        given_names="".join(rng.sample(_SYLLABLES, 2)),
        number=f"E{rng.randrange(10**8):08d}",
        nationality="CHN",
        birth=person.born,
        sex="M" if person.male else "F",
        expiry=issued.replace(year=issued.year + 10, day=min(issued.day, 28)),
    )
    return PassportValues(zone, person.name, "/".join(place), issued, "/".join(issuer))


def draw_sample(seed: int) -> tuple[Image, Labels]:
    """Draw a page of random values as a scanner sees it, 1100 to 1300 px wide."""
    values = random_values(seed)
    width_px = random.Random(seed).randrange(1100, 1301)
    return scanned(draw_passport(values, width_px=width_px), seed), values.labels()


def main() -> None:
    """Write samples or the reference, as the command line asks."""
    sample_command("passport", draw_blank, draw_sample)


if __name__ == "__main__":
    main()
