"""A page drawn in template units, several times too large, and then made smaller."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pil
from PIL import ImageChops, ImageDraw

from docextract.synth._fonts import Face, load_font
from docextract.synth._invoice_form import PAGE_U, Box, Label, Ruling, Slot
from docextract.types import Image

Color = tuple[int, int, int]  # RGB
BROWN: Color = (150, 80, 40)
BLACK: Color = (0, 0, 0)
RED: Color = (235, 20, 25)
WHITE: Color = (255, 255, 255)
_OVERSAMPLE = 3


class Style(NamedTuple):
    """How characters look: typeface, em in template units, colour."""

    face: Face
    em: float
    color: Color = BLACK


class Canvas:
    """A white page of ``width_px``, drawn at three times that; x and y scale on their own.

    Heights of letters and widths of lines scale as x does, so type keeps its shape.
    """

    def __init__(
        self,
        aspect: float,
        width_px: int,
        *,
        page_u: tuple[float, float] = PAGE_U,
        paper: Color = WHITE,
    ) -> None:
        width, height = width_px * _OVERSAMPLE, round(width_px * _OVERSAMPLE / aspect)
        self._sx, self._sy = width / page_u[0], height / page_u[1]
        self._image = Pil.new("RGB", (width, height), paper)
        self._draw = ImageDraw.Draw(self._image)

    def finished(self, size_px: tuple[int, int]) -> Image:
        """Return the page at ``size_px``, each pixel the mean of what it covers."""
        small = self._image.resize(size_px, Pil.Resampling.BOX)
        return np.ascontiguousarray(np.asarray(small)[:, :, ::-1])

    def line(self, ruling: Ruling, width: float, color: Color) -> None:
        """Draw an upright or level line of ``width`` about its centre line, with square ends."""
        x0, y0, x1, y1 = ruling
        half = width / 2 * self._sx
        left, right = round(x0 * self._sx - half), round(x1 * self._sx + half) - 1
        top, bottom = round(y0 * self._sy - half), round(y1 * self._sy + half) - 1
        self._draw.rectangle((left, top, right, bottom), fill=color)

    def label(self, label: Label, style: Style) -> None:
        """Draw a label, each character centred on its place."""
        text, x0, x1, y = label
        step = (x1 - x0) / max(len(text) - 1, 1)
        for i, char in enumerate(text):
            self._char(char, style, (x0 + i * step, y), "ms")

    def write(self, text: Sequence[tuple[str, Style]], slot: Slot) -> None:
        """Write a value from its slot's left end or up to its right end, shrunk to fit."""
        advances = [load_font(s.face, 200).getlength(char) / 200 * s.em for char, s in text]
        shrink = min(1.0, slot.widest / max(sum(advances), 1))
        x = slot.x - sum(advances) * shrink if slot.align == "right" else slot.x
        for (char, style), advance in zip(text, advances, strict=True):
            self._char(char, style._replace(em=style.em * shrink), (x, slot.y), "ls")
            x += advance * shrink

    def fill(self, box: Box, color: Color) -> None:
        """Fill a rectangle."""
        left, top, right, bottom = (round(v) for v in self._corners(box))
        self._draw.rectangle((left, top, right - 1, bottom - 1), fill=color)

    def dots(self, text: str, slot: Slot, style: Style, *, rows: int) -> None:
        """Write as a needle printer does: every character as dots, ``rows`` of them an em."""
        x = slot.x - sum(self._advance(char, style) for char in text)
        for char in text:
            self._dotted(char, style, (x, slot.y), rows)
            x += self._advance(char, style)

    def _advance(self, char: str, style: Style) -> float:
        return style.em * (0.62 if char.isascii() or char == "¥" else 1.0)

    def _dotted(self, char: str, style: Style, at: tuple[float, float], rows: int) -> None:
        """One character, its left edge's middle at ``at``."""
        face = style.face if char.isascii() or char == "¥" else Face.SONG
        cell = Pil.new("L", (rows + 2, rows + 2))
        foot = (1 + rows / 2 + _baseline(face) * rows) * 1.0
        ImageDraw.Draw(cell).text(
            (0, foot), char, font=load_font(face, rows), fill=255, anchor="ls"
        )
        step = style.em / rows
        needle = 0.52 * step * self._sx
        for row, column in np.argwhere(np.asarray(cell) > 110):
            x = (at[0] + (column + 0.5) * step) * self._sx
            y = (at[1] + (row - rows / 2 - 0.5) * step) * self._sy
            self._draw.ellipse((x - needle, y - needle, x + needle, y + needle), fill=style.color)

    def arc(self, text: str, box: Box, degrees: tuple[float, float], style: Style) -> None:
        """Draw ``text`` along the ellipse in ``box``, from one angle to the other.

        Angles grow clockwise from the right. Text that runs clockwise has its feet towards the
        centre; text that runs the other way has its head there.
        """
        first, last = degrees
        upright = 90 if last > first else -90
        step = (last - first) / max(len(text) - 1, 1)
        for i, char in enumerate(text):
            angle = math.radians(first + i * step)
            across, down = math.cos(angle), math.sin(angle)
            x, y = box.centre[0] + box.width / 2 * across, box.centre[1] + box.height / 2 * down
            normal = math.degrees(math.atan2(down / box.height, across / box.width))
            self._turned_char(char, style, (x, y), -normal - upright)

    def oval(self, box: Box, width: float, color: Color) -> None:
        """Draw an ellipse inside ``box``."""
        self._draw.ellipse(self._corners(box), outline=color, width=round(width * self._sx))

    def disc(self, box: Box, color: Color) -> None:
        """Fill the ellipse inside ``box``."""
        self._draw.ellipse(self._corners(box), fill=color)

    def circled_times(self, x: float, y: float, radius: float, color: Color) -> None:
        """Draw the ⊗ that goes before an amount in capitals."""
        cx, cy, r = x * self._sx, y * self._sy, radius * self._sx
        width, arm = round(3.6 * self._sx), r * 0.5
        self._draw.ellipse((cx - r, cy - r, cx + r, cy + r), outline=color, width=width)
        self._draw.line((cx - arm, cy - arm, cx + arm, cy + arm), fill=color, width=width)
        self._draw.line((cx - arm, cy + arm, cx + arm, cy - arm), fill=color, width=width)

    def stroke(self, points: Sequence[tuple[float, float]], width: float, color: Color) -> None:
        """Draw a pen's stroke through ``points``; ink darkens the print below and hides none."""
        half = width / 2 * self._sx
        path = [(x * self._sx, y * self._sy) for x, y in points]
        left, top = (math.floor(min(v) - half) for v in zip(*path, strict=True))
        right, bottom = (math.ceil(max(v) + half) for v in zip(*path, strict=True))
        mask = Pil.new("L", (right - left + 1, bottom - top + 1))
        pen = ImageDraw.Draw(mask)
        shifted = [(x - left, y - top) for x, y in path]
        pen.line(shifted, fill=255, width=max(1, round(2 * half)), joint="curve")
        for x, y in (shifted[0], shifted[-1]):
            pen.ellipse((x - half, y - half, x + half, y + half), fill=255)
        below = self._image.crop((left, top, right + 1, bottom + 1))
        inked = ImageChops.multiply(below, Pil.new("RGB", below.size, color))
        self._image.paste(inked, (left, top), mask)

    def picture(self, gray: NDArray[np.uint8], box: Box) -> None:
        """Put a small gray picture into ``box``, its pixels kept square-edged."""
        left, top, right, bottom = (round(v) for v in self._corners(box))
        size = (right - left, bottom - top)
        self._image.paste(Pil.fromarray(gray).resize(size, Pil.Resampling.NEAREST), (left, top))

    def _corners(self, box: Box) -> tuple[float, float, float, float]:
        right, bottom = box.x + box.width, box.y + box.height
        return box.x * self._sx, box.y * self._sy, right * self._sx, bottom * self._sy

    def _char(self, char: str, style: Style, at: tuple[float, float], anchor: str) -> None:
        face, em, color = style
        x, y = at[0] * self._sx, at[1] * self._sy + _baseline(face) * em * self._sx
        font = load_font(face, round(em * self._sx))
        self._draw.text((x, y), char, font=font, fill=color, anchor=anchor)

    def _turned_char(
        self, char: str, style: Style, centre: tuple[float, float], degrees: float
    ) -> None:
        """Draw one character turned counter-clockwise about its centre."""
        em_px = round(style.em * self._sx)
        font, foot = load_font(style.face, em_px), em_px * (1 + _baseline(style.face))
        cell = Pil.new("L", (2 * em_px, 2 * em_px))
        ImageDraw.Draw(cell).text((em_px, foot), char, font=font, fill=255, anchor="ms")
        turned = cell.rotate(degrees, Pil.Resampling.BICUBIC)
        corner = (round(centre[0] * self._sx) - em_px, round(centre[1] * self._sy) - em_px)
        self._image.paste(Pil.new("RGB", cell.size, style.color), corner, turned)


@cache
def _baseline(face: Face) -> float:
    """How far below a line's middle its baseline lies, in ems."""
    sample = "国" if face in (Face.KAI, Face.SONG, Face.HEI) else "0"
    _, top, _, bottom = load_font(face, 200).getbbox(sample, anchor="ls")
    return -(top + bottom) / 2 / 200
