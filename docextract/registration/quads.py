"""Quadrilaterals: from outlines, and to homographies in the four orientations."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.types import Homography, Quad

Points = NDArray[np.float64]

_BINS = 48  # pieces a side is looked at in
_SAME_LINE = 0.006  # of a side's length: outermost points this near a line are on it


def enclosing_quad(points: NDArray[np.generic]) -> Quad | None:
    """The quadrilateral around (N, 2) points that adds little to their convex hull, or None.

    Hull edges are dropped, the one whose dropping adds the least area first, until four are
    left; the neighbours of a dropped edge are prolonged to meet. Corners come out clockwise on
    the screen. None when the hull is degenerate.
    """
    hull = cv2.convexHull(np.asarray(points, np.float32).reshape(-1, 1, 2))
    perimeter = cv2.arcLength(hull, True)
    corners = cv2.approxPolyDP(hull, 0.004 * perimeter, True).reshape(-1, 2).astype(np.float64)
    while len(corners) > 4:
        dropped = _drop_cheapest_edge(corners)
        if dropped is None:
            return None
        corners = dropped
    if len(corners) != 4 or abs(_area(corners)) < 1:
        return None
    return corners if _area(corners) > 0 else corners[::-1].copy()


def trimmed_quad(points: Points, quad: Quad) -> Quad:
    """Move each side of an enclosing quad to where most of the (N, 2) points' outline lies.

    A seal or a word that sticks out of a frame moves a corner of the enclosing quad; the line
    that most of a side's outermost points agree on does not follow it.
    """
    square = rectangle(0, 0, 1, 1)
    inside = apply(perspective(quad, square), points)
    sides = []
    for turn in range(4):
        # Turned so that the side in question is the top one, from left to right.
        turned = np.roll(square, -turn, axis=0)
        along = inside @ (turned[1] - turned[0]) - turned[0] @ (turned[1] - turned[0])
        depth = (inside - turned[0]) @ (turned[3] - turned[0])
        at_start, at_end = _outline(along, depth)
        down = turned[3] - turned[0]
        sides.append((turned[0] + at_start * down, turned[1] + at_end * down))
    corners = [
        _crossing(*sides[turn - 1], *sides[turn], fallback=square[turn]) for turn in range(4)
    ]
    return apply(perspective(square, quad), np.array(corners))


def homographies(corners_u: Quad, corners_px: Quad) -> list[Homography]:
    """The homographies from template to picture for the four ways round, likeliest first.

    The first one has the template's top edge on the picture edge that points most to the right.
    """
    edges = np.roll(corners_px, -1, axis=0) - corners_px
    rightmost = int(np.argmax(edges[:, 0] / (np.linalg.norm(edges, axis=1) + 1e-9)))
    order = [(rightmost + turn) % 4 for turn in (0, 2, 1, 3)]
    return [perspective(corners_u, np.roll(corners_px, -start, axis=0)) for start in order]


def perspective(corners_u: Quad, corners_px: Quad) -> Homography:
    """The homography that maps one quad's corners onto another's."""
    return cv2.getPerspectiveTransform(
        corners_u.astype(np.float32), corners_px.astype(np.float32)
    ).astype(np.float64)


def rectangle(x: float, y: float, width: float, height: float) -> Quad:
    """The corners of a rectangle, clockwise from its top left."""
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], float)


def apply(homography: NDArray[np.floating], points: NDArray[np.floating]) -> Points:
    """Map (N, 2) points."""
    h = np.c_[points, np.ones(len(points))] @ homography.T
    mapped: Points = h[:, :2] / h[:, 2:3]
    return mapped


def _area(corners: Points) -> float:
    x, y = corners.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def _outline(along: Points, depth: Points) -> tuple[float, float]:
    """The depth at 0 and at 1 of the line that most of the outermost points lie on."""
    bins = np.clip((along * _BINS).astype(int), 0, _BINS - 1)
    outermost = np.full(_BINS, np.inf)
    np.minimum.at(outermost, bins, depth)
    at = (np.arange(_BINS) + 0.5) / _BINS
    first, second = np.nonzero(at[None, :] - at[:, None] > 0.3)
    known = np.isfinite(outermost[first]) & np.isfinite(outermost[second])
    first, second = first[known], second[known]
    if len(first) == 0:
        return 0.0, 0.0
    slope = (outermost[second] - outermost[first]) / (at[second] - at[first])
    start = outermost[first] - slope * at[first]
    misfit = np.abs(outermost[None] - start[:, None] - slope[:, None] * at[None])
    best = int(np.argmax((misfit < _SAME_LINE).sum(axis=1)))
    return float(start[best]), float(start[best] + slope[best])


def _crossing(p: Points, q: Points, r: Points, s: Points, *, fallback: Points) -> Points:
    """Where the line through p and q meets the line through r and s."""
    d, e = q - p, s - r
    cross = d[0] * e[1] - d[1] * e[0]
    if abs(cross) < 1e-9:
        return fallback
    meet: Points = p + ((r - p)[0] * e[1] - (r - p)[1] * e[0]) / cross * d
    return meet


def _drop_cheapest_edge(corners: Points) -> Points | None:
    best: tuple[float, int, Points] | None = None
    n = len(corners)
    for i in range(n):
        before, a, b, after = (corners[(i + k) % n] for k in (-1, 0, 1, 2))
        meet = _intersection(before, a, after, b)
        if meet is None:
            continue
        added = abs(_area(np.array([a, meet, b])))
        if best is None or added < best[0]:
            best = added, i, meet
    if best is None:
        return None
    _, i, meet = best
    kept = corners.copy()
    kept[i] = meet
    return np.delete(kept, (i + 1) % n, axis=0)


def _intersection(p: Points, q: Points, r: Points, s: Points) -> Points | None:
    """Where the ray p→q beyond q meets the ray r→s beyond s, or None."""
    d, e = q - p, s - r
    cross = d[0] * e[1] - d[1] * e[0]
    if abs(cross) < 1e-9:
        return None
    t = ((r - p)[0] * e[1] - (r - p)[1] * e[0]) / cross
    u = ((r - p)[0] * d[1] - (r - p)[1] * d[0]) / cross
    if t < 1 or u < 1:
        return None
    meet: Points = p + t * d
    return meet
