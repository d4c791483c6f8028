"""Lines of text in a picture, found by the detector and read by the recognizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docextract.cropping import cut_quad
from docextract.recognition import Detector, Recognizer
from docextract.types import Image, Quad


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What registration and places see a picture with.

    ``quick`` is a recognizer of few symbols and little time, to glance at lines with.
    """

    detector: Detector
    recognizer: Recognizer
    quick: Recognizer | None = None

    def detect(self, image: Image, *, scale: float = 1.0) -> list[Quad]:
        """The lines of text as quads, in px of ``image``, seen scaled by ``scale``."""
        return self.detector.detect(image, scale=scale)

    def read(self, image: Image, quads_px: Sequence[Quad]) -> list[str]:
        """The likeliest text of each quad, whose first edge is the line's top."""
        return _texts(self.recognizer, image, quads_px)

    def glance(self, image: Image, quads_px: Sequence[Quad]) -> list[str]:
        """What ``quick`` makes of each quad; nothing is seen without it."""
        if self.quick is None:
            return [""] * len(quads_px)
        return _texts(self.quick, image, quads_px)


def _texts(recognizer: Recognizer, image: Image, quads_px: Sequence[Quad]) -> list[str]:
    crops = [cut_quad(image, quad_px, height=recognizer.height) for quad_px in quads_px]
    return [lattice.greedy() for lattice in recognizer.recognize(crops)]
