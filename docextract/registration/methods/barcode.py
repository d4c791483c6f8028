"""A barcode's corners: where a template has a QR code, it tells place, size and orientation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from docextract.registration._registry import methods
from docextract.registration.form import Form
from docextract.registration.quads import rectangle
from docextract.registration.view import View
from docextract.types import Homography, Quad

_FILLS = np.arange(1.0, 0.83, -0.02)  # of the box, the share that the symbol fills


class Barcode:
    """Map the middle of the template's barcode box onto the barcodes found in the picture.

    A small symbol says nothing of perspective and its quiet zone is not known: this gives
    similarities of several sizes, for the tracker to start from, on pages that lie nearly flat.
    """

    cost = 3

    def propose(self, view: View, form: Form) -> Iterator[Sequence[Homography]]:
        """Yield homographies for each pair of a barcode box and a barcode found."""
        if not form.barcodes_u:
            return
        import zxingcpp

        for found in zxingcpp.read_barcodes(view.gray):
            at = found.position
            corners = [at.top_left, at.top_right, at.bottom_right, at.bottom_left]
            quad_px = np.array([(p.x, p.y) for p in corners], float)
            for box_u in form.barcodes_u:
                yield [_similarity(_symbol(box_u, quad_px, fill), quad_px) for fill in _FILLS]


def _symbol(box_u: Quad, quad_px: Quad, fill: float) -> Quad:
    """The symbol in the middle of its box, in the proportions it has in the picture."""
    sides_px = np.linalg.norm(np.roll(quad_px, -1, axis=0) - quad_px, axis=1)
    aspect = (sides_px[0] + sides_px[2]) / max(sides_px[1] + sides_px[3], 1.0)
    width, height = box_u[2] - box_u[0]
    width, height = min(width, aspect * height), min(height, width / max(aspect, 1e-3))
    x, y = box_u.mean(axis=0) - (fill * width / 2, fill * height / 2)
    return rectangle(x, y, fill * width, fill * height)


def _similarity(from_u: Quad, to_px: Quad) -> Homography:
    """The turn, scale and shift that bring two quads together best (least squares)."""
    source, target = from_u @ (1, 1j), to_px @ (1, 1j)
    away = source - source.mean()
    turn = np.vdot(away, target) / max(np.vdot(away, away).real, 1e-9)
    shift = target.mean() - turn * source.mean()
    a, b = turn.real, turn.imag
    return np.array([[a, -b, shift.real], [b, a, shift.imag], [0, 0, 1.0]])


methods.register("barcode")(Barcode())
