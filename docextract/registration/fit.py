"""How well a form lies in a picture under one homography."""

from __future__ import annotations

from dataclasses import dataclass

from docextract.types import Homography

_WORST_PX = 2.0


@dataclass(frozen=True, eq=False)
class Fit:
    """A homography (template units to view px) and how well the form lies there.

    ``score``: the share of the form that is there; ``residual_px``: root mean square distance
    from its place, in view px.
    """

    homography: Homography
    score: float
    residual_px: float

    @property
    def merit(self) -> float:
        """What fits are compared by: much of the form found, near its place."""
        return self.score - 0.1 * min(self.residual_px, _WORST_PX)
