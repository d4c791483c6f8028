"""Where the ink of one line of print is inside a crop that holds some paper around it."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.types import Image

_FAINTEST = 14.0  # grey levels below the paper: less is noise
_DARKEST_SHARE = 0.995  # the darkest pixels beyond this share may be dirt
_SHARE_OF_DARKEST = 0.35  # ink is at least this share of the darkest ink in the crop


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
    ink = _ink_mask(image)
    rows = ink.sum(axis=1)
    band = _main_band(rows)
    if band is None:
        return None
    top, bottom = band
    columns = np.flatnonzero(ink[top:bottom].sum(axis=0) >= 1)
    if len(columns) == 0:
        return None
    return InkBox(int(columns[0]), top, int(columns[-1]) + 1, bottom)


def _ink_mask(image: Image) -> NDArray[np.uint8]:
    """1 where a pixel is darker than the paper around it, specks of one or two px left out."""
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    reach = max(9, gray.shape[0] // 2) | 1
    paper = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    darkness = cv2.blur(cv2.subtract(paper, gray), (3, 3))
    # A histogram, not np.percentile: that sorts, and took a third of the time of this function.
    fewer = np.bincount(darkness.ravel(), minlength=256).cumsum()
    darkest = int(np.searchsorted(fewer, _DARKEST_SHARE * darkness.size))
    _, mask = cv2.threshold(
        darkness, max(_FAINTEST, _SHARE_OF_DARKEST * darkest), 1, cv2.THRESH_BINARY
    )
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    return opened.astype(np.uint8, copy=False)


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
