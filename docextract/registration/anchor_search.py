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
_SKEW = 0.06  # how far from a similarity a form may lie, near the seed
_APART = 1.0  # mean line heights between seeds that count as different
_SEEDS_GROWN = 24
_FEWEST = 3
_FROM = 8  # anchors like the fewest lines, from which a promise is made
_MOST_PLACES = 1_000_000  # looked at at a time: seeds times anchors times lines
_TOO_MANY = 5_000_000  # of them: lines of many documents
_SAMPLED = 3  # of the anchors, one in so many then says which seeds are hopeful
_HOPEFUL = 800  # seeds
# Growing: the share of the anchors, nearest first, and the tolerance in line heights.
_GROWTH = ((0.25, 1.0), (0.45, 1.0), (0.7, 1.0), (1.0, 1.0), (1.0, 0.8), (1.0, 0.7))
_NEARLY_ALL = 0.8
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


class _Seed(NamedTuple):
    """A similarity z -> az + b, and the anchor that it was made from."""

    a: complex
    b: complex
    anchor: int


def find_form(form: AnchoredForm, quads_px: Sequence[Quad]) -> Iterator[Found]:
    """Yield placements of a form among detected lines, likelier ones first.

    Each pair of an anchor and a line of like shape suggests a similarity, which is right near
    the pair even where the paper lies askew. Those that bring the most other anchors onto lines
    are grown to homographies, outwards from the pair. One that explains nearly all anchors is
    yielded before others are looked at.
    """
    lines = Lines.of(quads_px)
    seen: list[Homography] = []
    rest: list[Found] = []
    for seed in _best_seeds(form, lines, *_seeds(form, lines)):
        found = _grown(form, lines, seed)
        if found is None or any(_alike(form, found.homography, other) for other in seen):
            continue
        seen.append(found.homography)
        if _merit(form, found) >= _NEARLY_ALL * len(form.anchors):
            yield found
        else:
            rest.append(found)
    yield from sorted(rest, key=lambda found: -_merit(form, found))


def promise(form: AnchoredForm, quads_px: Sequence[Quad]) -> float:
    """The share of the anchors that some similarity brings onto lines, 0 to 1.

    Takes a fraction of the time of ``find_form``. Where the form is, nearly all of them are.
    """
    lines = Lines.of(quads_px)
    seeds, anchors = _seeds(form, lines)
    if len(seeds) == 0:
        return 0.0
    names, often = np.unique(anchors, return_counts=True)
    some = np.isin(anchors, names[np.argsort(often, kind="stable")[:_FROM]])
    seeds, anchors = _hopeful(form, lines, seeds[some], anchors[some])
    return float(_supported(form, lines, seeds, anchors).support.max()) / len(form.anchors)


def _merit(form: AnchoredForm, found: Found) -> float:
    """What placements are compared by: many anchors found, near their places.

    Where rows are alike, a placement a row off may find as many anchors, but not so near.
    """
    ends_px = _apply(found.homography, _points(form.ends_u.ravel())).reshape(-1, 2, 2)
    length_px = np.linalg.norm(ends_px[:, 1] - ends_px[:, 0], axis=1)
    length_u = np.abs(form.ends_u[:, 1] - form.ends_u[:, 0])
    height_px = float(np.median(length_px / length_u * form.heights_u))
    return len(found.pairs) * max(0.0, 1 - found.residual_px / height_px)


def _seeds(form: AnchoredForm, lines: Lines) -> tuple[Complex, NDArray[np.intp]]:
    """Similarities from single pairs, as rows (a, b), and the anchor of each."""
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
    return np.concatenate(rows), np.tile(anchors, 2)


def _best_seeds(
    form: AnchoredForm, lines: Lines, seeds: Complex, anchors: NDArray[np.intp]
) -> Iterator[_Seed]:
    """The seeds under which most anchors have a line, no two of them nearly the same."""
    if len(seeds) == 0:
        return
    seeds, anchors = _hopeful(form, lines, seeds, anchors)
    support, placed, height = _supported(form, lines, seeds, anchors)
    kept: list[int] = []
    for i in map(int, np.argsort(-support)):
        apart = (np.abs(placed[i] - placed[k]).max() / height[k].mean() for k in kept)
        if all(distance > _APART for distance in apart):
            kept.append(i)
            yield _Seed(complex(seeds[i, 0]), complex(seeds[i, 1]), int(anchors[i]))
        if len(kept) == _SEEDS_GROWN:
            return


def _hopeful(
    form: AnchoredForm, lines: Lines, seeds: Complex, anchors: NDArray[np.intp]
) -> tuple[Complex, NDArray[np.intp]]:
    """The seeds that some of the anchors support, where there are too many to ask all anchors."""
    if len(seeds) * len(form.anchors) * len(lines.heights_px) <= _TOO_MANY:
        return seeds, anchors
    sampled = np.arange(0, len(form.anchors), _SAMPLED)
    support = _supported(form, lines, seeds, anchors, sampled).support
    best = np.argsort(-support, kind="stable")[:_HOPEFUL]
    return seeds[best], anchors[best]


class _Support(NamedTuple):
    """How many anchors have a line under each seed, the nearer the more; and where they lie.

    ``placed`` are the anchors' ends (S, A, 2), ``height`` their heights (S, A), in px.
    """

    support: Floats
    placed: Complex
    height: Floats


