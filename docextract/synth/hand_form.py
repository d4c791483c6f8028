"""An invented motor insurance form in Chinese and English, drawn: blank, and filled in.

``python -m docextract.synth.hand_form FOLDER --count 3 --seed 1`` writes pictures with their
labels; ``--blank`` writes the reference of the ``hand_form`` template. Entries are typed, the
number's digits stand in cells, and boxes bear crosses, ticks, fillings and other marks of a pen.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from docextract.synth._canvas import BLACK, WHITE, Canvas, Color, Style
from docextract.synth._fonts import Face
from docextract.synth._hand_form_layout import (
    BAND_HEIGHT,
    BANDS,
    CELLS,
    CHECKBOXES,
    CHOICES,
    HEADINGS,
    LABELS,
    LEFT,
    LOAN_BAND,
    MANY,
    PAGE_U,
    RIGHT,
    RULINGS,
    SIGNATURE,
    SLOTS,
    TickBox,
    Words,
)
from docextract.synth._invoice_form import Box, Label, Ruling, Slot
from docextract.synth._people import checked_id
from docextract.synth._samples import Labels, sample_command
from docextract.synth._ticks import MARKS, draw_mark, draw_signature, random_pen
from docextract.synth.photo import scanned
from docextract.types import Image

_BAND: Color = (35, 95, 150)
_PALE: Color = (185, 190, 200)
_CELL: Color = (150, 170, 200)
_LINE_U = 2.0
_STYLES = ("cross", "tick", "filling")  # a writer mostly keeps to one


@dataclass(frozen=True)
class HandFormValues:
    """What one form says; ``ticked`` are the names of ticked boxes, FIELD or FIELD.BOX."""

    number: str
    written: Mapping[str, str]
    labels: Labels
    ticked: frozenset[str]


def draw_blank() -> Image:
    """Draw the empty form, 1240 x 1754 px."""
    return _form(2 * PAGE_U[0]).finished(PAGE_U)


def draw_form(values: HandFormValues, rng: random.Random, *, width_px: int, style: str) -> Image:
    """Draw a filled form as a flat page; most marks are of one ``style``, all by one pen."""
    canvas = _form(width_px)
    typed = Style(Face.MONO, 28)
    for cell, digit in zip(CELLS, values.number, strict=True):
        canvas.label(_centred(digit, cell), typed)
    for name, text in values.written.items():
        canvas.write([(char, _style(char, 27, BLACK)) for char in text], SLOTS[name])
    pen = random_pen(rng, CHECKBOXES["agreed"].box)
    for name, tick in tick_boxes():
        if name in values.ticked:
            mark = style if rng.random() < 0.75 else rng.choice(sorted(MARKS))
            draw_mark(canvas, tick.box, mark, pen, rng)
    if values.labels["signature"] == "true":
        draw_signature(canvas, SIGNATURE, pen, rng)
    return canvas.finished((width_px, round(width_px * PAGE_U[1] / PAGE_U[0])))


def tick_boxes() -> Iterator[tuple[str, TickBox]]:
    """All boxes to tick by name: FIELD, or FIELD.BOX of a choice."""
    for field, boxes in CHOICES.items():
        for name, box in boxes.items():
            yield f"{field}.{name}", box
    yield from CHECKBOXES.items()


def _form(width_px: int) -> Canvas:
    canvas = Canvas(PAGE_U[0] / PAGE_U[1], width_px, page_u=PAGE_U)
    for ruling in RULINGS:
        canvas.line(ruling, _LINE_U, BLACK)
    for y, text in BANDS:
        canvas.fill(Box(LEFT, y, RIGHT - LEFT, BAND_HEIGHT), _BAND)
        _words(canvas, Words(text, LEFT + 20, y + BAND_HEIGHT / 2, 24), WHITE)
    canvas.fill(LOAN_BAND, _BAND)
    _words(canvas, Words("车辆贷款 Loan", LEFT + 20, LOAN_BAND.centre[1], 24), WHITE)
    for words in (*HEADINGS, *LABELS):
        _words(canvas, words, BLACK)
    for cell in CELLS:
        _outline(canvas, cell, 1.5, _CELL)
    for name, tick in tick_boxes():
        _draw_tick_box(canvas, tick, WHITE if name.startswith("loan") else BLACK)
    return canvas


def _draw_tick_box(canvas: Canvas, tick: TickBox, color: Color) -> None:
    box = tick.box
    _outline(canvas, box, _LINE_U, BLACK)
    canvas.fill(box.inset(_LINE_U / 2), WHITE)
    if tick.letter:
        canvas.label(_centred(tick.letter, box), Style(Face.SANS, 22, _PALE))
    _words(canvas, Words(tick.words, box.x + box.width + 12, box.centre[1], 20), color)


def _outline(canvas: Canvas, box: Box, width: float, color: Color) -> None:
    x, y, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    for edge in ((x, y, right, y), (x, bottom, right, bottom), (x, y, x, bottom)):
        canvas.line(Ruling(*edge), width, color)
    canvas.line(Ruling(right, y, right, bottom), width, color)


def _centred(char: str, box: Box) -> Label:
    x, y = box.centre
    return Label(char, x, x, y)


def _words(canvas: Canvas, words: Words, color: Color) -> None:
    text = [(char, _style(char, words.em, color)) for char in words.text]
    canvas.write(text, Slot(words.x, words.y, widest=RIGHT - words.x))


def _style(char: str, em: float, color: Color) -> Style:
    return Style(Face.SANS if char.isascii() else Face.SONG, em, color)


def random_values(rng: random.Random) -> HandFormValues:
    """Invent what a form says."""
    number = f"{rng.randrange(10**9, 10**10)}"
    day = date(2024, 1, 1) + timedelta(days=rng.randrange(700))
    seats = str(rng.choice((2, 4, 5, 7)))
    insured = Decimal(rng.randrange(40, 900)) * 1000
    premium = Decimal(rng.randrange(90_000, 900_000)) / 100
    name = rng.choice("赵钱孙李周吴郑王") + rng.choice("安宁悦嘉") + rng.choice("然清文远")
    plate = f"粤B{rng.choice('ABCDE')}{rng.randrange(10**4):04d}"
    phone = f"1380{rng.randrange(10**7):07d}"
    identity = _id_number(rng)
    chosen = {field: _chosen(rng, field) for field in CHOICES}
    checked = {name: rng.random() < 0.6 for name in CHECKBOXES}
    ticked = {f"{field}.{name}" for field, names in chosen.items() for name in names}
    ticked |= {name for name, yes in checked.items() if yes}
    return HandFormValues(
        number=number,
        written={
            "date": f"{day:%Y-%m-%d}",
            "name": name,
            "id_number": identity,
            "phone": phone,
            "plate": plate,
            "seats": seats,
            "sum_insured": f"¥{insured:,.2f}",
            "premium": f"¥{premium:,.2f}",
        },
        labels={
            "number": number,
            "date": day.isoformat(),
            "name": name,
            "id_number": identity,
            "phone": phone,
            "plate": plate,
            "seats": seats,
            "sum_insured": f"{insured:.2f}",
            "premium": f"{premium:.2f}",
            **{field: ", ".join(names) or None for field, names in chosen.items()},
            **{name: "true" if yes else "false" for name, yes in checked.items()},
            "signature": "true" if rng.random() < 0.7 else "false",
        },
        ticked=frozenset(ticked),
    )


def _chosen(rng: random.Random, field: str) -> list[str]:
    names = list(CHOICES[field])
    if field in MANY:
        return [name for name in names if rng.random() < 0.5] or names[:1]
    if field == "loan" and rng.random() < 0.5:
        return []
    return [rng.choice(names)]


def _id_number(rng: random.Random) -> str:
    born = date(1950, 1, 1) + timedelta(days=rng.randrange(18_000))
    return checked_id(f"440305{born:%Y%m%d}{rng.randrange(1000):03d}")


def draw_sample(seed: int) -> tuple[Image, Labels]:
    """Draw a form of random values as a scanner sees it, 1240 to 1700 px wide."""
    rng = random.Random(seed)
    values = random_values(rng)
    style = _STYLES[seed % len(_STYLES)]
    flat = draw_form(values, rng, width_px=rng.randrange(1240, 1701), style=style)
    return scanned(flat, np.random.default_rng(seed)), values.labels


def main() -> None:
    """Write samples or the reference, as the command line asks."""
    sample_command("hand_form", draw_blank, draw_sample)


if __name__ == "__main__":
    main()
