"""The front of a resident identity card of China (居民身份证), drawn: its own print, and samples.

``python -m docextract.synth.id_card_front FOLDER --count 3 --seed 1`` writes pictures with their
labels; ``--blank`` writes the reference of the ``id_card_front`` template.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from docextract.synth._canvas import Canvas, Color
from docextract.synth._cards import ripples, scanned, silhouette, words, wrapped
from docextract.synth._fonts import Face
from docextract.synth._invoice_form import Box
from docextract.synth._people import Person, invented_names, random_person
from docextract.synth._samples import Labels, sample_command
from docextract.types import Image

PAGE_U = (856, 540)  # tenths of a millimetre
_PAPER: Color = (232, 240, 242)
_LABEL: Color = (60, 120, 165)
_WAVES: tuple[Color, ...] = ((206, 222, 230), (226, 214, 222), (214, 228, 220))
_PORTRAIT = Box(545, 70, 250, 320)
_LINE = 11  # ems of the address a line
_ADDRESS_Y = (286.0, 331.0, 376.0)
_ETHNICITIES = ("汉", "汉", "汉", "汉", "满", "回", "壮", "苗", "土家", "蒙古")
_LABELS = (
    ("姓名", 62, 84), ("性别", 62, 151), ("民族", 262, 151), ("出生", 62, 217), ("年", 250, 217),
    ("月", 340, 217), ("日", 428, 217), ("住址", 62, 286), ("公民身份号码", 62, 478),
)  # fmt: skip


@dataclass(frozen=True)
class CardValues:
    """Whose card it is."""

    person: Person
    ethnicity: str

    def labels(self) -> Labels:
        """The values by the template's field names."""
        person = self.person
        return {
            "name": person.name,
            "sex": _sex(person),
            "ethnicity": self.ethnicity,
            "birth": person.born.isoformat(),
            "address": person.address,
            "id_number": person.number,
            "photo": "true",
        }


def draw_blank() -> Image:
    """Draw the card's own print, 856 x 540 px."""
    return _card(2 * PAGE_U[0]).finished(PAGE_U)


def draw_card(values: CardValues, *, width_px: int = 1000) -> Image:
    """Draw a card, flat and upright."""
    canvas, person = _card(width_px), values.person
    words(canvas, person.name, (150, 84), 40)
    words(canvas, _sex(person), (150, 151), 32)
    words(canvas, values.ethnicity, (348, 151), 32)
    words(canvas, f"{person.born.year}", (150, 217), 32)
    words(canvas, f"{person.born.month}", (303, 217), 32)
    words(canvas, f"{person.born.day}", (385, 217), 32)
    for line, y in zip(wrapped(person.address, _LINE), _ADDRESS_Y, strict=False):
        words(canvas, line, (150, y), 33)
    words(canvas, person.number, (292, 478), 41, face=Face.OCR_B)
    silhouette(canvas, _PORTRAIT, random.Random(person.number), (226, 236, 242))
    return canvas.finished((width_px, round(width_px * PAGE_U[1] / PAGE_U[0])))


def _card(width_px: int) -> Canvas:
    canvas = Canvas(PAGE_U[0] / PAGE_U[1], width_px, page_u=PAGE_U, paper=_PAPER)
    ripples(canvas, PAGE_U, random.Random(2), _WAVES)
    for text, x, y in _LABELS:
        words(canvas, text, (x, y), 29, color=_LABEL)
    return canvas


def _sex(person: Person) -> str:
    return "男" if person.male else "女"


def random_values(seed: int) -> CardValues:
    """Invent a card; raises MissingExtra without Faker."""
    rng = random.Random(seed)
    return CardValues(random_person(rng, invented_names(seed)), rng.choice(_ETHNICITIES))


def draw_sample(seed: int) -> tuple[Image, Labels]:
    """Draw a card of random values as a scanner sees it, 800 to 1100 px wide."""
    values = random_values(seed)
    width_px = random.Random(seed).randrange(800, 1101)
    return scanned(draw_card(values, width_px=width_px), seed), values.labels()


def main() -> None:
    """Write samples or the reference, as the command line asks."""
    sample_command("id_card_front", draw_blank, draw_sample)


if __name__ == "__main__":
    main()
