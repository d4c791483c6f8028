"""A line crop from elsewhere, cut to its print: much paper makes small print, which reads worse."""

from __future__ import annotations

from docextract.cropping import ink_box
from docextract.types import Image

_MARGIN_SHARE = 0.1  # paper left above and below the print, of its height
_SMALLEST_INK_SHARE = 0.35  # of the crop's height: print is taken to be at least this high


def tightened(line: Image) -> Image:
    """The rows of a BGR line picture that hold its print, with some paper; a view.

    A blank picture and one that is tight already come back whole.
    """
    ink = ink_box(line)
    if ink is None:
        return line
    height = line.shape[0]
    missing = max(0.0, _SMALLEST_INK_SHARE * height - (ink.bottom - ink.top)) / 2
    margin = missing + _MARGIN_SHARE * (ink.bottom - ink.top + 2 * missing)
    top, bottom = round(ink.top - margin), round(ink.bottom + margin)
    return line[max(0, top) : min(height, bottom)]
