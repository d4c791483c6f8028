"""The reference picture of a proposed template: the sample without its values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.authoring.printed import Printed, overlap, same_row
from docextract.template import Box
from docextract.types import Image

Mask = NDArray[np.bool_]

_LONGEST_STROKE = 3.0  # line heights: what is longer than letters is a ruling line
_SHORTEST_RULING = 24  # px
_INK = 18  # grey levels below the paper
_ROOM = (0.8, 5.0)  # how far values may run on: of their own width, and in line heights
_ABOVE = 0.35  # paper above and below a value, of its height
_LINED = 0.6  # share of a row or column that a ruling line covers
_LEAST = 0.4  # of a value's height: a box that low would cut its print
_GAP = 0.4  # paper left to the next print, of a value's height


class Sample:
    """A sample picture with its print and ruling lines, in whose px template units are."""

    def __init__(self, image: Image, lines: Sequence[Printed]) -> None:
        self.image, self._lines = image, lines
        heights = [line.box.height for line in lines]
        self._reach = max(_SHORTEST_RULING, round(_LONGEST_STROKE * float(np.median(heights))))
        self._across, self._down = _rulings(image, self._reach)

    def room(self, shown: Sequence[Printed], label: Printed | None) -> Box:
        """A generous box for a value: up to the next print, ruling line or page edge."""
        tight = Box.around(value.box for value in shown)
        height = self.image.shape[0]
        above = _ABOVE * tight.height
        top, bottom = max(0.0, tight.y - above), min(float(height), tight.y + tight.height + above)
        reach = min(_ROOM[0] * tight.width, _ROOM[1] * tight.height)
        gap = _GAP * tight.height
        left, right = tight.x - reach, tight.x + tight.width + reach
        value = Printed("", tight, ())
        for other in self._lines:
            if not same_row(other, value) or overlap(other, tight) > 0.1:
                continue
            if other.box.x >= tight.x + tight.width:
                right = min(right, other.box.x - gap)
            if other.right <= tight.x + gap:
                left = max(left, other.right + gap)
        if label is not None and same_row(label, value):
            left = max(left, min(label.right, tight.x))
        left, right = min(left, tight.x), max(right, tight.x + tight.width)
        left, right = self._between_rulings(tight, top, bottom, left, right)
        top, bottom = self._under_rulings(tight, top, bottom)
        return Box(left, top, right - left, bottom - top)

    def _under_rulings(self, tight: Box, top: float, bottom: float) -> tuple[float, float]:
        """The edges of a box, moved off the level ruling lines above and below its value."""
        columns = self._across[:, round(tight.x) : round(tight.x + tight.width) + 1]
        lined = np.flatnonzero(columns.mean(axis=1) > _LINED)
        middle = tight.y + tight.height / 2
        top = max(top, *(float(y) + 2 for y in lined[lined < middle][-1:]), 0.0)
        bottom = min(bottom, *(float(y) - 2 for y in lined[lined > middle][:1]), bottom)
        enough = bottom - top > _LEAST * tight.height
        return (top, bottom) if enough else (tight.y, tight.y + tight.height)

    def _between_rulings(
        self, tight: Box, top: float, bottom: float, left: float, right: float
    ) -> tuple[float, float]:
        """The ends of a box, moved off the upright ruling lines beside its value."""
        rows = self._down[round(top) : round(bottom)]
        lined = np.flatnonzero(rows.mean(axis=0) > _LINED) if rows.size else np.zeros(0, np.intp)
        before = lined[lined < tight.x + 1]
        after = lined[lined > tight.x + tight.width - 1]
        if len(before):
            left = max(left, float(before[-1]) + 3)
        if len(after):
            right = min(right, float(after[0]) - 3)
        left, right = max(0.0, left), min(float(self.image.shape[1]), right)
        return (left, right) if right - left > 2 else (tight.x, tight.x + tight.width)

    def blanked(self, boxes: Iterable[Box]) -> Image:
        """The picture with paper in the boxes; ruling lines that cross them stay."""
        return _painted(self.image, boxes, self._across | self._down)


def paint_out(image: Image, boxes: Sequence[Box]) -> Image:
    """A form's picture with paper in the boxes, in its px; ruling lines that cross them stay."""
    if not boxes:
        return image
    height = float(np.median([box.height for box in boxes]))
    across, down = _rulings(image, max(_SHORTEST_RULING, round(height)))
    return _painted(image, boxes, across | down)


def _painted(image: Image, boxes: Iterable[Box], kept: Mask) -> Image:
    blank = image.copy()
    for x, y, width, height in boxes:
        left, top = max(0, int(x)), max(0, int(y))
        part = blank[top : int(y + height) + 1, left : int(x + width) + 1]
        lines = kept[top : int(y + height) + 1, left : int(x + width) + 1]
        if part.size:
            light = part.mean(axis=2)
            part[~lines] = np.median(part[light >= np.percentile(light, 60)], axis=0)
    return blank


def _rulings(image: Image, reach: int) -> tuple[Mask, Mask]:
    """Where level and where upright ruling lines are."""
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    paper = cv2.medianBlur(cv2.dilate(gray, np.ones((9, 9), np.uint8)), 15)
    ink = (cv2.subtract(paper, gray) > _INK).astype(np.uint8)
    return _long(ink, (reach, 1)), _long(ink, (1, reach))


def _long(ink: NDArray[np.uint8], size: tuple[int, int]) -> Mask:
    opened = cv2.morphologyEx(ink, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, size))
    thick = cv2.dilate(opened, np.ones((3, 3), np.uint8))
    return np.asarray(thick > 0)
