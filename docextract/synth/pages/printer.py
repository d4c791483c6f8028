"""One printer: a typeface, an ink and a state of wear, with which all values of a form are set."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from docextract.synth._canvas import Color
from docextract.synth.lines.faces import FaceBook
from docextract.synth.lines.ink import EM_PX, Ink, Mask, set_line
from docextract.synth.lines.wear import worn

FIGURE_PX = 0.72 * EM_PX  # height of figures in ``Ink``
_INKS: tuple[Color, ...] = (
    (15, 15, 18), (15, 15, 18), (40, 40, 45), (70, 70, 74), (35, 40, 95), (50, 40, 110),
)  # fmt: skip
_NARROWEST = 0.75  # to which print is narrowed before it is made smaller


@dataclass(frozen=True)
class Printer:
    """Sets lines; the same printer sets all of them in its faces and with its wear."""

    faces: FaceBook
    seed: str
    color: Color
    size: float
    wear: float

    @classmethod
    def random(cls, faces: FaceBook, rng: Random, *, worn_share: float, wear: float) -> Printer:
        """A printer whose figures fill a share of 0.42 to 0.58 of their boxes' heights.

        Of ``worn_share`` of all, the ``wear`` (0 to 1) is such that so much of it shows.
        """
        return cls(
            faces,
            seed=str(rng.getrandbits(48)),
            color=rng.choice(_INKS),
            size=rng.uniform(0.42, 0.58),
            wear=wear if rng.random() < worn_share else 0.0,
        )

    def line(self, text: str, noise: np.random.Generator) -> Ink:
        """A line of ink; raises LineFontError for a character that no typeface has."""
        ink = set_line(text, self.faces.choose(text, Random(self.seed)), Random(self.seed))
        if self.wear:
            bad = worn(ink.mask, Random(self.seed), noise)
            mixed = cv2.addWeighted(bad, self.wear, ink.mask, 1 - self.wear, 0)
            ink = ink._replace(mask=np.asarray(mixed, np.uint8))
        return ink


def fitted(ink: Ink, figure_px: float, widest_px: float) -> Mask:
    """The ink's print, its figures ``figure_px`` high, made narrower and smaller to fit."""
    band = ink.mask[ink.top : ink.bottom]
    scale = figure_px / FIGURE_PX
    squeeze = min(1.0, widest_px / (band.shape[1] * scale))
    if squeeze < _NARROWEST:
        scale, squeeze = scale * squeeze / _NARROWEST, _NARROWEST
    return stretched(band, band.shape[1] * scale * squeeze, band.shape[0] * scale)


def stretched(mask: Mask, width_px: float, height_px: float) -> Mask:
    """The mask at another size."""
    size = (max(1, round(width_px)), max(1, round(height_px)))
    smaller = cv2.INTER_AREA if size[1] < mask.shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(mask, size, interpolation=smaller), np.uint8)
