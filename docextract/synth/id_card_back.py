"""The back of a resident identity card of China (居民身份证), drawn: its own print, and samples.

``python -m docextract.synth.id_card_back FOLDER --count 3 --seed 1`` writes pictures with their
labels; ``--blank`` writes the reference of the ``id_card_back`` template.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from docextract.synth._canvas import RED, Canvas, Color, Style
from docextract.synth._cards import ripples, scanned, words
from docextract.synth._fonts import Face
from docextract.synth._invoice_form import Box, Label
from docextract.synth._people import invented_names, random_person
from docextract.synth._samples import Labels, sample_command
from docextract.types import Image

PAGE_U = (856, 540)  # tenths of a millimetre
_PAPER: Color = (240, 236, 238)
_INK: Color = (40, 36, 40)
_WAVES: tuple[Color, ...] = ((226, 212, 222), (216, 226, 228), (232, 222, 212))
_YEARS = (5, 10, 20)
_FOR_GOOD = "长期"


@dataclass(frozen=True)
class BackValues:
    """Who issued a card, and from when to when it is valid; ``until`` may be "长期"."""

    issuer: str
    since: date
    until: str

    def labels(self) -> Labels:
        """The values by the template's field names."""
        return {
            "issuer": self.issuer,
            "valid_from": self.since.isoformat(),
            "valid_until": self.until,
        }


def draw_blank() -> Image:
    """Draw the card's own print, 856 x 540 px."""
    return _card(2 * PAGE_U[0]).finished(PAGE_U)


def draw_card(values: BackValues, *, width_px: int = 1000) -> Image:
    """Draw a card, flat and upright."""
    canvas = _card(width_px)
    words(canvas, values.issuer, (356, 411), 30)
    words(canvas, f"{values.since:%Y.%m.%d}-{values.until}", (356, 471), 30)
    return canvas.finished((width_px, round(width_px * PAGE_U[1] / PAGE_U[0])))


def _card(width_px: int) -> Canvas:
    canvas = Canvas(PAGE_U[0] / PAGE_U[1], width_px, page_u=PAGE_U, paper=_PAPER)
    ripples(canvas, PAGE_U, random.Random(5), _WAVES)
    canvas.disc(Box(52, 52, 132, 132), RED)  # in the place of the emblem
    canvas.oval(Box(46, 46, 144, 144), 5, (200, 150, 60))
    canvas.label(Label("中华人民共和国", 290, 740, 92), Style(Face.SONG, 52, _INK))
    canvas.label(Label("居民身份证", 300, 730, 188), Style(Face.SONG, 78, _INK))
    words(canvas, "签发机关", (214, 411), 30, color=_INK)
    words(canvas, "有效期限", (214, 471), 30, color=_INK)
    return canvas


def random_values(seed: int) -> BackValues:
    """Invent a card's back; raises MissingExtra without Faker."""
    rng = random.Random(seed)
    person = random_person(rng, invented_names(seed))
    since = date(2006, 1, 1) + timedelta(days=rng.randrange(6500))
    until = since.replace(day=min(since.day, 28), year=since.year + rng.choice(_YEARS))
    city, _, district = person.region.split("省")[-1].partition("市")
    lasts = _FOR_GOOD if rng.random() < 0.2 else f"{until:%Y.%m.%d}"
    issuer = f"{city}市公安局{district.removesuffix('区')}分局"
    return BackValues(issuer, since, lasts)


def draw_sample(seed: int) -> tuple[Image, Labels]:
    """Draw a card of random values as a scanner sees it, 800 to 1100 px wide."""
    values = random_values(seed)
    width_px = random.Random(seed).randrange(800, 1101)
    return scanned(draw_card(values, width_px=width_px), seed), values.labels()


def main() -> None:
    """Write samples or the reference, as the command line asks."""
    sample_command("id_card_back", draw_blank, draw_sample)


if __name__ == "__main__":
    main()
