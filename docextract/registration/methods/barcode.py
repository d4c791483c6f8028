"""A barcode's corners: where a template has a QR code, it tells place, size and orientation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from docextract.registration._registry import methods
from docextract.registration.form import Form
from docextract.registration.quads import perspective
from docextract.registration.view import View
from docextract.types import Homography


class Barcode:
    """Map the template's barcode box onto the barcodes found in the picture.

    The box may be a little larger than the symbol, so this is a first guess for the tracker.
    """

    cost = 3

    def propose(self, view: View, form: Form) -> Iterator[Sequence[Homography]]:
        """Yield a homography for each pair of a barcode box and a barcode found."""
        if not form.barcodes_u:
            return
        import zxingcpp

        for found in zxingcpp.read_barcodes(view.gray):
            at = found.position
            corners = [at.top_left, at.top_right, at.bottom_right, at.bottom_left]
            quad_px = np.array([(p.x, p.y) for p in corners], float)
            for box_u in form.barcodes_u:
                yield [perspective(box_u, quad_px)]


methods.register("barcode")(Barcode())
