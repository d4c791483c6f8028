"""What drawn cards and certificates have in common: tinted paper, words, portraits, scans."""

from __future__ import annotations

import random
from collections.abc import Sequence

import cv2
import numpy as np

from docextract.synth._canvas import BLACK, Canvas, Color, Style
from docextract.synth._fonts import Face
from docextract.synth._invoice_form import Box, Slot
from docextract.types import Image

_SHADES: tuple[Color, ...] = ((52, 44, 46), (70, 58, 50), (40, 52, 72), (92, 70, 66))
_SKIN: tuple[Color, ...] = ((222, 186, 160), (205, 166, 140), (232, 200, 178))


def ripples(
    canvas: Canvas, area_u: tuple[float, float], rng: random.Random, inks: Sequence[Color]
) -> None:
    """Pale ovals all over the area from the upper left corner, (width, height)."""
    for _ in range(14):
        x, y = rng.uniform(0, area_u[0]), rng.uniform(0, area_u[1])
        size = rng.uniform(80, 300)
        canvas.oval(Box(x - size, y - size / 2, 2 * size, size), 1.2, rng.choice(inks))


def words(
    canvas: Canvas,
    text: str,
    at: tuple[float, float],
    em: float,
    *,
    face: Face = Face.HEI,
    color: Color = BLACK,
    widest: float = 900,
) -> None:
    """Write a text from its left end's middle; Latin letters and figures in the same face."""
    style = Style(face, em, color)
    canvas.write([(char, style) for char in text], Slot(at[0], at[1], widest=widest))


def wrapped(text: str, widest: float) -> list[str]:
    """A text broken into lines of at most ``widest`` ems; Latin letters and figures are half one.

    >>> wrapped("人民东路36号", 4)
    ['人民东路', '36号']
    """
    lines, used = [""], 0.0
    for char in text:
        wide = 0.56 if char.isascii() else 1.0
        if used + wide > widest:
            lines.append("")
            used = 0.0
        lines[-1] += char
        used += wide
    return lines


def silhouette(canvas: Canvas, box: Box, rng: random.Random, backdrop: Color) -> None:
    """A head and shoulders without a face."""
    canvas.fill(box, backdrop)
    x, y, width, height = box
    clothes, hair, skin = rng.choice(_SHADES), rng.choice(_SHADES), rng.choice(_SKIN)
    canvas.disc(Box(x + 0.08 * width, y + 0.66 * height, 0.84 * width, 0.5 * height), clothes)
    canvas.fill(Box(x + 0.4 * width, y + 0.55 * height, 0.2 * width, 0.18 * height), skin)
    canvas.disc(Box(x + 0.25 * width, y + 0.12 * height, 0.5 * width, 0.5 * height), hair)
    canvas.disc(Box(x + 0.29 * width, y + 0.2 * height, 0.42 * width, 0.45 * height), skin)


def scanned(flat: Image, seed: int, paper: Color = (255, 255, 255)) -> Image:
    """A flat picture as a scanner sees it: a little askew on white, softened and grainy."""
    noise = np.random.default_rng(seed)
    height, width = flat.shape[:2]
    turned = cv2.getRotationMatrix2D((width / 2, height / 2), noise.uniform(-1.2, 1.2), 0.94)
    scan = cv2.warpAffine(flat, turned, (width, height), borderValue=paper)
    soft = cv2.GaussianBlur(scan, (0, 0), 0.6).astype(np.float32)
    grain = cv2.GaussianBlur(noise.normal(0, 3, (height, width)), (0, 0), 0.7)
    return np.asarray(np.clip(soft * 0.96 + grain[..., None], 0, 255), np.uint8)
