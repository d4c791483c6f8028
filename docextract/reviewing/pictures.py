"""What a reviewer looks at: the field's line, and the page around it."""

from __future__ import annotations

import cv2
import numpy as np

from docextract.types import Image, Quad

_LINE_HEIGHT_PX = 96
_MOST_WIDTH_PX = 2400
_MARGIN = 0.35  # of the line's height, on all sides
_AROUND = 6.0  # line heights above and below
_AROUND_WIDTH = 1.0  # widths of the quad to both sides
_PLACE = (0, 130, 230)  # BGR
_MOST_PX = 1600


def line_picture(image: Image, quad_px: Quad) -> Image:
    """The quad of a BGR page with some paper around it, upright and large enough to read.

    Print that runs up or down the page comes as a line; a column of upright characters stays one.
    """
    wide, high = _sides(quad_px)
    line, length = sorted((wide, high))
    margin = _MARGIN * line
    scale = min(_LINE_HEIGHT_PX / line, _MOST_WIDTH_PX / length, 8.0)
    width, height = round((wide + 2 * margin) * scale), round((high + 2 * margin) * scale)
    near, right, low = margin * scale, (margin + wide) * scale, (margin + high) * scale
    corners = np.array([[near, near], [right, near], [right, low], [near, low]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad_px.astype(np.float32), corners)
    cut = cv2.warpPerspective(
        image,
        matrix,
        (max(width, 1), max(height, 1)),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return cut.astype(np.uint8, copy=False)


def around(image: Image, quad_px: Quad | None) -> Image:
    """The page around a quad, which is drawn in; all of it where there is none."""
    shown = image.copy()
    if quad_px is not None:
        thick = max(2, max(image.shape[:2]) // 600)
        corners = [quad_px.round().astype(np.int32)]
        cv2.polylines(shown, corners, True, _PLACE, thick, cv2.LINE_AA)
        left, top, right, bottom = _near(quad_px, image)
        shown = shown[top:bottom, left:right]
    scale = _MOST_PX / max(shown.shape[:2])
    if scale < 1:
        resized = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return resized.astype(np.uint8, copy=False)
    return shown


def _near(quad_px: Quad, image: Image) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is around a quad, within the page."""
    line, length = sorted(_sides(quad_px))
    along, across = max(_AROUND_WIDTH * length, _AROUND * line), _AROUND * line
    wide, high = np.ptp(quad_px, axis=0)
    paper = np.array([along, across] if wide >= high else [across, along])
    left, top = quad_px.min(axis=0) - paper
    right, bottom = quad_px.max(axis=0) + paper
    height, width = image.shape[:2]
    near_left, near_top = min(max(int(left), 0), width - 1), min(max(int(top), 0), height - 1)
    return (
        near_left,
        near_top,
        max(min(int(right), width), near_left + 1),
        max(min(int(bottom), height), near_top + 1),
    )


def _sides(quad_px: Quad) -> tuple[float, float]:
    """A quad's width and height in px, at least 1."""
    wide = float(np.linalg.norm(quad_px[1] - quad_px[0]))
    high = float(np.linalg.norm(quad_px[3] - quad_px[0]))
    return max(wide, 1.0), max(high, 1.0)
