"""Page to Sheet: methods propose, the tracker refines, the best-fitting layout wins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import nlargest
from itertools import groupby, islice, zip_longest
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.errors import RegistrationError
from docextract.registration import patches, rulings
from docextract.registration._registry import Method, methods
from docextract.registration.fit import Fit
from docextract.registration.form import Form
from docextract.registration.quads import apply, rectangle
from docextract.registration.view import View, page_homography
from docextract.types import Homography, Page, Quad, Sheet

GOOD_SCORE = 0.9  # no further method is tried once a form fits this well
# Below these the form is not in the picture. A grid or a page of text meets many a ruling line
# by chance (0.75 was seen), but hardly any print.
LOWEST_RULED_SCORE = 0.8
LOWEST_PRINT_SCORE = 0.6
_TRACKED = 2  # alternatives that are refined
_FIRST_LOOK_PX = 12.0
_RADIUS_SHARE = 1 / 60  # how far off a proposal may be, as a share of the view
_SMALLEST_SHARE = 0.02  # of the picture: a smaller form could not be read
_GLANCE_COST = 2  # methods up to this one take a few ms a form
# Where a form is, most of its lines are seen at a first look, before any tracking; of another form
# some lie on lines by chance.
_PROMISING = 0.75
_STRETCHED = 1.6  # the longest to the shortest side of a square of the form, as it is seen


class _Guess(NamedTuple):
    form: Form
    homography: Homography
    method: str


class _Placed(NamedTuple):
    form: Form
    fit: Fit
    method: str


class Placer:
    """Places pages on the layouts of one template."""

    def __init__(self, forms: Sequence[Form], *, method_names: Sequence[str] = ()) -> None:
        self._forms = tuple(forms)
        named = {name: methods.get(name) for name in method_names or methods.names()}
        self._methods = sorted(named.items(), key=lambda item: item[1].cost)

    def place(self, page: Page) -> Sheet:
        """Place a page; raises RegistrationError when no layout fits."""
        view = View.of(page)
        best = self._best(view, self._methods)
        if best is None or best.fit.score < _lowest_score(best.form):
            raise RegistrationError(self._reason(page, best))
        return _sheet(page, view, best)

    def glance(self, page: Page, view: View) -> Sheet | None:
        """Place a page by the cheap methods, if the form fits well where it seems to be at all.

        That takes little time where the form is not. ``view`` is that of the page.
        """
        best: _Placed | None = None
        for form, guesses in groupby(self._promising(view), key=lambda guess: guess.form):
            for guess in islice(guesses, _TRACKED):
                placed = _Placed(form, _track(view, guess), guess.method)
                if best is None or placed.fit.merit > best.fit.merit:
                    best = placed
                if placed.fit.score >= GOOD_SCORE:
                    break
        if best is None or best.fit.score < GOOD_SCORE:
            return None
        return _sheet(page, view, best)

    def all_seen(self, page: Page) -> Iterator[Sheet]:
        """Placements of several documents on a page by the cheap methods; none overlaps another's.

        Those that look best come first. They are as exact as the small view of the page allows.
        """
        view = View.of_several(page)
        placed_px: list[Quad] = []
        for guess in sorted(self._promising(view), key=lambda g: -_first_look(view, g)):
            middle = apply(guess.homography, rectangle(0, 0, *guess.form.size_u)).mean(axis=0)
            if any(_is_inside(middle, quad) for quad in placed_px):
                continue
            placed = _Placed(guess.form, _track(view, guess), guess.method)
            if placed.fit.score >= GOOD_SCORE:
                placed_px.append(apply(placed.fit.homography, rectangle(0, 0, *guess.form.size_u)))
                yield _sheet(page, view, placed)

    def _promising(self, view: View) -> list[_Guess]:
        """The cheap methods' guesses that look good, layout by layout, best first."""
        looks: list[tuple[int, float, _Guess]] = []
        for guess in (guess for batch in self._rounds(view, self._cheap) for guess in batch):
            if not _plausible(view, guess) or _stretch(guess) > _STRETCHED:
                continue
            look = _first_look(view, guess)
            if look >= _PROMISING:
                looks.append((self._forms.index(guess.form), -look, guess))
        return [guess for *_, guess in sorted(looks, key=lambda one: one[:2])]

    def search(self, page: Page, view: View) -> Sheet | None:
        """Place a page by the methods that ``glance`` leaves out; None when no layout fits."""
        best = self._best(view, [one for one in self._methods if one not in self._cheap])
        if best is None or best.fit.score < _lowest_score(best.form):
            return None
        return _sheet(page, view, best)

    @property
    def _cheap(self) -> list[tuple[str, Method]]:
        return [(name, method) for name, method in self._methods if method.cost <= _GLANCE_COST]

    def _best(self, view: View, by: Sequence[tuple[str, Method]]) -> _Placed | None:
        """The best placement by some methods, in the order of their cost, until one fits well."""
        best: _Placed | None = None
        for guesses in self._rounds(view, by):
            for placed in _refined(view, guesses):
                if best is None or placed.fit.merit > best.fit.merit:
                    best = placed
            if best is not None and best.fit.score >= GOOD_SCORE:
                break
        return best

    def _rounds(self, view: View, by: Sequence[tuple[str, Method]]) -> Iterator[list[_Guess]]:
        """One proposal of one method for every layout a round, so that layouts compete."""
        for name, method in by:
            proposals = [method.propose(view, form) for form in self._forms]
            for alternatives in zip_longest(*proposals, fillvalue=()):
                yield [
                    _Guess(form, homography, name)
                    for form, homographies in zip(self._forms, alternatives, strict=True)
                    for homography in homographies
                ]

    def _reason(self, page: Page, best: _Placed | None) -> str:
        layouts = ", ".join(form.layout for form in self._forms)
        found = (
            "nothing like it was found"
            if best is None
            else f"the nearest, {best.form.layout!r}, has {best.fit.score:.0%} of its form in the "
            f"picture, {_lowest_score(best.form):.0%} are needed"
        )
        return (
            f"{page.source} page {page.number}: no layout ({layouts}) fits: {found}. "
            "Is it another kind of document, cut off, or too small?"
        )


