"""Page to Sheet by long rows of print, such as a machine readable zone's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from docextract.errors import RegistrationError
from docextract.registration.anchor_placing import Eyes
from docextract.registration.quads import apply
from docextract.registration.robust import fit_homography
from docextract.registration.row_search import Block, find_blocks
from docextract.types import Page, Quad, Sheet

_LOOKS_PX = (1000.0, 1700.0)  # the picture's longer side as the detector sees it
_LARGEST = 2.0
_TRIED = 10  # blocks that are read, each both ways up
_PROMISE = 0.75  # of any long rows; words where a form has them promise more


@dataclass(frozen=True, slots=True)
class Row:
    """A row of print: a regular expression of all of its text, and a box that fits it tightly."""

    pattern: str
    box_u: tuple[float, float, float, float]

    def is_read_in(self, text: str) -> bool:
        """True when a row's text, as recognized, is this row's; case and blanks do not count."""
        return re.fullmatch(self.pattern, "".join(text.upper().split())) is not None


@dataclass(frozen=True, slots=True)
class RowForm:
    """One layout of a template that is placed by its rows, from the top; sizes in units."""

    layout: str
    size_u: tuple[float, float]
    rows: tuple[Row, ...]


class RowPlacer:
    """Places pages on the layouts of one template by their rows."""

    def __init__(self, forms: Sequence[RowForm], eyes: Eyes) -> None:
        self._forms, self._eyes = tuple(forms), eyes

    def place(self, page: Page) -> Sheet:
        """Place a page; raises RegistrationError when no layout's rows are on it."""
        longest = max(page.image.shape[:2])
        for look_px in _LOOKS_PX:
            scale = min(look_px / longest, _LARGEST)
            quads_px = self._eyes.detect(page.image, scale=scale)
            placed = next(self._placed(page, quads_px), None)
            if placed is not None:
                return placed
        raise RegistrationError(self._reason(page))

    def promise(self, quads_px: Sequence[Quad]) -> float:
        """0 when a layout's number of long rows is not among detected lines, else a fixed share."""
        counts = {len(form.rows) for form in self._forms}
        some = any(next(find_blocks(quads_px, n), None) is not None for n in counts)
        return _PROMISE if some else 0.0

    def place_among(self, page: Page, quads_px: Sequence[Quad]) -> Sheet | None:
        """Place a page by lines that were detected on it; None when no layout's rows are there."""
        return next(self._placed(page, quads_px), None)

    def all_among(self, page: Page, quads_px: Sequence[Quad]) -> Iterator[Sheet]:
        """Placements among lines of several documents, the longest rows first; they may overlap."""
        return self._placed(page, quads_px)

    def _placed(self, page: Page, quads_px: Sequence[Quad]) -> Iterator[Sheet]:
        for count in sorted({len(form.rows) for form in self._forms}, reverse=True):
            forms = [form for form in self._forms if len(form.rows) == count]
            for found in islice(find_blocks(quads_px, count), _TRIED):
                for block in (found, found.turned()):
                    for form in self._read(page, block, forms):
                        yield from _sheet(page, form, block, quads_px)

    def _read(self, page: Page, block: Block, forms: Sequence[RowForm]) -> list[RowForm]:
        """The forms whose rows the block's are, row by row: most blocks fail at the first."""
        left = list(forms)
        for row, quad_px in enumerate(block.quads_px()):
            (text,) = self._eyes.read(page.image, [quad_px])
            left = [form for form in left if form.rows[row].is_read_in(text)]
            if not left:
                break
        return left

    def _reason(self, page: Page) -> str:
        layouts = ", ".join(form.layout for form in self._forms)
        return (
            f"{page.source} page {page.number}: no layout ({layouts}) fits: rows of print as it "
            "has them were not found. Is it another kind of document, cut off, or too small?"
        )


def _sheet(page: Page, form: RowForm, block: Block, quads_px: Sequence[Quad]) -> Iterator[Sheet]:
    """The sheet on which the form's rows lie on the block's, if there is one."""
    x, y, width, height = np.array([row.box_u for row in form.rows]).T
    middle = y + height / 2
    ends_u = np.concatenate([np.stack([x, middle], 1), np.stack([x + width, middle], 1)])
    ends_px = np.concatenate([block.ends_px[:, 0], block.ends_px[:, 1]])
    there = np.stack([ends_px.real, ends_px.imag], axis=1)
    homography = fit_homography(ends_u, there, form.size_u)
    if homography is None:
        return
    off = np.hypot(*(apply(homography, ends_u) - there).T)
    yield Sheet(
        page=page,
        layout=form.layout,
        homography=homography,
        residual_px=float(np.sqrt((off**2).mean())),
        score=1.0,
        method="rows",
        lines_px=tuple(quads_px),
    )
