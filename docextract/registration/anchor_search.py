"""Where a form lies among detected lines of text: its anchors matched by place alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from docextract.registration.anchors import AnchoredForm, Complex, Floats, Lines
from docextract.registration.robust import fit_homography
from docextract.types import Homography, Quad

_OFTEN_LONGER = (0.5, 2.0)  # detected length-to-height against an anchor's own
_FIRST_TOLERANCE = 1.5  # line heights
_SEEDS_REFINED = 8
_TOLERANCES = (2.0, 1.2, 0.8, 0.7)  # line heights, as the fit gets better
_HEIGHTS = (0.5, 2.0)  # a line's height against its anchor's
_OUTLYING = 2.5  # medians


class Found(NamedTuple):
    """A placement: which line is which anchor, and how far off they are.

    ``pairs`` are (anchor, line) indices; ``residual_px`` is the root mean square distance of the
    lines' ends from those of their anchors.
    """

    homography: Homography
    pairs: tuple[tuple[int, int], ...]
    residual_px: float


def find_form(form: AnchoredForm, quads_px: Sequence[Quad]) -> Iterator[Found]:
    """Yield placements of a form among detected lines, those with most anchors first.

    Each pair of an anchor and a line of like shape suggests a similarity; those that bring the
    most other anchors onto lines are refined to homographies, more anchors joining as the fit
    gets better.
    """
    lines = Lines.of(quads_px)
    seeds = _seeds(form, lines)
    if len(seeds) == 0:
        return
    found = [_refined(form, lines, seed) for seed in _best_seeds(form, lines, seeds)]
    placed = [f for f in found if f is not None]
    placed.sort(key=lambda f: -_merit(form, f))
    seen: list[Homography] = []
    for one in placed:
        if not any(_alike(form, one.homography, other) for other in seen):
            seen.append(one.homography)
            yield one


def _merit(form: AnchoredForm, found: Found) -> float:
    """What placements are compared by: many anchors found, near their places.

    Where rows are alike, a placement a row off may find as many anchors, but not so near.
    """
    ends_px = _apply(found.homography, _points(form.ends_u.ravel())).reshape(-1, 2, 2)
    length_px = np.linalg.norm(ends_px[:, 1] - ends_px[:, 0], axis=1)
    length_u = np.abs(form.ends_u[:, 1] - form.ends_u[:, 0])
    height_px = float(np.median(length_px / length_u * form.heights_u))
    return len(found.pairs) * max(0.0, 1 - found.residual_px / height_px)


def _seeds(form: AnchoredForm, lines: Lines) -> Complex:
    """Similarities z -> az + b from single pairs, as rows (a, b)."""
    length_u = np.abs(form.ends_u[:, 1] - form.ends_u[:, 0])
    length_px = np.abs(lines.ends_px[:, 1] - lines.ends_px[:, 0])
    slim_u = length_u / form.heights_u
    slim_px = length_px / np.maximum(lines.heights_px, 1)
    ratio = slim_px[None] / slim_u[:, None]
    low, high = _OFTEN_LONGER
    anchors, found = np.nonzero((ratio > low) & (ratio < high) & (slim_u > 1.5)[:, None])
    rows = []
    for way in (1, -1):
        ends = lines.ends_px[found][:, ::way]
        a = (ends[:, 1] - ends[:, 0]) / length_u[anchors]
        rows.append(np.stack([a, ends[:, 0] - a * form.ends_u[anchors, 0]], axis=1))
    return np.concatenate(rows)


def _best_seeds(form: AnchoredForm, lines: Lines, seeds: Complex) -> Complex:
    """The seeds under which most anchors have a line, no two of them nearly the same."""
    placed = seeds[:, :1, None] * form.ends_u[None] + seeds[:, 1:, None]  # (S, A, 2)
    unit = seeds[:, 0][:, None] * form.heights_u[None]  # (S, A): downwards, a line's height
    support = np.zeros(len(seeds))
    for way in (1, -1):
        ends = lines.ends_px[:, ::way]
        along = ends[:, 1] - ends[:, 0]
        same_way = (along[None] / seeds[:, :1]).real > 0  # (S, L)
        off = np.abs(ends[None, None] - placed[:, :, None]) / np.abs(unit)[:, :, None, None]
        nearest = off.min(axis=3)  # the nearer end
        tall = lines.heights_px[None, None] / np.abs(unit)[:, :, None]
        fits = same_way[:, None] & (tall > _HEIGHTS[0]) & (tall < _HEIGHTS[1])
        nearest = np.where(fits, nearest, np.inf).min(axis=2)
        support += np.clip(1 - nearest / _FIRST_TOLERANCE, 0, None).sum(axis=1)
    kept: list[int] = []
    for i in np.argsort(-support):
        apart = [np.abs(placed[i] - placed[k]).max() / np.abs(unit[k]).mean() for k in kept]
        if all(distance > 2 for distance in apart):
            kept.append(int(i))
        if len(kept) == _SEEDS_REFINED:
            break
    return seeds[kept]


def _refined(form: AnchoredForm, lines: Lines, seed: Complex) -> Found | None:
    a, b = seed
    homography = np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag], [0, 0, 1.0]])
    turned = _reads_backwards(lines, a)
    match = _Match((), np.zeros((0, 2)), np.zeros((0, 2)))
    for tolerance in _TOLERANCES:
        match = _matched(form, lines, homography, turned, tolerance)
        if len(match.pairs) < 2:
            return None
        moved = fit_homography(match.from_u, match.to_px, form.size_u)
        if moved is None:
            return None
        homography = moved
    match = _matched(form, lines, homography, turned, _TOLERANCES[-1])
    if len(match.pairs) < 2:
        return None
    return Found(homography, match.pairs, _residual(homography, match))


def _residual(homography: Homography, match: _Match) -> float:
    """The root mean square distance of the ends that the fit goes by.

    Ends far off are those of lines that hold more than the anchor, such as a value behind it.
    """
    off = np.hypot(*(_apply(homography, match.from_u) - match.to_px).T)
    kept = off[off <= _OUTLYING * np.median(off)]
    return float(np.sqrt((kept**2).mean()))


class _Match(NamedTuple):
    pairs: tuple[tuple[int, int], ...]
    from_u: Floats
    to_px: Floats


def _reads_backwards(lines: Lines, a: complex) -> NDArray[np.bool_]:
    """For each line: whether its first end is its text's last."""
    backwards: NDArray[np.bool_] = ((lines.ends_px[:, 1] - lines.ends_px[:, 0]) / a).real < 0
    return backwards


