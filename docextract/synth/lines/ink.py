"""Text as a mask of ink: glyph by glyph, with a printer's own spacing and wear."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pil
from PIL import ImageDraw, ImageFont

from docextract.synth.lines.faces import LineFace

Mask: TypeAlias = NDArray[np.uint8]  # (H, W), 0 paper to 255 ink
EM_PX = 44
BASELINE_PX, _HEIGHT_PX = 44, 62  # in every glyph's cell; room for descenders and capitals


class Ink(NamedTuple):
    """A line of ink and the rows [top, bottom) that its print fills."""

    mask: Mask
    top: int
    bottom: int


class _Glyph(NamedTuple):
    mask: Mask  # (_HEIGHT_PX, w)
    left: int  # from the pen to the mask's first column
    advance: float


def set_line(text: str, faces: Sequence[LineFace], rng: Random) -> Ink:
    """Set a line, each character in its face, with a random spacing and width of its own."""
    glyphs = [_glyph(face, char) for face, char in zip(faces, text, strict=True)]
    if rng.random() < 0.3 and any(map(_is_figure, text)):
        share, lift = rng.uniform(0.5, 0.85), rng.choice((0.0, 0.0, 0.5))
        glyphs = [
            glyph if char.isascii() else _smaller(glyph, share, lift)
            for glyph, char in zip(glyphs, text, strict=True)
        ]
    loose = rng.random() < 0.06
    tracking = rng.gauss(0.5, 1.5) if rng.random() < 0.7 else rng.uniform(-2, 14)
    blank = rng.uniform(0.75, 1.6)
    pitch = max(g.advance for g in glyphs) if rng.random() < 0.12 and text.isascii() else None
    pens, pen = [], 4.0
    for char, glyph in zip(text, glyphs, strict=True):
        step = pitch or glyph.advance
        pens.append(pen + glyph.left + (step - glyph.advance) / 2)
        pen += max(step * (blank if char == " " else 1.0) + tracking, 6.0)
        if loose and rng.random() < 0.3:
            pen += EM_PX * rng.uniform(0.1, 0.4)
    mask = np.zeros((_HEIGHT_PX, int(pen) + 24), np.uint8)
    jitter = rng.uniform(0, 1.3) if rng.random() < 0.1 else 0.0
    for glyph, x in zip(glyphs, pens, strict=True):
        down = round(rng.gauss(0, jitter)) if jitter else 0
        _put(mask, glyph.mask, max(0, round(x)), down)
    stretch = rng.uniform(0.72, 1.2) if rng.random() < 0.4 else 1.0
    if stretch != 1.0:
        size = (max(4, round(mask.shape[1] * stretch)), _HEIGHT_PX)
        mask = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)
    return trimmed(mask)


def _is_figure(char: str) -> bool:
    return char in "0123456789"


def _smaller(glyph: _Glyph, share: float, lift: float) -> _Glyph:
    """The glyph at a ``share`` of its size, as units stand beside figures: 2016年08月.

    ``lift`` is where it stands between the base line (0) and the figures' tops (1).
    """
    height, width = glyph.mask.shape
    size = (max(1, round(width * share)), max(1, round(height * share)))
    small = np.asarray(cv2.resize(glyph.mask, size, interpolation=cv2.INTER_AREA), np.uint8)
    mask = np.zeros((height, size[0]), np.uint8)
    up = lift * (1 - share) * 0.72 * EM_PX
    top = max(0, min(height - size[1], round(BASELINE_PX * (1 - share) - up)))
    mask[top : top + size[1]] = small
    return _Glyph(mask, round(glyph.left * share), glyph.advance * share)


def trimmed(mask: Mask) -> Ink:
    """The mask without its empty columns; the rows stay."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return Ink(mask[:, :8], 10, 40)
    cut = mask[:, columns[0] : columns[-1] + 1]
    return Ink(cut, int(rows[0]), int(rows[-1]) + 1)


def _put(mask: Mask, glyph: Mask, x: int, down: int) -> None:
    if down:
        glyph = np.roll(glyph, down, axis=0)
    width = min(glyph.shape[1], mask.shape[1] - x)
    if width > 0:
        part = mask[:, x : x + width]
        np.maximum(part, glyph[:, :width], out=part)


@lru_cache(maxsize=40000)
def _glyph(face: LineFace, char: str) -> _Glyph:
    font = _font(face)
    left, _, right, _ = font.getbbox(char, anchor="ls")
    width = max(1, int(right - left) + 2)
    cell = Pil.new("L", (width, _HEIGHT_PX))
    ImageDraw.Draw(cell).text((1 - left, BASELINE_PX), char, font=font, fill=255, anchor="ls")
    return _Glyph(np.asarray(cell), int(left) - 1, font.getlength(char))


@lru_cache(maxsize=512)
def _font(face: LineFace) -> ImageFont.FreeTypeFont:
    """The face at the em that makes its figures as high as those of any other."""
    font = ImageFont.truetype(str(face.path), EM_PX, index=face.index)
    _, top, _, bottom = font.getbbox("08", anchor="ls")
    wanted = EM_PX * 0.72
    em = min(EM_PX * wanted / max(bottom - top, 1), EM_PX * 1.35)
    return ImageFont.truetype(str(face.path), round(em), index=face.index)
