"""A sheet of paper with a form on it, to print, draw and stamp on."""

from __future__ import annotations

from copy import copy
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.synth._canvas import Color
from docextract.synth.lines.ink import Mask
from docextract.template import Box
from docextract.types import Direction, Image

DARK_PAPER = 100.0  # grey level below which ink does not show
_WHITE = 235.0
_QUARTERS = {"right": 0, "up": -1, "down": 1, "vertical": 1}  # turns, counterclockwise

Pixels = TypeVar("Pixels", bound=np.generic)


def turned_picture(picture: NDArray[Pixels], direction: Direction) -> NDArray[Pixels]:
    """A view of a page on which print of a direction runs to the right, as in ``turned_box``."""
    return np.rot90(picture, _QUARTERS[direction])


def turned_box(box: Box, direction: Direction, page_u: tuple[float, float]) -> Box:
    """A box of a page as it lies when the page is turned so that print runs to the right."""
    turned = box.turned(direction)
    if direction == "right":
        return turned
    if direction == "up":
        return turned._replace(x=turned.x + page_u[1])
    return turned._replace(y=turned.y + page_u[0])


def turned_back(box: Box, direction: Direction, page_u: tuple[float, float]) -> Box:
    """The box of a page, ``page_u`` as it lies upright, whose ``turned_box`` this is."""
    if direction == "right":
        return box
    return turned_box(box, "down" if direction == "up" else "up", page_u[::-1])


class PaperSheet:
    """A form's picture at ``width_px``; boxes are in template units."""

    def __init__(self, form: Image, page_u: tuple[int, int], width_px: int) -> None:
        size = (width_px, round(form.shape[0] * width_px / form.shape[1]))
        larger = cv2.INTER_CUBIC if width_px > form.shape[1] else cv2.INTER_AREA
        self._image = np.asarray(cv2.resize(form, size, interpolation=larger), np.float32)
        self.page_u: tuple[float, float] = page_u
        self.sx, self.sy = size[0] / page_u[0], size[1] / page_u[1]

    def turned(self, direction: Direction) -> PaperSheet:
        """The same paper, turned so that print of a direction runs to the right."""
        if direction == "right":
            return self
        sheet = copy(self)
        sheet._image = turned_picture(self._image, direction)
        sheet.page_u = self.page_u[::-1]
        sheet.sx, sheet.sy = self.sy, self.sx
        return sheet

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self._image.shape[1], self._image.shape[0]

    def finished(self) -> Image:
        """The picture, BGR uint8."""
        return np.clip(self._image, 0, 255).astype(np.uint8)

    def ink(self, mask: Mask, left_px: float, top_px: float, color: Color) -> None:
        """Print a mask (0 paper to 255 ink) in a colour (RGB); what lies beyond is cut off.

        Dark paper is printed on in a white that covers.
        """
        part, (rows, columns) = self._part(left_px, top_px, mask.shape[:2])
        share = mask[rows, columns, None].astype(np.float32) / 255
        if part.size and float(np.median(part)) < DARK_PAPER:
            part += share * (_WHITE - part)
        else:
            part *= 1 - share * (1 - np.array(color[::-1], np.float32) / 255)

    def layer(self, picture: Image, left_px: float, top_px: float) -> None:
        """Lay a picture (BGR, white is clear) over the sheet."""
        part, (rows, columns) = self._part(left_px, top_px, picture.shape[:2])
        part *= picture[rows, columns].astype(np.float32) / 255

    def to_px(self, box: Box) -> tuple[float, float, float, float]:
        """A box's left, top, width and height in px."""
        return box.x * self.sx, box.y * self.sy, box.width * self.sx, box.height * self.sy

    def _part(
        self, left_px: float, top_px: float, shape: tuple[int, ...]
    ) -> tuple[NDArray[np.float32], tuple[slice, slice]]:
        """The sheet under a picture, and which part of the picture lies on the sheet."""
        x, y = round(left_px), round(top_px)
        height, width = self._image.shape[:2]
        right, bottom = min(width, x + shape[1]), min(height, y + shape[0])
        left, top = max(0, x), max(0, y)
        right, bottom = max(left, right), max(top, bottom)
        inside = slice(top - y, bottom - y), slice(left - x, right - x)
        return self._image[top:bottom, left:right], inside
