"""A flat picture as a scanner or a hand-held camera might take it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.types import Homography, Image


def photograph(
    image: Image, rng: np.random.Generator, *, strength: float = 1.0
) -> tuple[Image, Homography]:
    """Lay ``image`` on a desk and photograph it askew: mildly, or more so with more ``strength``.

    Perspective, uneven light and noise go by the strength, up to 1.6. Returns the photograph, of
    the same width, and the homography from the flat picture's pixels to the photograph's.
    """
    height, width = image.shape[:2]
    size = (width, round(height * 1.08))
    homography = _viewpoint(width, height, size, rng, strength)
    desk = _desk(size, rng)
    paper = cv2.warpPerspective(image, homography, size, flags=cv2.INTER_AREA)
    inside = cv2.warpPerspective(np.full((height, width), 255, np.uint8), homography, size)
    mask = (inside.astype(np.float32) / 255)[..., None]
    scene = paper.astype(np.float32) * mask + desk * (1 - mask)
    lit = cv2.GaussianBlur(scene * _light(size, rng, strength)[..., None], (0, 0), 0.6)
    noisy = lit + rng.normal(0, 2.0 * strength, lit.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), homography


def scanned(flat: Image, noise: np.random.Generator) -> Image:
    """A flat picture as a scanner takes it: a little askew, off-white and grainy."""
    height, width = flat.shape[:2]
    turned = cv2.getRotationMatrix2D((width / 2, height / 2), noise.uniform(-0.8, 0.8), 0.985)
    scan = cv2.warpAffine(flat, turned, (width, height), borderValue=(255, 255, 255))
    gray = 20 + cv2.GaussianBlur(scan, (0, 0), 0.7).astype(np.float32) * (225 / 255)
    return np.clip(gray + noise.normal(0, 3, gray.shape), 0, 255).astype(np.uint8)


def _viewpoint(
    width: int, height: int, size: tuple[int, int], rng: np.random.Generator, strength: float
) -> Homography:
    """A homography that insets the page by about 4 % and moves each corner by up to 2.5 %.

    2.5 % are for a strength of 1.
    """
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
    seen = 0.5 + (corners - 0.5) * 0.92 + strength * rng.uniform(-0.025, 0.025, (4, 2))
    flat_px = (corners * (width, height)).astype(np.float32)
    homography: Homography = cv2.getPerspectiveTransform(
        flat_px, (seen * size).astype(np.float32)
    ).astype(np.float64)
    return homography


def _desk(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """A dark surface with soft horizontal grain."""
    grain = rng.normal(0, 1, (size[1] // 4, size[0] // 64)).astype(np.float32)
    tone = cv2.resize(grain, size, interpolation=cv2.INTER_CUBIC)[..., None]
    surface: NDArray[np.float32] = np.array([62, 78, 96], np.float32) + 5 * tone
    return surface


def _light(size: tuple[int, int], rng: np.random.Generator, strength: float) -> NDArray[np.float32]:
    """Brightness up to 1, falling off by 0.22 times the strength away from a lamp to one side."""
    angle = rng.uniform(0, 2 * np.pi)
    x, y = np.meshgrid(np.linspace(-1, 1, size[0]), np.linspace(-1, 1, size[1]))
    slope = (x * np.cos(angle) + y * np.sin(angle)) / np.sqrt(2)
    light: NDArray[np.float32] = ((1 - 0.11 * strength) + 0.11 * strength * slope).astype(
        np.float32
    )
    return light
