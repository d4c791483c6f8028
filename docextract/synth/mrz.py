"""Passports, cards and visas of people who do not exist, drawn with their machine readable zones.

``python -m docextract.synth.mrz FOLDER --count 5 --seed 1`` writes pictures with their labels;
``--blank`` writes the references of the ``mrz`` template's layouts.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from docextract.fields._mrz import Zone
from docextract.synth._canvas import BLACK, Canvas, Style
from docextract.synth._cards import ripples
from docextract.synth._fonts import Face
from docextract.synth._invoice_form import Box, Label, Ruling, Slot
from docextract.synth._samples import Labels, save_reference, save_samples
from docextract.types import Image

FORMATS = ("TD1", "TD2", "TD3", "MRV-A", "MRV-B")
_PAGES_U: Mapping[str, tuple[int, int]] = {  # tenths of a millimetre
    "TD1": (856, 540), "TD2": (1050, 740), "TD3": (1250, 880), "MRV-A": (1200, 800),
    "MRV-B": (1050, 740),
}  # fmt: skip
_WIDTHS = {"TD1": 30, "TD2": 36, "TD3": 44, "MRV-A": 44, "MRV-B": 36}
PITCH_U = 25.4
_ROWS_U = {2: (157.5, 94.0), 3: (151.0, 108.7, 66.4)}  # from the page's lower edge to their middles
_EM_U = PITCH_U / 0.723  # an advance of OCR-B is 0.723 em
_TINTS = ((232, 238, 246), (240, 236, 226), (226, 240, 232), (244, 232, 238))
_INK = ((60, 60, 70), (150, 165, 190), (190, 170, 180))
_STATES = ("UTO", "D", "AUT", "BOL", "CHE", "ESP", "FIN", "GBR", "IND", "ISL", "LBN", "SWE", "ZAF")
_SURNAMES = (
    "ABERCROMBIE", "BASTIAN ORTIZ", "COHEN", "DOBRZYNSKI", "ERIKSSON", "FITZGERALD", "GO",
    "HASSLER",
    "IIJIMA", "JOHANNSSON", "KOWALCZYK", "LOBO", "MOORE", "NGUYEN", "OBOLO", "PAPADOPOULOU",
    "QUISPE", "ROSSI", "SZABO", "TOTH", "UZUN", "VAN DER MEER", "WOOD", "XU", "YILMAZ", "ZIZIC",
)  # fmt: skip
_GIVEN_NAMES = (
    "ANNA MARIA", "BO", "CHIARA", "DIDO", "ELIZABETH", "FRITZ", "GIOVANNI", "HANNES", "INES ISOLDE",
    "JOSE", "KLARA", "LI", "MOHAMED", "NIILO", "OTTO", "PIPPA ROSE", "QUINN", "ROSS", "SOO",
    "TOBIAS", "ULLA BRITT", "VIOLA", "WILLIAM", "XENIA", "YUKI", "ZOE", "",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ZoneValues(Zone):
    """What one zone says, and what the template's fields should be read as."""

    def labels(self) -> Labels:
        """The values by the template's field names."""
        texts = (
            "format", "document_type", "issuer", "surname", "given_names", "number", "nationality",
            "sex", "optional", "optional_2",
        )  # fmt: skip
        labels: Labels = {name: getattr(self, name) or None for name in texts}
        born = None if self.birth is None else self.birth.isoformat()
        return {**labels, "birth": born, "expiry": self.expiry.isoformat()}


def check_digit(text: str) -> str:
    """The check digit of ICAO 9303-3, 4.9.

    >>> check_digit("L898902C3")
    '6'
    """
    worth = (0 if c == "<" else int(c, 36) for c in text)
    return str(sum(w * (7, 3, 1)[i % 3] for i, w in enumerate(worth)) % 10)


def zone_rows(values: ZoneValues) -> tuple[str, ...]:
    """The rows of a zone, with all check digits and fillers."""
    width = _WIDTHS[values.format]
    head = values.document_type.ljust(2, "<") + values.issuer.ljust(3, "<")
    names = f"{values.surname}<<{values.given_names}".replace(" ", "<")
    born = "<<<<<<" if values.birth is None else f"{values.birth:%y%m%d}"
    birth, expiry = _checked(born), _checked(f"{values.expiry:%y%m%d}")
    room = {"TD1": 15, "TD2": 7, "TD3": 14, "MRV-A": 16, "MRV-B": 8}[values.format]
    number, optional = _number(values, room)
    nationality, sex = values.nationality.ljust(3, "<"), values.sex or "<"
    if values.format == "TD1":
        rest = values.optional_2.ljust(11, "<")
        composite = check_digit(number + optional + birth + expiry + rest)
        second = birth + sex + expiry + nationality + rest + composite
        return head + number + optional, second, names[:30].ljust(30, "<")
    first = (head + names)[:width].ljust(width, "<")
    second = number + nationality + birth + sex + expiry
    if values.format == "TD3":
        optional = _checked(optional)
    if values.format in ("TD2", "TD3"):
        optional += check_digit(number + birth + expiry + optional)
    return first, second + optional


def _number(values: ZoneValues, room: int) -> tuple[str, str]:
    """The number with its check digit, and the optional data; a long number goes on in them."""
    number = values.number
    if len(number) <= 9:
        return _checked(number.ljust(9, "<")), values.optional.ljust(room, "<")
    rest = f"{number[9:]}{check_digit(number)}<{values.optional}"
    return f"{number[:9]}<", rest.ljust(room, "<")


def _checked(text: str) -> str:
    return text + check_digit(text)


