"""Lines of text in a picture, found by the detector and read by the recognizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docextract.cropping import cut_quad
from docextract.recognition import Detector, Recognizer
from docextract.types import Image, Quad


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What registration and places see a picture with."""

    detector: Detector
    recognizer: Recognizer

    def detect(self, image: Image, *, scale: float = 1.0) -> list[Quad]:
        """The lines of text as quads, in px of ``image``, seen scaled by ``scale``."""
        return self.detector.detect(image, scale=scale)

    def read(self, image: Image, quads_px: Sequence[Quad]) -> list[str]:
        """The likeliest text of each quad, whose first edge is the line's top."""
        height = self.recognizer.height
        crops = [cut_quad(image, quad_px, height=height) for quad_px in quads_px]
        return [lattice.greedy() for lattice in self.recognizer.recognize(crops)]
