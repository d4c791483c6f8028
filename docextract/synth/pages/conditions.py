"""How much a drawn page suffers: from its printer, on somebody's desk, and before the camera."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

import cv2
import numpy as np

from docextract.synth.lines.camera import grain, shaken
from docextract.synth.photo import photograph, scanned
from docextract.types import Image

_FOLDS = (0.33, 0.5, 0.67)  # where letters are folded, as a share of the page


class Conditions(NamedTuple):
    """Shares of pages, ranges of sizes, and what the camera does.

    ``wear`` is how much of a worn printer's faults shows. ``over_print`` says whether seals may
    lie over values. ``camera`` is the strength of a photograph, 0 for a scanner. ``width`` is the
    page's against the reference's, ``quality`` JPEG's.
    """

    worn: float
    wear: float
    sealed: float
    over_print: bool
    folded: float
    camera: float
    width: tuple[float, float]
    quality: tuple[int, int]


SCAN = Conditions(0.3, 0.6, 0.25, False, 0.0, 0.0, (1.0, 1.4), (80, 95))
PHOTO = Conditions(0.4, 0.7, 0.35, False, 0.3, 1.0, (1.0, 1.4), (60, 90))
HARD_PHOTO = Conditions(0.8, 1.0, 0.6, True, 0.6, 1.5, (0.85, 1.15), (35, 75))


def pictured(flat: Image, conditions: Conditions, rng: Random, noise: np.random.Generator) -> Image:
    """The flat page as a scanner or a camera takes it."""
    if rng.random() < conditions.folded:
        flat = folded(flat, conditions.camera, rng)
    if not conditions.camera:
        return scanned(flat, noise)
    picture, _ = photograph(flat, noise, strength=conditions.camera)
    soft = cv2.GaussianBlur(picture, (0, 0), 0.2 + conditions.camera * rng.uniform(0, 0.5))
    seen = np.asarray(soft, np.float32)
    if rng.random() < 0.15 * conditions.camera:
        seen = shaken(seen, rng)
    if rng.random() < 0.4:
        seen = seen + 0.4 * conditions.camera * grain(seen.shape, rng, noise)
    return np.clip(seen, 0, 255).astype(np.uint8)


def folded(flat: Image, strength: float, rng: Random) -> Image:
    """The page after it was folded once or twice: a worn line, and a shade on one side of it."""
    height, width = flat.shape[:2]
    shade = np.ones((height, width), np.float32)
    for _ in range(rng.randint(1, 2)):
        across = rng.random() < 0.5
        length = height if across else width
        at = rng.choice(_FOLDS) * length + rng.gauss(0, 0.01 * length)
        off = np.arange(length, dtype=np.float32) - at
        depth = strength * rng.uniform(0.05, 0.14)
        profile = 1 - depth * np.exp(-np.abs(off) / (0.08 * length)) * (off > 0)
        profile += strength * rng.uniform(0.03, 0.08) * (np.abs(off) < 1.5)
        shade *= profile[:, None] if across else profile[None]
    lit: Image = np.clip(flat * shade[..., None], 0, 255).astype(np.uint8)
    return lit
