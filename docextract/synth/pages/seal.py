"""Red company seals, as they are stamped on filled forms."""

from __future__ import annotations

from random import Random

from docextract.synth._canvas import Canvas, Color, Style
from docextract.synth._fonts import Face
from docextract.synth._invoice_form import Box, Label
from docextract.types import Image

_REDS: tuple[Color, ...] = ((225, 60, 65), (235, 90, 95), (215, 50, 80))
_WORDS = ("发票专用章", "财务专用章", "合同专用章", "业务专用章")


def seal_picture(company: str, width_px: int, rng: Random) -> Image:
    """An oval or round seal on white, with a company's name around its words.

    Raises FontError without the typeface.
    """
    height = rng.choice((1.0, 1.0, 0.68))
    red = rng.choice(_REDS)
    canvas = Canvas(1 / height, width_px, page_u=(440, 440 * height))
    whole = Box(0, 0, 440, 440 * height).inset(8)
    canvas.oval(whole, 10, red)
    around = whole.inset(42)
    canvas.arc(company[:16], around, (-190, 10), Style(Face.SONG, 42, red))
    words = rng.choice(_WORDS)
    x, y = whole.centre
    half = 20.0 * len(words)
    canvas.label(Label(words, x - half, x + half, y + 40 * height), Style(Face.SONG, 40, red))
    return canvas.finished((width_px, round(width_px * height)))
