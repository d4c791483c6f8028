"""What a layout's reference picture teaches: where its ruling lines, frame and print are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from docextract.registration.frames import frame_quads
from docextract.registration.quads import apply, rectangle
from docextract.registration.rulings import SPACING_U_SHARE, Rulings, find_rulings, seen_rulings
from docextract.registration.view import Gray, View
from docextract.types import Homography, Image, Quad

_FEWEST_RULINGS = 4  # fewer lines leave a homography undetermined
_SHORTEST_RULING = 1 / 6  # of the template's width: shorter strokes may be letters


@dataclass(frozen=True, eq=False)
class Form:
    """One layout of a template, ready to be looked for in pages.

    ``size_u`` is the template's page in units; the reference shows all of it, flat and upright.
    ``barcode_u`` are the boxes of barcode fields as corner quads; ``values_u`` the boxes of all
    fields as (x, y, width, height): what is printed there differs from page to page.
    """

    layout: str
    size_u: tuple[float, float]
    reference: Image
    barcodes_u: tuple[Quad, ...] = ()
    values_u: NDArray[np.float64] | None = None

    @cached_property
    def view(self) -> View:
        """The reference at the size registration works in."""
        return View.of_image(self.reference)

    @cached_property
    def to_units(self) -> Homography:
        """From reference view px to template units."""
        width, height = self.view.size
        sx, sy = self.size_u[0] / width, self.size_u[1] / height
        return np.array([[sx, 0, sx / 2], [0, sy, sy / 2], [0, 0, 1.0]])

    @cached_property
    def rulings(self) -> Rulings:
        """The form's ruling lines."""
        found = find_rulings(self.view.gray, self.size_u)
        to_view: Homography = np.linalg.inv(self.to_units).astype(np.float64)
        return seen_rulings(self.view, found, to_view)

    @property
    def ruled(self) -> bool:
        """True when ruling lines in both directions can place the form."""
        fewest_points = _SHORTEST_RULING / SPACING_U_SHARE
        long = np.bincount(self.rulings.line)[self.rulings.line] >= fewest_points
        across = np.abs(self.rulings.normals_u[:, 1]) > 0.5
        directions = (np.unique(self.rulings.line[long & way]) for way in (across, ~across))
        return min(map(len, directions)) >= _FEWEST_RULINGS // 2

    @cached_property
    def print_mask(self) -> Gray:
        """255 where the reference shows the form itself, 0 where values are printed."""
        mask = np.full(self.view.gray.shape, 255, np.uint8)
        if self.values_u is not None:
            from_u = np.linalg.inv(self.to_units)
            for x, y, width, height in self.values_u:
                corners = apply(from_u, rectangle(x, y, width, height)).round().astype(int)
                (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
                mask[max(top, 0) : bottom + 1, max(left, 0) : right + 1] = 0
        return mask

    @cached_property
    def frame_u(self) -> Quad | None:
        """The form's table or frame in template units, if it has one."""
        quads = next(frame_quads(self.view))
        return apply(self.to_units, quads[0]) if quads else None
