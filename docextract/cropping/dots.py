"""Needle-printer print: its dots joined to strokes, which recognizers are trained on."""

from __future__ import annotations

import cv2
import numpy as np

from docextract.types import Crop, Image

_SIGMA = 0.036  # of the line's height: about half the distance of two needles


def join_dots(crop: Crop) -> Crop:
    """Blur a line just so far that neighbouring dots of its letters touch."""
    blurred = cv2.GaussianBlur(crop.image, (0, 0), _SIGMA * crop.image.shape[0])
    image: Image = blurred.astype(np.uint8, copy=False)
    return Crop(crop.field, image, crop.quad_px)
