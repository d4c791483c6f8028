"""Anchors: printed words of a form, found among the lines of text in a picture."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from docextract.registration.robust import fit_homography
from docextract.types import Homography, Quad

_ALIKE = 0.6  # share of an anchor's characters that must be read in order
_OFTEN_LONGER = (0.5, 2.0)  # detected length-to-height against an anchor's own
_FIRST_TOLERANCE = 1.5  # line heights
_SEEDS_REFINED = 8
_TOLERANCES = (2.0, 1.2, 0.8, 0.7)  # line heights, as the fit gets better
_HEIGHTS = (0.5, 2.0)  # a line's height against its anchor's
_MARGIN = 0.13  # of a detected line's height: paper around the text, on all sides
_OUTLYING = 2.5  # medians

Complex: TypeAlias = NDArray[np.complex128]
Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Printed:
    """Words with a fixed place: their text or a regular expression; the box fits them tightly."""

    text: str
    pattern: str
    box_u: tuple[float, float, float, float]

    def is_read_in(self, text: str) -> bool:
        """True when a line's text, as recognized, holds these words."""
        if self.pattern:
            return re.search(self.pattern, text) is not None
        return share_found(self.text, text) >= _ALIKE


def share_found(wanted: str, text: str) -> float:
    """The share of the characters of ``wanted`` that ``text`` has in the same order."""
    wanted, text = ("".join(t.split()) for t in (wanted, text))
    blocks = SequenceMatcher(None, wanted, text, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / max(len(wanted), 1)


@dataclass(frozen=True, eq=False)
class AnchoredForm:
    """One layout of a template that is placed by its anchors; sizes in template units."""

    layout: str
    size_u: tuple[float, float]
    anchors: tuple[Printed, ...]

    @cached_property
    def ends_u(self) -> Complex:
        """The middle of the left and of the right edge of each anchor, (A, 2), x + iy."""
        boxes = np.array([anchor.box_u for anchor in self.anchors])
        middle = 1j * (boxes[:, 1] + boxes[:, 3] / 2)
        return np.stack([boxes[:, 0] + middle, boxes[:, 0] + boxes[:, 2] + middle], axis=1)

    @cached_property
    def heights_u(self) -> Floats:
        """The height of each anchor."""
        return np.array([anchor.box_u[3] for anchor in self.anchors])


class Found(NamedTuple):
    """A placement: which line is which anchor, and how far off they are.

    ``pairs`` are (anchor, line) indices; ``residual_px`` is the root mean square distance of the
    lines' ends from those of their anchors.
    """

    homography: Homography
    pairs: tuple[tuple[int, int], ...]
    residual_px: float


class Lines(NamedTuple):
    """Detected lines: their two ends (L, 2) and heights (L,) in px."""

    ends_px: Complex
    heights_px: Floats

    @classmethod
    def of(cls, quads_px: Sequence[Quad]) -> Lines:
        """Measure quads whose first edge is their longer one, without the detector's margin."""
        if not quads_px:
            return cls(np.zeros((0, 2), np.complex128), np.zeros(0))
        corners = np.array(quads_px) @ (1, 1j)
        ends = np.stack([corners[:, [0, 3]].mean(axis=1), corners[:, [1, 2]].mean(axis=1)], axis=1)
        heights = np.abs(corners[:, 3] - corners[:, 0])
        along = ends[:, 1] - ends[:, 0]
        inset = along / np.maximum(np.abs(along), 1e-6) * _MARGIN * heights
        inward = np.stack([inset, -inset], axis=1)
        return cls(ends + inward, heights * (1 - 2 * _MARGIN))


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
