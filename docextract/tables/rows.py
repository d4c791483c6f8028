"""The rows of a table, found in a flat picture of it by its ruling lines and its print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.types import Image

Mask = NDArray[np.uint8]  # (H, W), 1 where there is ink

_PAPER_PX = 41  # ink is what is darker than the lightest this near
_FAINTEST = 14.0  # grey levels below the paper: less is noise
_SHARE_OF_DARKEST = 0.2  # rulings may be darker than print
_ACROSS = 0.5  # share of a table's width that makes ink a ruling line
_PIECE = 1 / 12  # of the width: pieces of a ruling line are at least so long
_UPRIGHT = 1 / 4  # of the height: upright ones without any across
_OF_ROW = 0.9  # of the lowest row's height: pieces of upright ones are at least so long
_LEAST_ROW_PX = 10
_LEAST_PIECE_PX = 60
_LOW = 0.4  # of a usual line's height: less is a speck, or a part of a character
_WITHIN = 0.3  # of a usual line's height: a gap inside a line is smaller
_ONE_LINE = 1.3  # of a usual line's height, up to which parts of characters make one line
_TWO_LINES = 1.7  # of a usual line's height, from which print is several lines that touch
_EQUAL = 0.8  # of the widest gap between lines: such gaps are as wide
_DOTS = 2  # px of ink in a row of pixels: fewer are dirt


class Column(NamedTuple):
    """A column in px: its edges, how many lines its cells have, and whether they may be blank."""

    left: float
    right: float
    lines: int = 1
    nullable: bool = False


class Line(NamedTuple):
    """A line of print in px: its edges."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """Half way down."""
        return (self.top + self.bottom) / 2


class Row(NamedTuple):
    """A row's edges in px, and each column's lines of print in it, from the top."""

    top: float
    bottom: float
    cells: tuple[tuple[Line, ...], ...]


@dataclass(frozen=True, eq=False)
class TablePrint:
    """What is on a flat picture of a table: ruling lines (their middles), and lines by column."""

    height: int
    columns: tuple[Column, ...]
    rulings: tuple[float, ...]
    lines: tuple[tuple[Line, ...], ...]

    @classmethod
    def of(cls, image: Image, columns: Sequence[Column]) -> TablePrint:
        """Look at a BGR picture of the rows, from below the heading to where they may reach."""
        ink = _ink(image)
        rulings, ink = _without_rulings(ink)
        profiles = [_runs(_part(ink, column).sum(axis=1) >= _DOTS) for column in columns]
        heights = [bottom - top for runs in profiles for top, bottom in runs]
        usual = float(np.percentile(heights, 75)) if heights else 0.0
        lines = tuple(
            tuple(_tight(ink, column, band) for band in _bands(runs, usual, column.lines))
            for column, runs in zip(columns, profiles, strict=True)
        )
        return cls(image.shape[0], tuple(columns), rulings, lines)

    def print_lines(self) -> list[Line]:
        """The lines of print across all columns, from the top."""
        return _across([line for lines in self.lines for line in lines])

    def above(self, bottom: float) -> TablePrint:
        """The same table, ended at ``bottom``."""
        kept = tuple(tuple(li for li in lines if li.middle < bottom) for lines in self.lines)
        rulings = tuple(y for y in self.rulings if y < bottom)
        return TablePrint(round(bottom), self.columns, rulings, kept)

    def rows(self) -> list[Row]:
        """The rows, from the top.

        A row begins at each line of print in the columns that have one line and are never blank
        (of all that are never blank, if none has one line). Between two ruling lines with one such
        line, all print is its row's; otherwise rows part where the white between lines is widest,
        or just above the next one's first line where all of it is as wide.
        """
        never_blank = [i for i, c in enumerate(self.columns) if not c.nullable]
        telling = [i for i in never_blank if self.columns[i].lines == 1] or never_blank
        starts = _across([line for i in telling for line in self.lines[i]])
        edges = [0.0, *self.rulings, float(self.height)]
        across = self.print_lines()
        found: list[Row] = []
        for top, bottom in pairwise(edges):
            mine = [start for start in starts if top < start.middle < bottom]
            parts = (_parting(one, other, across) for one, other in pairwise(mine))
            cuts = [top, *parts, bottom] if mine else []
            found += [self._row(above, below) for above, below in pairwise(cuts)]
        return [row for row in found if any(row.cells)]

    def _row(self, top: float, bottom: float) -> Row:
        cells = tuple(
            tuple(line for line in lines if top < line.middle < bottom)[: column.lines]
            for column, lines in zip(self.columns, self.lines, strict=True)
        )
        return Row(top, bottom, cells)


def _parting(one: Line, other: Line, across: Sequence[Line]) -> float:
    """Where two rows part that begin with these lines, among all lines ``across`` the table."""
    between = [li for li in across if one.top < li.middle < other.bottom]
    gaps = [(below.top - above.bottom, above, below) for above, below in pairwise(between)]
    if not gaps:
        return (one.bottom + other.top) / 2
    widest = max(gap for gap, _, _ in gaps)
    _, above, below = [found for found in gaps if found[0] >= min(_EQUAL * widest, widest)][-1]
    return (above.bottom + below.top) / 2


def _ink(image: Image) -> Mask:
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    paper = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, np.ones((_PAPER_PX, _PAPER_PX), np.uint8))
    darkness = cv2.blur(cv2.subtract(paper, gray), (3, 3))
    threshold = max(_FAINTEST, _SHARE_OF_DARKEST * float(np.percentile(darkness, 99.5)))
    return np.asarray(darkness > threshold, np.uint8)


def _without_rulings(ink: Mask) -> tuple[tuple[float, ...], Mask]:
    """The middles of the ruling lines across, and the ink without any ruling lines."""
    height, width = ink.shape
    long = max(_LEAST_PIECE_PX, round(_PIECE * width))
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, long), np.uint8))
    # A line that is not quite level goes over from one row of pixels to the next.
    thick = cv2.dilate(across, np.ones((3, 1), np.uint8))
    runs = _runs(thick.mean(axis=1) > _ACROSS)
    rulings = tuple((top + bottom) / 2 for top, bottom in runs)
    gaps = [below - above for above, below in pairwise(rulings) if below - above > _LEAST_ROW_PX]
    high = round(min((_OF_ROW * gap for gap in gaps), default=_UPRIGHT * height))
    upright = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((max(high, 1), 1), np.uint8))
    drawn = cv2.dilate(cv2.bitwise_or(across, upright), np.ones((3, 3), np.uint8))
    rest = cv2.bitwise_and(ink, 1 - drawn)
    return rulings, np.asarray(rest, np.uint8)


def _part(ink: Mask, column: Column) -> Mask:
    return ink[:, max(0, round(column.left)) : max(1, round(column.right))]


def _runs(row: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of True as [start, end)."""
    edges = np.flatnonzero(np.diff(np.r_[False, row, False].astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _bands(runs: list[tuple[int, int]], usual: float, lines: int) -> list[tuple[float, float]]:
    """The lines of print among runs of inked rows of pixels."""
    joined: list[tuple[float, float]] = []
    for top, bottom in runs:
        if joined:
            above = joined[-1]
            if top - above[1] < _WITHIN * usual and bottom - above[0] < _ONE_LINE * usual:
                joined[-1] = (above[0], float(bottom))
                continue
        joined.append((float(top), float(bottom)))
    bands: list[tuple[float, float]] = []
    for start, end in joined:
        height = end - start
        if height < _LOW * usual:
            continue
        parts = round(height / usual) if lines > 1 and height > _TWO_LINES * usual else 1
        step = height / parts
        bands += [(start + i * step, start + (i + 1) * step) for i in range(parts)]
    return bands


def _tight(ink: Mask, column: Column, band: tuple[float, float]) -> Line:
    """The line of print in a column's band of rows of pixels."""
    top, bottom = band
    part = _part(ink, column)[round(top) : max(round(top) + 1, round(bottom))]
    inked = np.flatnonzero(part.any(axis=0))
    left = max(0, round(column.left))
    if len(inked) == 0:
        return Line(column.left, top, column.right, bottom)
    return Line(left + int(inked[0]), top, left + int(inked[-1]) + 1, bottom)


def _across(lines: Sequence[Line]) -> list[Line]:
    """Lines of several columns that stand beside each other as one, from the top."""
    whole: list[Line] = []
    for line in sorted(lines, key=lambda line: line.middle):
        if whole and whole[-1].top < line.middle < whole[-1].bottom:
            last = whole[-1]
            whole[-1] = Line(
                min(last.left, line.left),
                min(last.top, line.top),
                max(last.right, line.right),
                max(last.bottom, line.bottom),
            )
        else:
            whole.append(line)
    return whole
