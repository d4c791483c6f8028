"""Ruling lines: found in a reference picture, then tracked in a page to place it.

The tracker is model-based line tracking (Harris & Stennett 1990, "RAPID"; Drummond & Cipolla
2002): points on the template's lines are projected into the picture, the nearest line is
looked for along each normal, and the homography is moved to meet what was found, robustly,
in a radius that shrinks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.registration.fit import Fit
from docextract.registration.quads import apply
from docextract.registration.view import Gray, View
from docextract.types import Homography

Array = NDArray[np.float64]

SPACING_U_SHARE = 1 / 90  # distance of sample points, as a share of the template's width
_SMOOTH = 5  # sample points averaged along a line: print is short, rulings are long
_FINEST_PX = 3.5  # the radius of the last steps
_FOUND_PX = 1.5  # a line this near its place in the view counts as found


@dataclass(frozen=True, eq=False)
class Rulings:
    """Points on the template's ruling lines, (N, 2) units, and their unit normals.

    ``line`` numbers the line each point is on; points of a line are consecutive.
    """

    points_u: Array
    normals_u: Array
    line: NDArray[np.intp]

    @cached_property
    def sparse(self) -> Rulings:
        """Every third point, enough for a first look."""
        return Rulings(self.points_u[::3], self.normals_u[::3], self.line[::3])

    @property
    def lines(self) -> int:
        """How many ruling lines there are."""
        return int(self.line.max()) + 1 if len(self.line) else 0


def find_rulings(gray: Gray, size_u: tuple[float, float]) -> Rulings:
    """Find the horizontal and vertical dark ruling lines of a flat, upright reference picture."""
    to_u = np.array(size_u) / (gray.shape[1], gray.shape[0])
    segments = [s * np.tile(to_u, 2) for s in _segments(gray)]
    spacing = SPACING_U_SHARE * size_u[0]
    points, normals, numbers = [np.zeros((0, 2))], [np.zeros((0, 2))], [np.zeros(0, np.intp)]
    for number, (x0, y0, x1, y1) in enumerate(segments):
        length = float(np.hypot(x1 - x0, y1 - y0))
        count = max(2, round(length / spacing))
        share = (np.arange(count) + 0.5) / count
        points.append(np.c_[x0 + share * (x1 - x0), y0 + share * (y1 - y0)])
        normals.append(np.tile([-(y1 - y0) / length, (x1 - x0) / length], (count, 1)))
        numbers.append(np.full(count, number, np.intp))
    return Rulings(np.concatenate(points), np.concatenate(normals), np.concatenate(numbers))


def seen_rulings(view: View, rulings: Rulings, homography: Homography) -> Rulings:
    """The lines of which tracking finds at least half in a picture.

    In the reference itself that tells rulings from the edges of letters on a dark band.
    """
    if not rulings.lines:
        return rulings
    offsets_px, weight = _measure(view, rulings, homography, _FINEST_PX)
    found = (weight > 0) & (np.abs(offsets_px) <= _FOUND_PX)
    shares = np.bincount(rulings.line, found) / np.maximum(np.bincount(rulings.line), 1)
    kept = shares[rulings.line] >= 0.5
    numbers = np.unique(rulings.line[kept], return_inverse=True)[1]
    return Rulings(rulings.points_u[kept], rulings.normals_u[kept], numbers)


def track(view: View, rulings: Rulings, homography: Homography, *, radius_px: float) -> Fit:
    """Move a homography onto the picture's ruling lines, from ``radius_px`` away or nearer."""
    radius = radius_px
    while radius > _FINEST_PX:
        homography = _moved(view, rulings, homography, radius)
        radius /= 1.8
    for _ in range(2):
        homography = _moved(view, rulings, homography, _FINEST_PX)
    return rate(view, rulings, homography)


def rate(view: View, rulings: Rulings, homography: Homography, *, radius_px: float = 4.0) -> Fit:
    """Say how well the ruling lines lie under a homography, without moving it."""
    offsets_px, weight = _measure(view, rulings, homography, radius_px)
    found = (weight > 0) & (np.abs(offsets_px) <= max(_FOUND_PX, radius_px / 3))
    score = float(found.mean()) if len(found) else 0.0
    spread = float(np.sqrt(np.mean(offsets_px[found] ** 2))) if found.any() else np.inf
    return Fit(homography, score, spread)


