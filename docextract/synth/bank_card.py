"""A bank card with the usual layout, drawn: what most cards print, and samples.

``python -m docextract.synth.bank_card FOLDER --count 3 --seed 1`` writes pictures with their
labels; ``--blank`` writes the reference of the ``bank_card`` template.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from docextract.synth._canvas import WHITE, Canvas, Color
from docextract.synth._cards import ripples, scanned, words
from docextract.synth._fonts import Face
from docextract.synth._invoice_form import Box
from docextract.synth._samples import Labels, sample_command
from docextract.types import Image

PAGE_U = (856, 540)  # tenths of a millimetre
_BANKS = ("中国工商银行", "中国建设银行", "中国农业银行", "招商银行", "交通银行", "中信银行")
_PAPERS: tuple[tuple[Color, Color], ...] = (  # paper, waves
    ((176, 32, 44), (190, 60, 70)),
    ((24, 78, 150), (50, 100, 168)),
    ((20, 120, 96), (44, 140, 116)),
    ((58, 60, 70), (80, 82, 92)),
)
_REFERENCE = "6200000000000005"


@dataclass(frozen=True)
class BankCardValues:
    """What a card says; ``paper`` is the index of its colours."""

    bank: str
    number: str
    valid_thru: str | None
    paper: int = 1

    def labels(self) -> Labels:
        """The values by the template's field names."""
        return {"bank": self.bank, "number": self.number, "valid_thru": self.valid_thru}


def draw_blank() -> Image:
    """Draw a card of no bank, 856 x 540 px."""
    return draw_card(BankCardValues("", _REFERENCE, None), width_px=PAGE_U[0])


def draw_card(values: BankCardValues, *, width_px: int = 1000) -> Image:
    """Draw a card, flat and upright."""
    paper, waves = _PAPERS[values.paper]
    canvas = Canvas(PAGE_U[0] / PAGE_U[1], width_px, page_u=PAGE_U, paper=paper)
    ripples(canvas, PAGE_U, random.Random(values.number), (waves,))
    words(canvas, values.bank, (60, 78), 46, color=WHITE)
    words(canvas, "借记卡", (632, 62), 34, color=WHITE)
    words(canvas, "DEBIT CARD", (632, 100), 24, face=Face.SANS, color=WHITE)
    canvas.fill(Box(70, 180, 116, 88), (214, 186, 120))
    groups = [values.number[i : i + 4] for i in range(0, len(values.number), 4)]
    words(canvas, " ".join(groups), (60, 322), 50, face=Face.OCR_B, color=WHITE, widest=740)
    words(canvas, "VALID", (250, 386), 19, face=Face.SANS, color=WHITE)
    words(canvas, "THRU", (250, 408), 19, face=Face.SANS, color=WHITE)
    if values.valid_thru is not None:
        words(canvas, values.valid_thru, (342, 398), 36, face=Face.MONO, color=WHITE)
    words(canvas, "ATM", (62, 398), 34, face=Face.SANS, color=WHITE)
    canvas.fill(Box(640, 420, 160, 92), WHITE)
    words(canvas, "UnionPay", (650, 446), 32, face=Face.SANS, color=(20, 60, 120))
    words(canvas, "银联", (676, 486), 38, color=(190, 30, 40))
    return canvas.finished((width_px, round(width_px * PAGE_U[1] / PAGE_U[0])))


def random_values(seed: int) -> BankCardValues:
    """Invent a card whose number has a valid check digit."""
    from stdnum import luhn

    rng = random.Random(seed)
    body = "62" + "".join(rng.choices("0123456789", k=rng.choice((13, 16))))
    valid = f"{rng.randrange(1, 13):02d}/{rng.randrange(24, 40)}" if rng.random() < 0.7 else None
    return BankCardValues(
        rng.choice(_BANKS), body + luhn.calc_check_digit(body), valid, rng.randrange(len(_PAPERS))
    )


def draw_sample(seed: int) -> tuple[Image, Labels]:
    """Draw a card of random values as a scanner sees it, 800 to 1100 px wide."""
    values = random_values(seed)
    width_px = random.Random(seed).randrange(800, 1101)
    return scanned(draw_card(values, width_px=width_px), seed), values.labels()


def main() -> None:
    """Write samples or the reference, as the command line asks."""
    sample_command("bank_card", draw_blank, draw_sample)


if __name__ == "__main__":
    main()
