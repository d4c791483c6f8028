"""Sheet to Crop: a field's line, sampled once from the page's own pixels.

The page is never warped as a whole. A first small look finds the ink inside the box; the crop
is then cut tightly around the line, so that its print fills the recognizer's height.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np

from docextract.cropping.characters import side_by_side
from docextract.cropping.ink import ink_box
from docextract.types import Crop, Homography, Image, Quad, Sheet

_MARGIN_SHARE = 0.3  # paper left above and below the print, of the print's height
_SIDE_SHARE = 0.35  # paper left before and after the print, of the print's height
_SMALLEST_INK_SHARE = 0.35  # of the box's height: print is taken to be at least this high
_LONGEST = 60.0  # widest crop, in heights
_WAYS = 3  # to part a column into characters
BoxU: TypeAlias = tuple[float, float, float, float]  # x, y, width, height in template units


def cut_line(
    sheet: Sheet,
    box_u: BoxU,
    *,
    field: str,
    height: int,
    residuals: float = 2.0,
) -> Crop:
    """Cut the line of print in a box (x, y, width, height in template units).

    The box is widened by ``residuals`` times the registration's; 0 for a line that was found on
    this very page. Returns a crop ``height`` px high. A blank box comes back whole.
    """
    corners = _box_corners(box_u, residuals * _residual_u(sheet))
    first = _sample(sheet, corners, height)
    ink = ink_box(first)
    if ink is not None:
        corners = _tightened(corners, ink, first.shape[1], first.shape[0])
        first = _sample(sheet, corners, height)
    return Crop(field, first, sheet.to_page(corners), sheet.residual_px)


def cut_rows(
    sheet: Sheet,
    boxes_u: Sequence[BoxU],
    *,
    field: str,
    height: int,
    residuals: float = 2.0,
) -> Crop:
    """Cut the rows of print in boxes, as ``cut_line`` does, and put them into one line in order.

    The crop's quad goes from the first row's top edge to the last one's lower edge.
    """
    rows = [
        cut_line(sheet, box_u, field=field, height=height, residuals=residuals) for box_u in boxes_u
    ]
    first, last = rows[0].quad_px, rows[-1].quad_px
    image = np.concatenate([row.image for row in rows], axis=1)
    quad_px = np.array([first[0], first[1], last[2], last[3]])
    return Crop(field, image, quad_px, sheet.residual_px)


def cut_columns(
    sheet: Sheet,
    boxes_u: Sequence[BoxU],
    *,
    field: str,
    height: int,
    residuals: float = 2.0,
) -> tuple[Crop, ...]:
    """Cut columns of upright characters, as one line each way that they may be parted.

    ``sheet`` and ``boxes_u`` are turned so that the columns run to the right, in the order they
    are read. ``height`` px is what a column is wide, with paper around it. The crops, likeliest
    first, have one quad: that of the columns as they stand on the form.
    """
    columns = [
        cut_line(sheet, box_u, field=field, height=height, residuals=residuals) for box_u in boxes_u
    ]
    lines = [side_by_side(_upright(column.image), _WAYS) for column in columns]
    first, last = columns[0].quad_px, columns[-1].quad_px
    quad_px = np.array([last[3], first[0], first[1], last[2]])
    return tuple(
        Crop(
            field,
            _joined([ways[min(way, len(ways) - 1)] for ways in lines]),
            quad_px,
            sheet.residual_px,
        )
        for way in range(max(map(len, lines)))
    )


def cut_picture(sheet: Sheet, box_u: BoxU, *, field: str, margin: float = 0.08) -> Crop:
    """Cut a box at the page's own resolution, with a margin as a share of its size."""
    corners = _box_corners(box_u, margin * max(box_u[2:]))
    quad_px = sheet.to_page(corners)
    height = max(8, round(float(np.linalg.norm(quad_px[3] - quad_px[0]))))
    return Crop(field, _sample(sheet, corners, height), quad_px, sheet.residual_px)