def draw_document(values: ZoneValues, *, width_px: int = 1000) -> Image:
    """Draw the page that bears the zone, flat and upright."""
    page_u = _PAGES_U[values.format]
    rng = random.Random(values.number)
    tint = rng.choice(_TINTS)
    canvas = Canvas(page_u[0] / page_u[1], width_px, page_u=page_u, paper=tint)
    ripples(canvas, (page_u[0], page_u[1] * 0.6), rng, _INK[1:])
    edge = page_u[1] - 215
    canvas.line(Ruling(20, edge, page_u[0] - 20, edge), 1.5, _INK[1])
    if values.format != "TD1":
        canvas.fill(Box(50, 110, 260, page_u[1] - 380), (176, 170, 168))
    _print(canvas, values, page_u)
    rows = zone_rows(values)
    left = (page_u[0] - PITCH_U * len(rows[0])) / 2
    for row, up in zip(rows, _ROWS_U[len(rows)], strict=True):
        _write_row(canvas, row, (left, page_u[1] - up))
    return canvas.finished((width_px, round(width_px * page_u[1] / page_u[0])))


def _print(canvas: Canvas, values: ZoneValues, page_u: tuple[int, int]) -> None:
    """What people read: words and values in two columns."""
    lines = (
        ("Type", values.document_type), ("State", values.issuer), ("No.", values.number),
        ("Surname", values.surname), ("Given names", values.given_names),
        ("Nationality", values.nationality), ("Date of expiry", f"{values.expiry:%d %m %Y}"),
    )  # fmt: skip
    left, top = (60 if values.format == "TD1" else 360), 60
    step = (page_u[1] - 300) / 4
    for i, (title, value) in enumerate(lines):
        x, y = left + 380 * (i % 2), top + step * (i // 2)
        canvas.write([(c, Style(Face.SANS, 18, _INK[0])) for c in title], Slot(x, y))
        canvas.write([(c, Style(Face.SANS, 34, BLACK)) for c in value], Slot(x, y + 32, widest=360))


def _write_row(canvas: Canvas, row: str, at: tuple[float, float]) -> None:
    first = at[0] + PITCH_U / 2
    last = first + PITCH_U * (len(row) - 1)
    canvas.label(Label(row, first, last, at[1]), Style(Face.OCR_B, _EM_U, (20, 20, 24)))


def random_values(rng: random.Random, zone_format: str) -> ZoneValues:
    """Invent a document and its holder."""
    born = date(1935, 1, 1) + timedelta(days=rng.randrange(30_000))
    digits = "0123456789"
    number = "".join(rng.choices("ABCEHKLMOPRSTVXYZIB" + digits * 3, k=rng.choice((8, 9, 9))))
    if zone_format in ("TD1", "TD2") and rng.random() < 0.15:
        number = "".join(rng.choices(digits, k=rng.randint(10, 12)))
    long = len(number) > 9
    state = rng.choice(_STATES)
    kinds = {"TD3": ("P", "PD", "PO"), "MRV-A": ("V", "VB"), "MRV-B": ("V",)}
    room = 0 if long or rng.random() < 0.4 else {"TD2": 7, "MRV-B": 8}.get(zone_format, 14)
    return ZoneValues(
        format=zone_format,
        document_type=rng.choice(kinds.get(zone_format, ("I", "ID", "C", "AR"))),
        issuer=state,
        surname=rng.choice(_SURNAMES),
        given_names=rng.choice(_GIVEN_NAMES),
        number=number,
        nationality=state if rng.random() < 0.8 else rng.choice(_STATES),
        birth=None if rng.random() < 0.05 else born,
        sex=rng.choice(("F", "M", "F", "M", "")),
        expiry=date(2020, 1, 1) + timedelta(days=rng.randrange(5000)),
        optional="".join(rng.choices(digits, k=rng.randint(1, room))) if room else "",
        optional_2="".join(rng.choices(digits, k=9))
        if zone_format == "TD1" and rng.random() < 0.3
        else "",
    )


def draw_sample(seed: int) -> tuple[Image, Labels]:
    """Draw a document of random values; sizes of zones take turns with the seed."""
    rng = random.Random(seed)
    values = random_values(rng, FORMATS[seed % len(FORMATS)])
    return draw_document(values, width_px=rng.randrange(750, 1251)), values.labels()


def draw_reference(zone_format: str) -> Image:
    """Draw a zone in the template's page of 2400 x 400 units, a character 50 units wide."""
    values = ZoneValues(
        format=zone_format, document_type="P" if zone_format == "TD3" else "I", issuer="UTO",
        surname="ERIKSSON", given_names="ANNA MARIA", number="L898902C3", nationality="UTO",
        birth=date(1974, 8, 12), sex="F", expiry=date(2032, 4, 15),
    )  # fmt: skip
    canvas = Canvas(6, 1200, page_u=(2400, 400))
    rows = zone_rows(values)
    step = 83 if len(rows) == 3 else 125
    for i, row in enumerate(rows):
        first, y = 125, 123.5 + step * i
        label = Label(row, first, first + 50 * (len(row) - 1), y)
        canvas.label(label, Style(Face.OCR_B, 50 / 0.723, BLACK))
    return canvas.finished((1200, 200))


def main() -> None:
    """Write samples or the references, as the command line asks."""
    parser = argparse.ArgumentParser(description="Drawings for the template mrz.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--blank", action="store_true", help="write the references instead")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.blank:
        for zone_format in ("TD1", "TD2", "TD3"):
            path = args.folder / f"mrz-{zone_format.lower()}.png"
            save_reference(path, draw_reference(zone_format))
    else:
        save_samples(args.folder, "mrz", draw_sample, count=args.count, seed=args.seed)


if __name__ == "__main__":
    main()
