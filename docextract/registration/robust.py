"""A homography from a few points, some of them wrong, that does not bend beyond them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from docextract.types import Homography

_ROUNDS = 15
_USUAL_TILT = 0.05  # perspective that costs as much as one point at one standard deviation
_USUAL_SHEAR = 0.03  # departure from a similarity that does
_SMALLEST_SIGMA = 0.002  # of the form's size in the picture
_SETTLED = 1e-4  # of the form's size in the picture

Points = NDArray[np.float64]


def fit_homography(from_u: Points, to_px: Points, size_u: tuple[float, float]) -> Homography | None:
    """The homography that most points (N, 2) agree on, by reweighted least squares.

    Tukey's biweight with a scale from the median misfit drops wrong points. Few points or points
    in one corner leave perspective and shear open: these are held near none, as firmly as one
    point is to its place, so that the far side of the form does not fly off. None when the
    points leave even a similarity open.
    """
    if len(from_u) < 2:
        return None
    half = max(size_u) / 2
    x, y = ((from_u - np.array(size_u) / 2) / half).T
    centre = to_px.mean(axis=0)
    if np.ptp(x) + np.ptp(y) < 1e-3:
        return None
    scale = float(np.hypot(*np.ptp(to_px, axis=0)) / np.hypot(np.ptp(x), np.ptp(y)))
    u, v = ((to_px - centre) / max(scale, 1e-9)).T
    solved = _reweighted(x, y, u, v)
    if solved is None:
        return None
    a, b, c, d, e, f, g, h = solved
    to_normal = np.array(
        [[1 / half, 0, -size_u[0] / 2 / half], [0, 1 / half, -size_u[1] / 2 / half], [0, 0, 1]]
    )
    to_page = np.array([[scale, 0, centre[0]], [0, scale, centre[1]], [0, 0, 1.0]])
    homography = to_page @ np.array([[a, b, c], [d, e, f], [g, h, 1.0]]) @ to_normal
    if not np.isfinite(homography).all() or abs(homography[2, 2]) < 1e-9:
        return None
    return np.asarray(homography / homography[2, 2], np.float64)


def _reweighted(x: Points, y: Points, u: Points, v: Points) -> Points | None:
    """The eight entries by reweighted least squares, or None when they fold the form."""
    one, zero = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate(
        [
            np.stack([x, y, one, zero, zero, zero, -u * x, -u * y], axis=1),
            np.stack([zero, zero, zero, x, y, one, -v * x, -v * y], axis=1),
        ]
    )
    wanted = np.concatenate([u, v])
    weights, sigma = np.ones(len(x)), 0.02
    solved = np.zeros(8)
    for _ in range(_ROUNDS):
        weighted = rows * np.tile(weights, 2)[:, None]
        before = solved
        solved = np.linalg.solve(weighted.T @ rows + sigma**2 * _RESTRAINTS, weighted.T @ wanted)
        a, b, c, d, e, f, g, h = solved
        depth = 1 + g * x + h * y
        if depth.min() < 0.2:
            return None
        if np.abs(solved - before).max() < _SETTLED:
            break
        off = np.hypot((a * x + b * y + c) / depth - u, (d * x + e * y + f) / depth - v)
        sigma = max(1.5 * float(np.median(off)), _SMALLEST_SIGMA)
        weights = np.clip(1 - (off / (3 * sigma)) ** 2, 0, None) ** 2
    return solved


def _restraints() -> Points:
    """The normal matrix of four rows that hold shear and perspective near none."""
    shear = np.array([[1.0, 0, 0, 0, -1, 0, 0, 0], [0, 1, 0, 1, 0, 0, 0, 0]]) / _USUAL_SHEAR
    rows = np.concatenate([np.eye(8)[6:] / _USUAL_TILT, shear])
    normal: Points = rows.T @ rows
    return normal


_RESTRAINTS = _restraints()
