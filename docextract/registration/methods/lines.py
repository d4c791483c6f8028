"""The form's frame: the outline of its ruling lines in the picture, in four orientations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from docextract.registration._registry import methods
from docextract.registration.form import Form
from docextract.registration.frames import frame_quads
from docextract.registration.quads import homographies
from docextract.registration.view import View
from docextract.types import Homography


class Lines:
    """Match the reference's table outline with outlines of line drawings in the picture."""

    cost = 1

    def propose(self, view: View, form: Form) -> Iterator[Sequence[Homography]]:
        """Yield four ways round for each outline found."""
        if form.frame_u is None:
            return
        for quads in frame_quads(view):
            yield [h for quad in quads for h in homographies(form.frame_u, quad)]


methods.register("lines")(Lines())