def _supported(
    form: AnchoredForm,
    lines: Lines,
    seeds: Complex,
    anchors: NDArray[np.intp],
    asked: NDArray[np.intp] | None = None,
) -> _Support:
    """What the anchors ``asked``, or all, say of each seed, which is from one of ``anchors``."""
    asked = np.arange(len(form.anchors)) if asked is None else asked
    most = max(1, _MOST_PLACES // max(1, len(asked) * len(lines.heights_px)))
    parts = [
        _support(form, lines, seeds[i : i + most], anchors[i : i + most], asked)
        for i in range(0, len(seeds), most)
    ]
    return _Support(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _support(
    form: AnchoredForm,
    lines: Lines,
    seeds: Complex,
    anchors: NDArray[np.intp],
    asked: NDArray[np.intp],
) -> _Support:
    placed = seeds[:, :1, None] * form.ends_u[asked][None] + seeds[:, 1:, None]  # (S, A, 2)
    height = np.abs(seeds[:, 0])[:, None] * form.heights_u[asked][None]  # (S, A)
    leeway = _leeway(form)[anchors][:, asked]
    support = np.zeros(len(seeds))
    for way in (1, -1):
        ends = lines.ends_px[:, ::way]
        along = ends[:, 1] - ends[:, 0]
        same_way = (along[None] / seeds[:, :1]).real > 0  # (S, L)
        tall = lines.heights_px[None, None] / height[:, :, None]
        fits = same_way[:, None] & (tall > _HEIGHTS[0]) & (tall < _HEIGHTS[1])
        off = np.minimum(*(_squares(ends[:, e] - placed[:, :, e, None]) for e in (0, 1)))
        nearest = np.sqrt(np.where(fits, off, np.inf).min(axis=2)) / height
        support += np.clip(1 - nearest / leeway, 0, None).sum(axis=1)
    return _Support(support, placed, height)


def _squares(numbers: Complex) -> Floats:
    """Squared moduli; the roots are taken of the few that are left."""
    squares: Floats = numbers.real**2 + numbers.imag**2
    return squares


def _leeway(form: AnchoredForm) -> Floats:
    """How far off a line may be, in its heights, from a seed of one anchor (row) to another."""
    centres = form.ends_u.mean(axis=1)
    far = np.abs(centres[:, None] - centres[None]) / form.heights_u[None]
    leeway: Floats = 1 + _SKEW * far
    return leeway


def _grown(form: AnchoredForm, lines: Lines, seed: _Seed) -> Found | None:
    """Fit a homography to the seed's surroundings, then to ever more of the form."""
    a, b = seed.a, seed.b
    homography = np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag], [0, 0, 1.0]])
    lines = _one_way(lines, a)
    centres = form.ends_u.mean(axis=1)
    order = np.argsort(np.abs(centres - centres[seed.anchor]))
    for share, tolerance in _GROWTH:
        near = np.zeros(len(centres), bool)
        near[order[: max(_FEWEST, round(share * len(order)))]] = True
        match = _matched(form, lines, homography, near, tolerance)
        moved = fit_homography(match.from_u, match.to_px, form.size_u)
        if moved is None:
            return None
        homography = moved
    everywhere = np.ones(len(centres), bool)
    match = _matched(form, lines, homography, everywhere, _GROWTH[-1][1])
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


def _one_way(lines: Lines, a: complex) -> Lines:
    """The lines, those that point against ``a`` taken from their other end."""
    against = ((lines.ends_px[:, 1] - lines.ends_px[:, 0]) / a).real < 0
    ends = np.where(against[:, None], lines.ends_px[:, ::-1], lines.ends_px)
    return lines._replace(ends_px=ends)


def _matched(
    form: AnchoredForm,
    lines: Lines,
    homography: Homography,
    near: NDArray[np.bool_],
    tolerance: float,
) -> _Match:
    """Pair the anchors ``near`` with their nearest lines, each once, and list ends that agree."""
    placed = _complex(_apply(homography, _points(form.ends_u.ravel()))).reshape(-1, 2)
    ends = lines.ends_px
    direction = placed[:, 1] - placed[:, 0]
    length_u = np.abs(form.ends_u[:, 1] - form.ends_u[:, 0])
    height = np.abs(direction) / length_u * form.heights_u
    # In line heights: the real part along the anchor, the imaginary part across it.
    off = (ends[None] - placed[:, None]) / (direction / np.abs(direction) * height)[:, None, None]
    across = np.abs(off.imag).mean(axis=2)
    nearest = np.abs(off.real).min(axis=2)
    tall = lines.heights_px[None] / height[:, None]
    fits = near[:, None] & (across < tolerance) & (nearest < 1.5 * tolerance)
    fits &= (tall > _HEIGHTS[0]) & (tall < _HEIGHTS[1])
    cost = np.where(fits, across + nearest, np.inf)
    pairs: list[tuple[int, int]] = []
    starts: list[complex] = []
    goals: list[complex] = []
    while np.isfinite(cost).any():
        i, j = map(int, np.unravel_index(np.argmin(cost), cost.shape))
        cost[i], cost[:, j] = np.inf, np.inf
        pairs.append((i, j))
        for end in (0, 1):
            if abs(off[i, j, end].real) < 1.5 * tolerance:
                starts.append(form.ends_u[i, end])
                goals.append(ends[j, end])
    from_u, to_px = (_points(np.array(e, np.complex128)) for e in (starts, goals))
    return _Match(tuple(pairs), from_u, to_px)


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
