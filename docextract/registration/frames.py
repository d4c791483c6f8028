"""Frames: a form's table is one connected drawing; its outline gives a quadrilateral."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np

from docextract.registration.quads import enclosing_quad, trimmed_quad
from docextract.registration.view import View
from docextract.types import Quad

_SMALLEST_SHARE = 0.25  # of the picture's diagonal
_AT_MOST = 2  # drawings looked at, largest first
_SMALLEST_OF_SEVERAL = 0.12  # where several documents may be in the picture
_AT_MOST_OF_SEVERAL = 24


def frame_quads(view: View) -> Iterator[tuple[Quad, ...]]:
    """Yield the quads around the largest line drawings, in view px, clockwise on the screen.

    First those found where red seals vanish, since a seal over a frame would bulge it; then
    those of the grey picture.
    """
    for channel in ("brightest", "gray"):
        yield _drawings(view, channel)


@lru_cache(maxsize=2)  # every layout asks for the same picture's drawings
def _drawings(view: View, channel: Literal["brightest", "gray"]) -> tuple[Quad, ...]:
    gray = view.brightest if channel == "brightest" else view.gray
    smooth = cv2.blur(gray, (3, 3))
    block = max(15, max(gray.shape) // 60 | 1)
    dark = cv2.adaptiveThreshold(
        smooth, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 9
    )
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    diagonal = np.hypot(stats[1:, 2], stats[1:, 3])
    order = 1 + np.argsort(-diagonal)[: _AT_MOST_OF_SEVERAL if view.crowded else _AT_MOST]
    share = _SMALLEST_OF_SEVERAL if view.crowded else _SMALLEST_SHARE
    smallest = share * float(np.hypot(*gray.shape))
    quads = []
    for i in order:
        if np.hypot(stats[i, 2], stats[i, 3]) < smallest:
            break
        x, y, w, h = stats[i, :4]
        drawing = (labels[y : y + h, x : x + w] == i).astype(np.uint8)
        outlines, _ = cv2.findContours(
            drawing, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE, offset=(int(x), int(y))
        )
        points = np.concatenate(outlines).reshape(-1, 2).astype(np.float64)
        quad = enclosing_quad(points)
        if quad is not None:
            quads.append(trimmed_quad(points, quad))
    return tuple(quads)
