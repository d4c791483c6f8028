"""The sheet's edges: the paper against its background, or the picture's own bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import cv2
import numpy as np

from docextract.registration._registry import methods
from docextract.registration.form import Form
from docextract.registration.quads import enclosing_quad, homographies, rectangle
from docextract.registration.view import View
from docextract.types import Homography, Quad

_SMALL_PX = 400  # paper is large: its outline is looked for in a small picture
_SMALLEST_SHARE = 0.15  # of the picture's area


class Edges:
    """Match the template's page with the picture's bounds and with paper outlines in it."""

    cost = 2

    def propose(self, view: View, form: Form) -> Iterator[Sequence[Homography]]:
        """Yield four ways round for each paper outline, then for the picture's bounds."""
        page_u = rectangle(0, 0, *form.size_u)
        yield [h for quad in paper_quads(view) for h in homographies(page_u, quad)]
        width, height = view.size
        yield homographies(page_u, rectangle(-0.5, -0.5, width, height))


@lru_cache(maxsize=2)  # every form asks for the same picture's papers
def paper_quads(view: View) -> tuple[Quad, ...]:
    """The outlines of bright sheets, in view px, largest first."""
    shrink = min(1.0, _SMALL_PX / max(view.size))
    small = cv2.resize(view.gray, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    small = cv2.medianBlur(small, 5)
    threshold, _ = cv2.threshold(small, 0, 255, cv2.THRESH_OTSU)
    found: list[Quad] = []
    for mask in (small > threshold, cv2.Canny(small, 30, 90) > 0):
        closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7)))
        outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for outline in sorted(outlines, key=cv2.contourArea, reverse=True)[:2]:
            hull = cv2.convexHull(outline)
            if cv2.contourArea(hull) < _SMALLEST_SHARE * small.size:
                continue
            quad = enclosing_quad(hull.reshape(-1, 2))
            if quad is not None:
                found.append((quad + 0.5) / shrink - 0.5)
    return tuple(found)


methods.register("edges")(Edges())
