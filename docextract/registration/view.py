"""The small picture of a page that registration looks at: grey, and its ridge measurements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.types import Image, Page

Gray = NDArray[np.uint8]

VIEW_LONG_SIDE_PX = 1200


@dataclass(frozen=True, eq=False)
class View:
    """A page shrunk to at most ``VIEW_LONG_SIDE_PX``; ``scale`` is view px per page px.

    ``crowded`` says that several documents may be on it, so that smaller things count, too.
    """

    color: Image
    scale: float
    crowded: bool = False

    @classmethod
    def of(cls, page: Page) -> View:
        """Shrink a page (never enlarge it)."""
        return cls.of_image(page.image)

    @classmethod
    def of_several(cls, page: Page) -> View:
        """Shrink a page that may bear several documents."""
        return replace(cls.of(page), crowded=True)

    @classmethod
    def of_image(cls, image: Image) -> View:
        """Shrink a BGR picture (never enlarge it)."""
        scale = min(1.0, VIEW_LONG_SIDE_PX / max(image.shape[:2]))
        if scale == 1.0:
            return cls(image, 1.0)
        size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
        # Above one half, bilinear aliases little and takes a fifth of the time of areas.
        method = cv2.INTER_LINEAR if scale > 0.5 else cv2.INTER_AREA
        color = cv2.resize(image, size, interpolation=method)
        return cls(color.astype(np.uint8, copy=False), scale)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in view px."""
        return self.color.shape[1], self.color.shape[0]

    @cached_property
    def gray(self) -> Gray:
        """Luma, (H, W) uint8."""
        return cv2.cvtColor(self.color, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)

    @cached_property
    def brightest(self) -> Gray:
        """The largest of B, G, R: in it red seals and stamps vanish against white paper."""
        blue, green, red = cv2.split(self.color)
        brightest = cv2.max(cv2.max(blue, green), red)
        return brightest.astype(np.uint8, copy=False)

    @cached_property
    def hessian(self) -> NDArray[np.int16]:
        """Second derivatives xx, xy, yy of the grey picture, (H, W, 3), as a line detector.

        Across a dark line the second derivative along its normal is large and positive
        (Steger 1998, "An unbiased detector of curvilinear structures").
        """
        smooth = cv2.GaussianBlur(self.gray, (3, 3), 0)
        parts = [
            cv2.Sobel(smooth, cv2.CV_16S, dx, dy, ksize=5, scale=0.25)
            for dx, dy in ((2, 0), (1, 1), (0, 2))
        ]
        return cv2.merge(parts).astype(np.int16, copy=False)


def page_homography(view: View) -> NDArray[np.float64]:
    """The homography from view px to page px; pixel centres lie at whole numbers in both."""
    factor = 1 / view.scale
    shift = 0.5 * factor - 0.5
    return np.array([[factor, 0, shift], [0, factor, shift], [0, 0, 1.0]])
