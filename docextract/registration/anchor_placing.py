"""Page to Sheet by anchors: lines of text are detected, matched by place, and some are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np

from docextract.errors import RegistrationError
from docextract.registration.anchor_search import Found, find_form, promise
from docextract.registration.anchors import AnchoredForm
from docextract.registration.quads import apply, rectangle
from docextract.types import Image, Page, Quad, Sheet

LOWEST_SCORE = 0.45  # of the anchors: below this the form is not in the picture
_GOOD_SCORE = 0.65
_FEWEST = 3
_READ = 3  # anchors that are read to make sure
_SHARED = 0.2  # of a placement's lines, at most, with another document
_TRIED = 3  # placements that are read, such as the ways round
_LINE_PX = 13.0  # height at which a detector sees small print
_CLOSER = (1.0, 2.0)  # a second look, closer, for a form that fills little of the picture
_LONGEST_LOOK_PX = 1600
_Pair: TypeAlias = tuple[int, int]  # an anchor and a line


class Eyes(Protocol):
    """Finds and reads lines of text in a picture."""

    def detect(self, image: Image, *, scale: float) -> list[Quad]:
        """The lines of text as quads, in px of ``image``, seen scaled by ``scale``."""
        ...

    def read(self, image: Image, quads_px: Sequence[Quad]) -> list[str]:
        """The text of each quad, whose first edge is the line's top."""
        ...

    def glance(self, image: Image, quads_px: Sequence[Quad]) -> list[str]:
        """The text of each quad as seen in a fraction of the time, with few symbols."""
        ...


class _Placed(NamedTuple):
    form: AnchoredForm
    found: Found
    score: float
    lines_px: tuple[Quad, ...]


class AnchorPlacer:
    """Places pages on the layouts of one template by their anchors."""

    def __init__(self, forms: Sequence[AnchoredForm], eyes: Eyes) -> None:
        self._forms, self._eyes = tuple(forms), eyes

    def place(self, page: Page) -> Sheet:
        """Place a page; raises RegistrationError when no layout fits."""
        best: _Placed | None = None
        for closer in _CLOSER:
            quads_px = self._eyes.detect(page.image, scale=self._scale(page, closer))
            best = self._best(page, quads_px, best)
            if best is not None and best.score >= _GOOD_SCORE:
                break
        if best is None or best.score < LOWEST_SCORE:
            raise RegistrationError(_reason(page, best))
        return _sheet(page, best)

    def promise(self, quads_px: Sequence[Quad]) -> float:
        """How much of a form seems to be among detected lines, by their places alone, 0 to 1."""
        return max(promise(form, quads_px) for form in self._forms)

    def place_among(self, page: Page, quads_px: Sequence[Quad]) -> Sheet | None:
        """Place a page by lines that were detected on it; None when no layout fits."""
        best = self._best(page, quads_px, None)
        return None if best is None or best.score < LOWEST_SCORE else _sheet(page, best)

    def all_among(self, page: Page, quads_px: Sequence[Quad]) -> Iterator[Sheet]:
        """Placements among lines of several documents, of which no two go by the same lines.

        They may overlap all the same. Those with most words in place come first.
        """
        for form in self._forms:
            taken: set[int] = set()
            for found in find_form(form, quads_px):
                lines = {line for _, line in found.pairs}
                if len(lines) < min(_FEWEST, len(form.anchors)):
                    break
                if len(lines & taken) > _SHARED * len(lines) or not _plausible(page, form, found):
                    continue
                share = len(found.pairs) / len(form.anchors)
                if share < LOWEST_SCORE:
                    continue
                score = share * self._share_read(page, form, found, quads_px)
                if score >= LOWEST_SCORE:
                    taken |= lines
                    yield _sheet(page, _Placed(form, found, score, tuple(quads_px)))

    def _best(self, page: Page, quads_px: Sequence[Quad], best: _Placed | None) -> _Placed | None:
        """The best placement of a layout among lines, or ``best`` when none is better."""
        for form in self._forms:
            placed = self._placed(page, form, quads_px)
            if placed and (best is None or placed.score > best.score):
                best = placed
        return best

    def _scale(self, page: Page, closer: float) -> float:
        """The scale at which the form's smaller lines are high enough, if it fills the page."""
        height, width = page.image.shape[:2]
        form = self._forms[0]
        line_u = float(np.percentile(form.heights_u, 40))
        page_per_u = min(
            max(width, height) / max(form.size_u), min(width, height) / min(form.size_u)
        )
        scale = closer * _LINE_PX / (line_u * page_per_u)
        return float(min(scale, 1.0 if closer == 1 else 2.0, _LONGEST_LOOK_PX / max(width, height)))

    def _placed(self, page: Page, form: AnchoredForm, quads_px: Sequence[Quad]) -> _Placed | None:
        best: _Placed | None = None
        tried = 0
        for found in find_form(form, quads_px):
            share = len(found.pairs) / len(form.anchors)
            if len(found.pairs) < min(_FEWEST, len(form.anchors)) or tried == _TRIED:
                break
            if not _plausible(page, form, found) or (best and share <= best.score):
                continue
            tried += 1
            score = share * self._share_read(page, form, found, quads_px)
            if best is None or score > best.score:
                best = _Placed(form, found, score, tuple(quads_px))
            if best.score >= _GOOD_SCORE:
                break
        return best

    def _share_read(
        self, page: Page, form: AnchoredForm, found: Found, quads_px: Sequence[Quad]
    ) -> float:
        """The share of some anchors, spread over the form, whose lines read as they should."""
        groups = [
            [(int(anchor), int(line)) for anchor, line in group]
            for group in np.array_split(sorted(found.pairs), min(_READ, len(found.pairs)))
        ]
        plain = [pair for pair in sorted(found.pairs) if form.anchors[pair[0]].plain]
        quads = {line: _upright(quads_px[line], found) for _, line in found.pairs}
        seen = _hits(form, plain, self._eyes.glance(page.image, [quads[j] for _, j in plain]))
        left = [group for group in groups if not seen & set(group)]
        # Of each part of the form the shortest: it is read soonest.
        chosen = [min(group, key=lambda pair: _length(quads_px[pair[1]])) for group in left]
        read = _hits(form, chosen, self._eyes.read(page.image, [quads[j] for _, j in chosen]))
        return (len(groups) - len(left) + len(read)) / len(groups)


