"""Where a page's lines of print are, and which way they run."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.recognition import Detector
from docextract.types import Image, Quad

_FIRST_LOOK_PX = 1280  # the page's longer side as the detector first sees it
_LONGEST_LOOK_PX = 2560
_LEGIBLE_PX = 18.0  # height of a line's quad, as it was seen, below which some may be missed
_WORTH_IT = 1.2  # times larger, from which a closer look is taken
_LARGEST = 2.0  # scale; what is drawn larger shows no more
_CLEARLY_LONG = 2.0  # length over height, from which a quad alone tells which way its line runs


def find_lines(image: Image, detector: Detector) -> list[Quad]:
    """The lines of a BGR page as quads in its px; small print is looked for more closely.

    A page that lies on its side is looked at upright: detectors see lines across best.
    """
    longest = max(image.shape[:2])
    scale = min(_FIRST_LOOK_PX / longest, _LARGEST)
    quads_px = detector.detect(image, scale=scale)
    if not quads_px:
        return []
    seen_px = scale * float(np.median([_sides(quad)[1] for quad in quads_px]))
    closer = min(scale * _LEGIBLE_PX / max(seen_px, 1.0), _LONGEST_LOOK_PX / longest, _LARGEST)
    scale, done = (scale, True) if closer < _WORTH_IT * scale else (closer, False)
    if abs(_main_direction(quads_px)[1]) > 0:
        upright = np.asarray(cv2.rotate(image, cv2.ROTATE_90_COUNTERCLOCKWISE), np.uint8)
        return [_turned_back(quad, upright) for quad in detector.detect(upright, scale=scale)]
    return quads_px if done else detector.detect(image, scale=scale)


def run_alike(quads_px: Sequence[Quad]) -> list[Quad]:
    """The quads, where short ones begin at the side that the page's long ones begin at.

    A detector takes the longer side for the direction, which a single letter has none of.
    """
    along = _main_direction(quads_px)
    return [quad if _is_long(quad) else _beginning(quad, along) for quad in quads_px]


def half_turned(quads_px: Sequence[Quad]) -> list[Quad]:
    """The same lines read from their other ends, upside down."""
    return [np.roll(quad, 2, axis=0) for quad in quads_px]


def direction(quads_px: Sequence[Quad]) -> float:
    """The direction of a page's print in radians clockwise from rightwards, -pi to pi.

    It is that of most of the print, as the sum of all first edges has it; rightwards where
    there are but short marks that run another way.
    """
    if not quads_px:
        return 0.0
    main = _main_direction(quads_px)
    edges = [quad[1] - quad[0] for quad in quads_px]
    along = [edge for edge in edges if float(edge @ main) > 0]
    x, y = np.sum(along or [np.array([1.0, 0.0])], axis=0).tolist()
    return float(np.arctan2(y, x))


def upright_boxes(quads_px: Sequence[Quad], angle: float) -> NDArray[np.float64]:
    """Boxes (N, 4) around quads, as left, top, right, bottom, after the page is turned upright."""
    if not quads_px:
        return np.empty((0, 4))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.stack(quads_px) @ turn
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)


def _turned_back(quad_px: Quad, upright: Image) -> Quad:
    """A quad of the page turned counter-clockwise, in px of the page itself."""
    x, y = quad_px.T
    return np.stack([upright.shape[0] - 1 - y, x], axis=1)


def _main_direction(quads_px: Sequence[Quad]) -> NDArray[np.float64]:
    """One of the four directions of the axes: that of most print among the long quads."""
    edges = np.array([quad[1] - quad[0] for quad in quads_px if _is_long(quad)]).reshape(-1, 2)
    axes = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    votes = np.maximum(edges @ axes.T, 0).sum(axis=0)
    return np.asarray(axes[int(votes.argmax())], np.float64)


def _beginning(quad: Quad, along: NDArray[np.float64]) -> Quad:
    """The quad rolled so that its first edge runs along a direction as far as any does."""
    edges = np.roll(quad, -1, axis=0) - quad
    lengths = np.linalg.norm(edges, axis=1, keepdims=True)
    return np.roll(quad, -int((edges / np.maximum(lengths, 1e-6) @ along).argmax()), axis=0)


def _is_long(quad: Quad) -> bool:
    along, across = _sides(quad)
    return along >= _CLEARLY_LONG * across


def _sides(quad: Quad) -> tuple[float, float]:
    """The lengths of a quad's first and second edge."""
    first, second = np.linalg.norm(np.diff(quad[:3], axis=0), axis=1).tolist()
    return first, second
