"""Seeded line pictures with their true texts: the same seed and number give the same line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

import numpy as np

from docextract.errors import UnknownName
from docextract.synth.lines.camera import Gray, photographed
from docextract.synth.lines.faces import FaceBook
from docextract.synth.lines.ink import Ink, set_line
from docextract.synth.lines.surroundings import surrounded
from docextract.synth.lines.texts import kind_table, make_text, text_kinds
from docextract.synth.lines.wear import worn

_BLOCK = 64  # lines drawn from one seed; neighbours of a line come from its block
_NEIGHBOURS = 8


@dataclass(frozen=True, slots=True, eq=False)
class DrawnLine:
    """A line picture in gray (H, W), the text that is printed on it, and its kind."""

    image: Gray
    text: str
    kind: str


class LineGenerator:
    """Draws lines of a mix of text kinds; ``mix`` maps kinds to weights, None: the default.

    ``packages`` limits the typefaces to those of some Debian packages. Raises UnknownName for a
    kind that does not exist. The lines depend on the typefaces that are installed.
    """

    def __init__(
        self,
        seed: int,
        *,
        mix: Mapping[str, float] | None = None,
        packages: tuple[str, ...] | None = None,
    ) -> None:
        shares = dict(kind_table()) if mix is None else dict(mix)
        for kind in shares:
            if kind not in text_kinds():
                raise UnknownName("kind of text", kind, text_kinds())
        self._kinds, self._weights = list(shares), list(shares.values())
        self._seed, self._faces = seed, FaceBook(packages)

    def lines(self, first_block: int = 0, step: int = 1) -> Iterator[DrawnLine]:
        """Draw lines without end; ``step`` parallel streams start at blocks 0 to ``step - 1``."""
        block = first_block
        while True:
            yield from self._block(block)
            block += step

    def _block(self, number: int) -> Iterator[DrawnLine]:
        rng = Random(f"{self._seed}/{number}")
        noise = np.random.default_rng(rng.getrandbits(64))
        near: list[Ink] = []
        for _ in range(_BLOCK):
            kind = rng.choices(self._kinds, self._weights)[0]
            text = make_text(kind, rng).strip()
            if not text:
                continue
            ink = set_line(text, self._faces.choose(text, rng), rng)
            image = _pictured(ink, rng, noise, near)
            near = [*near[-_NEIGHBOURS:], ink]
            yield DrawnLine(image, text, kind)


def _pictured(ink: Ink, rng: Random, noise: np.random.Generator, near: list[Ink]) -> Gray:
    tall = ink.bottom - ink.top
    sheet = surrounded(ink._replace(mask=worn(ink.mask, rng, noise)), _pads(tall, rng), rng, near)
    print_px = 10 ** rng.uniform(1.0, 1.62)  # 10 to 42 px high
    return photographed(sheet, print_px / max(tall, 20), rng, noise)


def _pads(tall: int, rng: Random) -> tuple[int, int, int, int]:
    """Paper above, below, left and right, in shares of the print's height.

    Tight boxes are as frequent as loose ones; some cut a little print off.
    """
    if rng.random() < 0.45:
        above, below = rng.uniform(-0.06, 0.15), rng.uniform(-0.06, 0.15)
        left, right = rng.uniform(-0.03, 0.25), rng.uniform(-0.03, 0.25)
    else:
        above, below = rng.uniform(0, 0.6), rng.uniform(0, 0.6)
        left, right = rng.uniform(0, 1) ** 1.5, rng.uniform(0, 1) ** 1.5
    return round(above * tall), round(below * tall), round(left * tall), round(right * tall)
