"""The registration methods: each proposes homographies; the best fit after tracking wins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from docextract.registration.form import Form
from docextract.registration.view import View
from docextract.registry import Registry
from docextract.types import Homography


class Method(Protocol):
    """A way to guess where a form lies in a picture.

    ``cost`` orders the methods: cheap and dependable ones come first, and the search stops at
    the first that leads to a good fit.
    """

    cost: int

    def propose(self, view: View, form: Form) -> Iterator[Sequence[Homography]]:
        """Yield alternatives, of which at most one is right, such as the four ways round.

        They map template units to view px. Later lists are only asked for when none so far
        led to a good fit.
        """
        ...


methods: Registry[Method] = Registry(
    "registration method", "docextract.registration.methods", "docextract.registration"
)
