"""Views of a line cleaned of what hides its print, to be tried beside the plain one.

Recognizers are trained on pictures as they are, so cleaning helps some crops and harms others.
Whoever uses these reads both and keeps what reads more surely.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np

from docextract.types import Crop, Image

_NEEDLES = 0.036  # sigma, of the line's height: about half the distance of two needles
_RED = 40  # by how much red outshines green and blue where a seal is
_SEALED = 0.01  # share of such px from which a crop has a seal on it


def cleaned(crop: Crop, ways: Sequence[str]) -> list[Crop]:
    """The crop as each of ``ways`` cleans it, where there is something to clean.

    ``dots`` joins the dots of needle print; ``seal`` takes away red ink.
    """
    images = (_WAYS[way](crop.image) for way in ways)
    return [replace(crop, image=image) for image in images if image is not None]


def _joined(image: Image) -> Image | None:
    """Blurred just so far that neighbouring needle dots touch."""
    blurred = cv2.GaussianBlur(image, (0, 0), _NEEDLES * image.shape[0])
    return blurred.astype(np.uint8, copy=False)


def _without_red(image: Image) -> Image | None:
    """The red channel, in which red ink is as light as paper; None where nothing is red."""
    blue, green, red = cv2.split(image)
    outshines = cv2.subtract(red, cv2.max(blue, green)) > _RED
    if np.count_nonzero(outshines) < _SEALED * outshines.size:
        return None
    return cv2.merge([red, red, red]).astype(np.uint8, copy=False)


_WAYS: Mapping[str, Callable[[Image], Image | None]] = {"dots": _joined, "seal": _without_red}