def _segments(gray: Gray) -> list[Array]:
    """Axis-parallel dark segments (x0, y0, x1, y1) in px, longer than 1/25 of the picture."""
    background = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    dark = cv2.subtract(background, gray)
    mask = (dark > 40).astype(np.uint8)
    found: list[Array] = []
    for axis in (0, 1):
        side = gray.shape[1 - axis]
        kernel = np.ones((1, side // 25) if axis == 0 else (side // 25, 1), np.uint8)
        opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(opened)
        for i in range(1, count):
            x, y, w, h = stats[i, :4]
            if min(w, h) > side // 50:
                continue  # a filled area, not a line
            ink = np.where(labels[y : y + h, x : x + w] == i, dark[y : y + h, x : x + w], 0)
            across = ink.sum(axis=1 - axis).astype(float)
            centre = float(across @ np.arange(len(across)) / across.sum()) + 0.5
            if axis == 0:
                found.append(np.array([x, y + centre, x + w, y + centre]))
            else:
                found.append(np.array([x + centre, y, x + centre, y + h]))
    return found


def _measure(
    view: View, rulings: Rulings, homography: Homography, radius_px: float
) -> tuple[Array, Array]:
    """Each point's distance in px along its normal to a line, and its weight (0: none there)."""
    base, normal = _projected(rulings, homography)
    steps = np.arange(-np.ceil(radius_px), np.ceil(radius_px) + 1)
    where = (base[:, None] + steps[None, :, None] * normal[:, None]).astype(np.float32)
    hessian = cv2.remap(
        view.hessian, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderValue=(0, 0, 0)
    ).astype(np.float32)
    nx, ny = (normal[:, None, k].astype(np.float32) for k in (0, 1))
    across = nx * nx * hessian[..., 0] + 2 * nx * ny * hessian[..., 1] + ny * ny * hessian[..., 2]
    # Averaging along a line mixes in a neighbour line at its ends; robust weights bear that.
    profile = cv2.blur(np.maximum(across, 0), (1, _SMOOTH)).astype(np.float32, copy=False)
    return _peaks(profile, steps)


def _projected(rulings: Rulings, homography: Homography) -> tuple[Array, Array]:
    """The points in view px and their unit normals there."""
    base = apply(homography, rulings.points_u)
    tangent_u = np.c_[-rulings.normals_u[:, 1], rulings.normals_u[:, 0]]
    tangent = apply(homography, rulings.points_u + tangent_u) - base
    normal = np.c_[tangent[:, 1], -tangent[:, 0]]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-12
    return base, normal


def _peaks(profile: NDArray[np.float32], steps: Array) -> tuple[Array, Array]:
    """The strongest place of each profile to a part of a px, and how far it stands out."""
    nearness = 1 - 0.3 * np.abs(steps) / (np.abs(steps).max() + 1)
    best = np.argmax(profile * nearness.astype(np.float32), axis=1)
    inner = np.clip(best, 1, len(steps) - 2)
    rows = np.arange(len(profile))
    left, top, right = (profile[rows, inner + k] for k in (-1, 0, 1))
    curve = left - 2 * top + right
    shift = np.where(curve < 0, 0.5 * (left - right) / np.minimum(curve, -1e-6), 0.0)
    offsets = steps[inner] + np.clip(shift, -1, 1)
    clutter = profile.mean(axis=1) + 4.0
    at_edge = best != inner
    weight = np.where(at_edge, 0.0, np.clip(top / clutter - 1.5, 0.0, 1.5))
    return offsets.astype(np.float64), weight.astype(np.float64)


def _moved(view: View, rulings: Rulings, homography: Homography, radius_px: float) -> Homography:
    """One robust Gauss-Newton step: the homography whose lines lie where lines were found."""
    offsets_px, weight = _measure(view, rulings, homography, radius_px)
    base, normal = _projected(rulings, homography)
    centre, half = np.array(view.size) / 2, max(view.size) / 2
    x, y = ((base - centre) / half).T
    nx, ny = normal.T
    along = nx * x + ny * y
    jacobian = np.c_[nx * x, nx * y, nx, ny * x, ny * y, ny, -along * x, -along * y]
    step = _robust_solution(jacobian, offsets_px / half, weight, radius_px / half)
    a, b, c, d, e, f, g, h = step
    move = np.array([[1 + a, b, c], [d, 1 + e, f], [g, h, 1.0]])
    to_unit = np.array(
        [[1 / half, 0, -centre[0] / half], [0, 1 / half, -centre[1] / half], [0, 0, 1]]
    )
    moved = np.linalg.inv(to_unit) @ move @ to_unit @ homography
    result: Homography = moved / moved[2, 2]
    return result


def _robust_solution(jacobian: Array, target: Array, weight: Array, radius: float) -> Array:
    """Least squares with Geman-McClure weights, the scale of an outlier shrinking."""
    step = np.zeros(8)
    scale = radius / 2
    damping = np.diag([1e-6] * 6 + [1e-4] * 2) * len(target)
    for _ in range(4):
        robust = weight / (1 + ((target - jacobian @ step) / scale) ** 2) ** 2
        normal_matrix = jacobian.T @ (robust[:, None] * jacobian) + damping
        step = np.linalg.solve(normal_matrix, jacobian.T @ (robust * target))
        scale *= 0.7
    return step