def _hits(form: AnchoredForm, pairs: Sequence[_Pair], texts: Sequence[str]) -> set[_Pair]:
    """The pairs of an anchor and a line whose text holds the anchor's words."""
    return {
        pair
        for pair, text in zip(pairs, texts, strict=True)
        if form.anchors[pair[0]].is_read_in(text)
    }


def _sheet(page: Page, placed: _Placed) -> Sheet:
    homography = placed.found.homography
    return Sheet(
        page=page,
        layout=placed.form.layout,
        homography=homography / homography[2, 2],
        residual_px=placed.found.residual_px,
        score=placed.score,
        method="anchors",
        lines_px=placed.lines_px,
    )


def _length(quad_px: Quad) -> float:
    return float(np.linalg.norm(quad_px[1] - quad_px[0]))


def _upright(quad_px: Quad, found: Found) -> Quad:
    """The quad with its first edge along the top of the text."""
    right = apply(found.homography, np.array([[0.0, 0.0], [1.0, 0.0]]))
    ahead = (quad_px[1] - quad_px[0]) @ (right[1] - right[0]) > 0
    return quad_px if ahead else np.roll(quad_px, 2, axis=0)


def _plausible(page: Page, form: AnchoredForm, found: Found) -> bool:
    """False for mirrored or folded placements and for ones too small to be read."""
    corners_u = rectangle(0, 0, *form.size_u)
    depth = np.c_[corners_u, np.ones(4)] @ found.homography[2]
    if depth.min() <= 0.2 * depth.max():
        return False
    x, y = apply(found.homography, corners_u).T
    area = float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    return bool(area > 0.02 * page.image.shape[0] * page.image.shape[1])


def _reason(page: Page, best: _Placed | None) -> str:
    found = (
        "none of its printed words were found where they belong"
        if best is None
        else f"the nearest, {best.form.layout!r}, has {best.score:.0%} of its printed words in the "
        f"picture, {LOWEST_SCORE:.0%} are needed"
    )
    return (
        f"{page.source} page {page.number}: no layout fits: {found}. "
        "Is it another kind of document, cut off, or too small?"
    )
