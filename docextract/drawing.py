"""A page with its readings drawn on it, for people to look at."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from docextract.types import Image, Reading

_SURE = (60, 150, 40)  # BGR
_DOUBTFUL = (0, 130, 230)
_FAILED = (40, 40, 210)
_SURE_FROM = 0.9
_LONGEST_TEXT = 40


def draw_readings(image: Image, readings: Sequence[Reading], *, note: str = "") -> Image:
    """Copy a BGR page and draw each reading's quad and value; green: sure, red: failed."""
    canvas = image.copy()
    size_px = max(12, round(max(image.shape[:2]) / 90))
    for reading in readings:
        if reading.quad_px is not None:
            _draw_reading(canvas, reading, size_px)
    if note:
        _put_text(canvas, note, (size_px // 2, round(1.5 * size_px)), _FAILED, size_px)
    return canvas


def color_of(reading: Reading) -> tuple[int, int, int]:
    """The BGR colour of a reading's state."""
    if not reading.ok:
        return _FAILED
    return _SURE if reading.confidence >= _SURE_FROM else _DOUBTFUL


def _draw_reading(canvas: Image, reading: Reading, size_px: int) -> None:
    assert reading.quad_px is not None
    quad = reading.quad_px.round().astype(np.int32)
    color = color_of(reading)
    cv2.polylines(canvas, [quad], True, color, max(1, size_px // 10), cv2.LINE_AA)
    text = ", ".join(reading.failed) if reading.failed else str(reading.value)
    if len(text) > _LONGEST_TEXT:
        text = f"{text[:_LONGEST_TEXT]}…"
    _put_text(canvas, text, (int(quad[0][0]), int(quad[0][1]) - 2), color, size_px)


def _put_text(
    canvas: Image, text: str, at: tuple[int, int], color: tuple[int, int, int], size_px: int
) -> None:
    """Write in OpenCV's built-in universal typeface, which has Chinese."""
    cv2.putText(canvas, text, at, color, cv2.FontFace("uni"), size_px)