def findable(form: Form) -> bool:
    """True when a form has the ruling lines or the print to be placed by."""
    return form.ruled or patches.enough(form)


def _lowest_score(form: Form) -> float:
    return LOWEST_RULED_SCORE if form.ruled else LOWEST_PRINT_SCORE


def _refined(view: View, guesses: Sequence[_Guess]) -> Iterator[_Placed]:
    """Track each layout's likeliest alternatives, until one of them fits well."""
    for _, alternatives in groupby(guesses, key=lambda guess: guess.form.layout):
        plausible = [guess for guess in alternatives if _plausible(view, guess)]
        for guess in nlargest(_TRACKED, plausible, key=lambda guess: _first_look(view, guess)):
            placed = _Placed(guess.form, _track(view, guess), guess.method)
            yield placed
            if placed.fit.score >= GOOD_SCORE:
                break


def _track(view: View, guess: _Guess) -> Fit:
    if guess.form.ruled:
        radius = max(view.size) * _RADIUS_SHARE
        return rulings.track(view, guess.form.rulings, guess.homography, radius_px=radius)
    return patches.track(view, guess.form, guess.homography)


def _first_look(view: View, guess: _Guess) -> float:
    if guess.form.ruled:
        sparse = guess.form.rulings.sparse
        return rulings.rate(view, sparse, guess.homography, radius_px=_FIRST_LOOK_PX).score
    return patches.likeness(view, guess.form, guess.homography)


def _plausible(view: View, guess: _Guess) -> bool:
    """False for mirrored, folded or tiny placements, which no photograph shows."""
    corners_u = rectangle(0, 0, *guess.form.size_u)
    depth = np.c_[corners_u, np.ones(4)] @ guess.homography[2]
    if depth.min() <= 0.2 * depth.max():
        return False
    x, y = apply(guess.homography, corners_u).T
    area = float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    return area > _SMALLEST_SHARE * view.size[0] * view.size[1]


def _is_inside(point: NDArray[np.float64], quad: Quad) -> bool:
    x, y = map(float, point)
    return cv2.pointPolygonTest(quad.astype(np.float32), (x, y), False) >= 0


def _stretch(guess: _Guess) -> float:
    """How unequal the sides of a square in the form's middle are in the picture, 1 or more."""
    x, y = guess.form.size_u[0] / 2, guess.form.size_u[1] / 2
    here, right, below = apply(guess.homography, np.array([[x, y], [x + 1, y], [x, y + 1]]))
    sides = np.linalg.svd(np.stack([right - here, below - here]), compute_uv=False)
    return float(sides[0] / max(sides[1], 1e-9))


def _sheet(page: Page, view: View, placed: _Placed) -> Sheet:
    homography = page_homography(view) @ placed.fit.homography
    return Sheet(
        page=page,
        layout=placed.form.layout,
        homography=homography / homography[2, 2],
        residual_px=placed.fit.residual_px / view.scale,
        score=placed.fit.score,
        method=placed.method,
    )