def cut_quad(image: Image, quad_px: Quad, *, height: int) -> Image:
    """Cut a line that a detector found, its first edge on top, ``height`` px high."""
    sides = np.linalg.norm(np.roll(quad_px, -1, axis=0) - quad_px, axis=1)
    length, across = max(sides[0], sides[2]), max(sides[1], sides[3], 1.0)
    width = max(1, math.ceil(height * min(length / across, _LONGEST)))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
    to_page = cv2.getPerspectiveTransform(corners, quad_px.astype(np.float32))
    return _sample_px(image, to_page.astype(np.float64), (width, height), float(across))


def _upright(column: Image) -> Image:
    """A column that lies on its side, first character to the left, stood up."""
    return np.rot90(column, -1)


def _joined(lines: Sequence[Image]) -> Image:
    """Lines one after another, brought to the height of the highest."""
    height = max(line.shape[0] for line in lines)
    scaled = [
        line
        if line.shape[0] == height
        else cv2.resize(line, (round(line.shape[1] * height / line.shape[0]), height))
        for line in lines
    ]
    return np.concatenate(scaled, axis=1).astype(np.uint8, copy=False)


def _box_corners(box_u: BoxU, widened: float) -> Quad:
    x, y, width, height = box_u
    left, top = x - widened, y - widened
    right, bottom = x + width + widened, y + height + widened
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)


def _residual_u(sheet: Sheet) -> float:
    """The registration's residual in template units."""
    page_per_u = math.sqrt(abs(float(np.linalg.det(sheet.homography[:2, :2]))))
    return sheet.residual_px / max(page_per_u, 1e-6)


def _sample(sheet: Sheet, corners_u: Quad, height: int) -> Image:
    """Resample a template rectangle from the page to ``height`` px, keeping its proportions."""
    size_u = corners_u[2] - corners_u[0]
    width = math.ceil(height * min(float(size_u[0] / size_u[1]), _LONGEST))
    quad_px = sheet.to_page(corners_u)
    page_height = float(np.linalg.norm(quad_px[3] - quad_px[0]))
    to_page = sheet.homography @ _rectangle_to(corners_u, width, height)
    return _sample_px(sheet.page.image, to_page, (width, height), page_height)


def _sample_px(
    image: Image, to_page: Homography, size: tuple[int, int], page_height: float
) -> Image:
    """Resample a picture to ``size``, of which ``to_page`` says where each pixel lies."""
    # Bilinear sampling skips pixels when it shrinks: sample finer, then average.
    finer = max(1, round(page_height / size[1]))
    shift = (1 / finer - 1) / 2
    to_coarse = np.array([[1 / finer, 0, shift], [0, 1 / finer, shift], [0, 0, 1.0]])
    sampled = cv2.warpPerspective(
        image,
        to_page @ to_coarse,
        (size[0] * finer, size[1] * finer),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if finer > 1:
        sampled = cv2.resize(sampled, size, interpolation=cv2.INTER_AREA)
    return sampled.astype(np.uint8, copy=False)


def _rectangle_to(corners_u: Quad, width: int, height: int) -> Homography:
    """From crop px (centres at whole numbers) to template units."""
    (left, top), (right, bottom) = corners_u[0], corners_u[2]
    sx, sy = (right - left) / width, (bottom - top) / height
    return np.array([[sx, 0, left + sx / 2], [0, sy, top + sy / 2], [0, 0, 1.0]])


def _tightened(corners_u: Quad, ink: tuple[int, int, int, int], width: int, height: int) -> Quad:
    """The corners around the ink, with paper on all sides in proportion to the print."""
    left, top, right, bottom = ink
    missing = max(0.0, _SMALLEST_INK_SHARE * height - (bottom - top)) / 2
    print_height = bottom - top + 2 * missing
    above, beside = _MARGIN_SHARE * print_height + missing, _SIDE_SHARE * print_height
    origin, scale = corners_u[0], (corners_u[2] - corners_u[0]) / (width, height)
    x0, y0 = origin + scale * (left - beside, top - above)
    x1, y1 = origin + scale * (right + beside, bottom + above)
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
