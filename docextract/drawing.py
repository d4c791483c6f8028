"""A page with its readings drawn on it, for people to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.plain import one_text
from docextract.types import Image, Quad, Reading, Value

_SURE = (60, 150, 40)  # BGR
_DOUBTFUL = (0, 130, 230)
_FAILED = (40, 40, 210)
_PLACE = (190, 70, 20)
_SURE_FROM = 0.9
_LONGEST_TEXT = 40
_LETTER_WIDTH = 0.6  # of the text size
_GAP_PX = 5


def draw_readings(image: Image, readings: Sequence[Reading], *, note: str = "") -> Image:
    """Copy a BGR page and draw each reading's quad and value; green: sure, red: failed.

    Of a table it is each cell's.
    """
    canvas = image.copy()
    size_px = _text_size_px(image)
    cells = [cell for reading in readings for row in reading.rows for cell in row.values()]
    for reading in (*(reading for reading in readings if not reading.rows), *cells):
        if reading.quad_px is not None:
            _draw_reading(canvas, reading, size_px)
    if note:
        _put_text(canvas, note, (size_px // 2, round(1.5 * size_px)), _FAILED, size_px)
    return canvas


def draw_boxes(image: Image, quads_px: Mapping[str, Quad]) -> Image:
    """Copy a BGR page and draw where each field lies, with its name beside it."""
    canvas = image.copy()
    size_px = _text_size_px(image)
    for name, quad_px in quads_px.items():
        quad = quad_px.round().astype(np.int32)
        cv2.polylines(canvas, [quad], True, _PLACE, max(1, size_px // 10), cv2.LINE_AA)
        _put_text(canvas, name, _beside(quad, name, size_px, image.shape[1]), _PLACE, size_px)
    return canvas


def color_of(reading: Reading) -> tuple[int, int, int]:
    """The BGR colour of a reading's state."""
    if not reading.ok:
        return _FAILED
    return _SURE if reading.confidence >= _SURE_FROM else _DOUBTFUL


def _text_size_px(image: Image) -> int:
    return max(12, round(int(max(image.shape[:2])) / 90))


def _beside(quad: NDArray[np.int32], name: str, size_px: int, width_px: int) -> tuple[int, int]:
    """Where a name starts: right of the quad, or left of it when it would not fit there."""
    left, right, bottom = int(quad[:, 0].min()), int(quad[:, 0].max()), int(quad[:, 1].max())
    length_px = round(_LETTER_WIDTH * size_px * len(name))
    x = right + _GAP_PX if right + _GAP_PX + length_px <= width_px else left - _GAP_PX - length_px
    return x, bottom - _GAP_PX


def _draw_reading(canvas: Image, reading: Reading, size_px: int) -> None:
    assert reading.quad_px is not None
    quad = reading.quad_px.round().astype(np.int32)
    color = color_of(reading)
    cv2.polylines(canvas, [quad], True, color, max(1, size_px // 10), cv2.LINE_AA)
    text = ", ".join(reading.failed) if reading.failed else _written(reading.value)
    if len(text) > _LONGEST_TEXT:
        text = f"{text[:_LONGEST_TEXT]}…"
    left, top = (int(edge) for edge in quad.min(axis=0))
    _put_text(canvas, text, (left, top - 2), color, size_px)


def _written(value: Value | None) -> str:
    return one_text(value) if isinstance(value, tuple) else str(value)


def _put_text(
    canvas: Image, text: str, at: tuple[int, int], color: tuple[int, int, int], size_px: int
) -> None:
    """Write in OpenCV's built-in universal typeface, which has Chinese."""
    cv2.putText(canvas, text, at, color, cv2.FontFace("uni"), size_px)
