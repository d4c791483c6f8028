"""A box and what is around it, sampled at a fixed size, so that two sheets can be compared."""

from __future__ import annotations

from docextract.cropping.cut import _box_corners, _sample
from docextract.types import Image, Sheet


def cut_patch(
    sheet: Sheet,
    box_u: tuple[float, float, float, float],
    *,
    margin_u: float,
    size: tuple[int, int],
) -> Image:
    """Cut a box (x, y, width, height in template units) with ``margin_u`` on all sides.

    Returns a BGR picture of ``size`` (width, height) px, which has the proportions of the cut.
    """
    sampled = _sample(sheet, _box_corners(box_u, margin_u), size[1])
    return sampled[:, : size[0]]  # rounding may have made it a px wider
