"""Where the ink of one line of print is inside a crop that holds some paper around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from docextract.types import Image

_FAINTEST = 14.0  # grey levels below the paper: less is noise
_DARKEST_SHARE = 0.995  # the darkest pixels beyond this share may be dirt
_SHARE_OF_DARKEST = 0.35  # ink is at least this share of the darkest ink in the crop
_NOISE = 0.12  # of the darkest ink: less is no part of a character's stroke
_DARK_PAPER = 120  # grey level of a coloured card's ground
_THIN = 0.04  # of the most ink in a row of pixels: less is a speck between lines
_LOW = 0.5  # of the highest line: what is lower is a part of one
_WITHIN = 0.25  # of the highest line: a gap inside a line is smaller


class InkBox(NamedTuple):
    """Edges of the ink in crop px; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int


def ink_box(image: Image) -> InkBox | None:
    """The bounds of the main line of print in a crop, or None when the crop is blank.

    Rows of ink are grouped into bands with paper between them; the band with the most ink is
    the line, so that the feet of the line above and the heads of the line below stay out.
    """
    ink = ink_mask(image)
    rows = ink.sum(axis=1)
    band = _main_band(rows)
    if band is None:
        return None
    top, bottom = band
    columns = np.flatnonzero(ink[top:bottom].sum(axis=0) >= 1)
    if len(columns) == 0:
        return None
    return InkBox(int(columns[0]), top, int(columns[-1]) + 1, bottom)


def ink_rows(image: Image, most: int) -> list[tuple[int, int]]:
    """The rows of pixels (top, bottom) of each line of print in a crop, from the top.

    Of more than ``most`` lines those with the most ink are given. What is much lower than the
    highest line, such as a dot or the upper part of a character alone, belongs to its neighbour.
    """
    rows = ink_mask(image).sum(axis=1).astype(np.int64)
    inked = np.flatnonzero(rows > _THIN * rows.max(initial=0))
    if len(inked) == 0:
        return []
    starts = np.flatnonzero(np.r_[True, np.diff(inked) > 1])
    ends = np.r_[starts[1:], len(inked)] - 1
    bands = [(int(inked[a]), int(inked[b]) + 1) for a, b in zip(starts, ends, strict=True)]
    highest = max(bottom - top for top, bottom in bands)
    joined: list[tuple[int, int]] = []
    for top, bottom in bands:
        if joined:
            above, near = joined[-1], top - joined[-1][1] < _WITHIN * highest
            if near and min(bottom - top, above[1] - above[0]) < _LOW * highest:
                joined[-1] = (above[0], bottom)
                continue
        joined.append((top, bottom))
    lines = [line for line in joined if line[1] - line[0] >= _LOW * highest]
    kept = sorted(lines, key=lambda line: -int(rows[line[0] : line[1]].sum()))[:most]
    return sorted(kept)


def ink_mask(image: Image) -> NDArray[np.uint8]:
    """1 where a pixel is darker than the paper around it, specks of one or two px left out.

    On a dark card it is print that is bright.
    """
    soft = cv2.blur(_darkness(image), (3, 3))
    (darkest,) = _levels(soft, (_DARKEST_SHARE,))
    _, mask = cv2.threshold(soft, max(_FAINTEST, _SHARE_OF_DARKEST * darkest), 1, cv2.THRESH_BINARY)
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    return opened.astype(np.uint8, copy=False)


def ink_shares(image: Image) -> NDArray[np.float64]:
    """How dark each pixel is, 0 for paper and noise to 1 for the darkest ink.

    Finer than a mask: there is still white between characters that nearly touch.
    """
    darkness = _darkness(image)
    (darkest,) = _levels(darkness, (_DARKEST_SHARE,))
    shares = np.minimum(darkness / max(darkest, _FAINTEST), 1.0)
    return np.where(darkness > max(_FAINTEST, _NOISE * darkest), shares, 0.0)


def _darkness(image: Image) -> NDArray[np.uint8]:
    """By how many grey levels print stands out from the paper near each pixel."""
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    darkest, ground, brightest = _levels(gray, (0.01, 0.5, 0.99))
    if ground < _DARK_PAPER and brightest - ground > 2 * (ground - darkest):
        gray = cv2.bitwise_not(gray)
    reach = max(9, gray.shape[0] // 2) | 1
    paper = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    return cv2.subtract(paper, gray).astype(np.uint8, copy=False)


def _levels(gray: MatLike, shares: Sequence[float]) -> list[int]:
    """The grey levels that these shares of the pixels do not exceed.

    By a histogram, not np.percentile, which sorts.
    """
    fewer = np.bincount(gray.ravel(), minlength=256).cumsum()
    return [int(np.searchsorted(fewer, share * gray.size)) for share in shares]


def _main_band(rows: NDArray[np.int64]) -> tuple[int, int] | None:
    """The run of inked rows with the most ink, small gaps (as in 三 or ÷) bridged."""
    inked = np.flatnonzero(rows > 0)
    if len(inked) == 0:
        return None
    gap = max(2, len(rows) // 10)
    starts = np.flatnonzero(np.r_[True, np.diff(inked) > gap])
    ends = np.r_[starts[1:], len(inked)]
    weights = np.add.reduceat(rows[inked], starts)
    best = int(np.argmax(weights))
    return int(inked[starts[best]]), int(inked[ends[best] - 1]) + 1
