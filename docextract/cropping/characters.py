"""A column of upright characters, parted into them and set side by side as a line.

How high the characters are is not known: Chinese ones are as high as wide, figures twice as high.
White may be inside a character (二) as well as between two, and noise may join two. So the column
is parted in several ways, each by dynamic programming over its rows of pixels, as over-segmented
print is (Casey & Lecolinet 1996); which one is right shows when the lines are read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from docextract.cropping.ink import ink_box, ink_mask, ink_shares
from docextract.types import Image

_LOWEST, _HIGHEST = 0.75, 3.2  # heights of a character with its share of white, in widths of print
_USUAL = 1.2
_UNUSUAL = 0.1  # what a height costs that is e times the usual one
_TALLEST = 1.9  # widths of print, that a character is high without white
_MERGED = 2.0  # what it costs to be higher by the print's width
_UNSURE = 0.8  # what a way may cost more than the likeliest one, to be read as well
_WIDEST = 0.6  # of the print's width: to cut where more is white earns no more
_THIN = 0.04  # of the print's width: rows with less ink are white
_TALL = 0.6  # of the highest character: what is lower, such as a dash, does not tell its middle
_MARGIN = 0.3  # paper above and below the characters, of their height
_SOFT_PX = 1  # beyond the edges of ink, that are not quite paper
_GAP = 0.07  # paper on either side of a character, of its height
_PAPER = 0.8  # share of a character's surroundings that is darker than its paper


class _Way(NamedTuple):
    """Rows of pixels at which a column is parted, from its first to its last; less costs more."""

    cost: float
    edges: tuple[int, ...]


def side_by_side(column: Image, most: int) -> list[Image]:
    """A column of characters as lines, by up to ``most`` ways to part it, likeliest first.

    ``column`` is a BGR picture with little paper around the print. Lines are as high as the
    characters and the paper that recognizers know around them; a blank column is one line.
    """
    found = ink_box(np.rot90(column))  # without what runs beside it, such as a ruling line
    if found is None:
        return [column]
    width = found.bottom - found.top
    left = max(0, column.shape[1] - found.bottom - _SOFT_PX)
    column = column[:, left : column.shape[1] - found.top + _SOFT_PX]
    ink = ink_mask(column) > 0
    rows = ink_shares(column).sum(axis=1)
    inked = np.flatnonzero(rows > _THIN * width)
    top, bottom = int(inked[0]), int(inked[-1]) + 1
    ways = _likeliest(list(_ways(rows[top:bottom] / width, width)))[:most]
    return [_line(column, ink, [top + edge for edge in way.edges]) for way in ways]


def _likeliest(ways: list[_Way]) -> list[_Way]:
    """The ways worth reading: those that cost less than one character more or less would."""
    costs = [math.inf, *(way.cost for way in ways), math.inf]
    lows = [
        way
        for way, fewer, more in zip(ways, costs, costs[2:], strict=False)
        if way.cost <= min(fewer, more)
    ]
    lows.sort()
    return [way for way in lows if way.cost <= lows[0].cost + _UNSURE]


def _ways(inked: NDArray[np.float64], width: float) -> Iterator[_Way]:
    """How the rows may be parted, for each number of characters that there is room for."""
    rows = _Rows.of(inked, width)
    fewest = max(1, math.floor(len(inked) / (_HIGHEST * width)))
    for count in range(fewest, max(fewest, math.ceil(len(inked) / (_LOWEST * width))) + 1):
        way = _parted(rows, count)
        unusual = abs(math.log(len(inked) / count / (_USUAL * width)))
        yield way._replace(cost=way.cost + count * _UNUSUAL * unusual)


class _Rows(NamedTuple):
    """Rows of pixels of a column, with an edge above each and one below the last.

    ``cuts`` are the costs of parting at an edge. ``first`` is the first inked row from an edge on,
    ``last`` the edge below the last one before it, ``width`` the print's.
    """

    cuts: NDArray[np.float64]
    first: NDArray[np.intp]
    last: NDArray[np.intp]
    width: float

    @classmethod
    def of(cls, inked: NDArray[np.float64], width: float) -> _Rows:
        """Rows of which the first and the last are inked, by the share of each that is.

        White is cut in its middle only. It earns as much as it is high, since white that is left
        uncut would be inside a character.
        """
        white = inked <= _THIN
        usual = float(np.median(inked[~white]))
        cuts = np.r_[np.minimum(1.0, (inked / usual) ** 2), 0.0]
        cuts[:-1][white] = np.inf
        edges = np.flatnonzero(np.diff(np.r_[False, white, False]))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            cuts[(start + end) // 2] = -min(_WIDEST, (end - start) / width)
        rows = np.flatnonzero(~white)
        places = np.arange(len(inked) + 1)
        first = np.r_[rows, len(inked)][np.searchsorted(rows, places)]
        last = np.r_[0, rows + 1][np.searchsorted(rows, places)]
        return cls(cuts, first, last, width)

    def too_high(self, height: int) -> NDArray[np.float64]:
        """What characters cost between edges that are ``height`` apart, by the lower edge."""
        print_height = (self.last[height:] - self.first[: len(self.first) - height]) / self.width
        cost = _MERGED * np.maximum(0.0, print_height - _TALLEST)
        return np.where(print_height > 0, cost, np.inf)


def _parted(rows: _Rows, count: int) -> _Way:
    """The way to part rows into ``count`` characters of even height that costs least."""
    length = len(rows.cuts) - 1
    step = length / count
    reach = range(max(1, math.ceil(0.4 * step)), min(length, math.floor(1.7 * step) + 1) + 1)
    uneven = [rows.too_high(height) + (height / step - 1) ** 2 for height in reach]
    best = np.where(np.arange(length + 1) == 0, 0.0, np.inf)
    before = []
    for _ in range(count):
        costs = np.full((len(reach), length + 1), np.inf)
        for i, height in enumerate(reach):
            costs[i, height:] = best[: length + 1 - height] + uneven[i]
        before.append(costs.argmin(axis=0))
        best = costs.min(axis=0) + rows.cuts
    edges = [length]
    for heights in reversed(before):
        edges.append(edges[-1] - reach[int(heights[edges[-1]])])
    return _Way(float(best[length]), tuple(reversed(edges)))


def _line(column: Image, ink: NDArray[np.bool_], edges: list[int]) -> Image:
    """The characters between the edges, side by side, each in the middle of the line."""
    cells = list(pairwise(edges))
    spans = [_extent(np.any(ink[a:b], axis=1), a) for a, b in cells]
    high = max(bottom - top for top, bottom in spans)
    height = round(high * (1 + 2 * _MARGIN))
    parts = []
    gap = round(_GAP * high)
    for (a, b), middle in zip(cells, _middles(spans, high), strict=True):
        left, right = _extent(np.any(ink[a:b], axis=0), 0)
        strip = column[:, max(0, left - _SOFT_PX) : right + _SOFT_PX]
        parts.append(_placed(strip, (a, b), round(middle - height / 2), height, gap))
    end = np.repeat(parts[0][:, :1], round(_MARGIN * high), axis=1)
    return np.concatenate([end, *parts, end], axis=1)


def _middles(spans: list[tuple[int, int]], high: int) -> list[float]:
    """Where each character's middle is: a low one's, such as a dash or a dot, by the others."""
    own = np.array([(top + bottom) / 2 for top, bottom in spans])
    tall = np.array([bottom - top >= _TALL * high for top, bottom in spans])
    numbers = np.arange(len(spans))
    if tall.sum() < 2:
        return [float(middle) for middle in own]
    slope, start = np.polyfit(numbers[tall], own[tall], 1)
    even = start + slope * numbers
    reach = np.array([max(0.0, (high - (bottom - top)) / 2) for top, bottom in spans])
    lawful = np.clip(even, own - reach, own + reach)  # all of a character stays inside the line
    return [float(middle) for middle in np.where(tall, own, lawful)]


def _placed(strip: Image, rows: tuple[int, int], first: int, height: int, gap: int) -> Image:
    """Some rows of a strip, in a picture of its rows from ``first`` on; all around it is paper."""
    top, bottom = rows
    paper = np.quantile(strip[top:bottom].reshape(-1, 3), _PAPER, axis=0).astype(np.uint8)
    placed = np.full((height, strip.shape[1] + 2 * gap, 3), paper, np.uint8)
    start, end = max(top, first), min(bottom, first + height)
    if start < end:
        placed[start - first : end - first, gap : gap + strip.shape[1]] = strip[start:end]
    return placed


def _extent(inked: ArrayLike, start: int) -> tuple[int, int]:
    """The first inked place and the one after the last, counted from ``start``; all if none is."""
    places = np.flatnonzero(inked)
    if len(places) == 0:
        return start, start + np.size(inked)
    return start + int(places[0]), start + int(places[-1]) + 1