def _matched(
    form: AnchoredForm,
    lines: Lines,
    homography: Homography,
    turned: NDArray[np.bool_],
    tolerance: float,
) -> _Match:
    """Pair anchors with the nearest lines, each line once, and list the ends that agree."""
    placed = _complex(_apply(homography, _points(form.ends_u.ravel()))).reshape(-1, 2)
    ends = np.where(turned[:, None], lines.ends_px[:, ::-1], lines.ends_px)
    direction = placed[:, 1] - placed[:, 0]
    length_u = np.abs(form.ends_u[:, 1] - form.ends_u[:, 0])
    height = np.abs(direction) / length_u * form.heights_u
    # In line heights: the real part along the anchor, the imaginary part across it.
    off = (ends[None] - placed[:, None]) / (direction / np.abs(direction) * height)[:, None, None]
    across = np.abs(off.imag).mean(axis=2)
    nearest = np.abs(off.real).min(axis=2)
    tall = lines.heights_px[None] / height[:, None]
    fits = (across < tolerance) & (nearest < 1.5 * tolerance)
    fits &= (tall > _HEIGHTS[0]) & (tall < _HEIGHTS[1])
    cost = np.where(fits, across + nearest, np.inf)
    pairs: list[tuple[int, int]] = []
    from_u, to_px = [], []
    while np.isfinite(cost).any():
        i, j = map(int, np.unravel_index(np.argmin(cost), cost.shape))
        cost[i], cost[:, j] = np.inf, np.inf
        pairs.append((i, j))
        for end in (0, 1):
            if abs(off[i, j, end].real) < 1.5 * tolerance:
                from_u.append(form.ends_u[i, end])
                to_px.append(ends[j, end])
    return _Match(tuple(pairs), _points(np.array(from_u)), _points(np.array(to_px)))


def _alike(form: AnchoredForm, one: Homography, other: Homography) -> bool:
    corners = _points(form.ends_u.ravel())
    apart = np.abs(_apply(one, corners) - _apply(other, corners)).max()
    size = float(np.ptp(_apply(one, corners), axis=0).max())
    return bool(apart < 0.02 * size)


def _apply(homography: Homography, points: Floats) -> Floats:
    h = np.c_[points, np.ones(len(points))] @ homography.T
    mapped: Floats = h[:, :2] / h[:, 2:3]
    return mapped


def _points(numbers: Complex) -> Floats:
    return np.stack([np.real(numbers), np.imag(numbers)], axis=-1)


def _complex(points: Floats) -> Complex:
    numbers: Complex = points @ np.array([1, 1j])
    return numbers
