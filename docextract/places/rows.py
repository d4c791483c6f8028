"""The lines of a value that is printed on several, found by their ink."""

from __future__ import annotations

from docextract.cropping import cut_picture, ink_rows
from docextract.template import Box
from docextract.types import Sheet

_PAPER = 0.12  # of a line's height, left above and below it


def inked_lines(sheet: Sheet, box: Box, most: int) -> tuple[Box, ...]:
    """The boxes of up to ``most`` lines of print in a box, from the top; the box if it is blank."""
    image = cut_picture(sheet, box, field="lines", margin=0).image
    u_per_px = box.height / image.shape[0]
    lines = []
    for top, bottom in ink_rows(image, most):
        paper = _PAPER * (bottom - top)
        y, height = box.y + (top - paper) * u_per_px, (bottom - top + 2 * paper) * u_per_px
        lines.append(box._replace(y=y, height=height))
    return tuple(lines) or (box,)
