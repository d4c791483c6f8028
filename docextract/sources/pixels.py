"""Pixels of any layout -> upright BGR, with the bounds a page must keep."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.errors import SourceError
from docextract.types import Image

MIN_SIDE_PX = 32
# cv2.remap and cv2.warpPerspective address a source with 16-bit numbers: below 32,767.
MAX_SIDE_PX = 20_000
# Below 178,956,970, where Pillow refuses too; an A4 page at 1200 dpi has 139 million.
MAX_PIXELS = 175_000_000

# EXIF 2.32, tag 0x0112: what makes a picture with this orientation upright.
_TURNS = {
    3: cv2.ROTATE_180,
    5: cv2.ROTATE_90_CLOCKWISE,
    6: cv2.ROTATE_90_CLOCKWISE,
    7: cv2.ROTATE_90_COUNTERCLOCKWISE,
    8: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
_MIRRORS = {2: 1, 4: 0, 5: 1, 7: 1}  # cv2.flip codes, applied after the turn


def check_size(place: str, width: int, height: int) -> None:
    """Raise SourceError for a width and height in px that no page can have."""
    if min(width, height) < MIN_SIDE_PX:
        raise SourceError(
            place,
            f"is {width} x {height} px, too small to read. "
            f"Scan it again with at least {MIN_SIDE_PX} px a side",
        )
    if max(width, height) > MAX_SIDE_PX or width * height > MAX_PIXELS:
        raise SourceError(
            place,
            f"is {width} x {height} px, too large to load. Scale it down to at most "
            f"{MAX_SIDE_PX} px a side and {MAX_PIXELS // 1_000_000} megapixels",
        )


def from_array(array: Image, place: str) -> Image:
    """Turn a caller's (H, W), (H, W, 1), BGR or BGRA uint8 array into BGR.

    A BGR array is not copied. Raises SourceError for another type, shape or size.
    """
    if array.dtype != np.uint8:
        raise SourceError(place, f"holds {array.dtype}. Convert it to uint8, 0 to 255")
    if array.ndim not in {2, 3} or (array.ndim == 3 and array.shape[2] not in {1, 3, 4}):
        raise SourceError(place, f"has shape {array.shape}. Give (H, W), (H, W, 3) or (H, W, 4)")
    check_size(place, array.shape[1], array.shape[0])
    return to_bgr(np.ascontiguousarray(array))


def to_bgr(pixels: Image) -> Image:
    """Turn gray (H, W) or (H, W, 1), BGR, or BGRA uint8 pixels into BGR, on white paper."""
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if channels == 1:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)
    return _on_white(pixels) if channels == 4 else pixels


def to_8_bit(samples: NDArray[np.generic]) -> Image:
    """Keep the upper byte of 16-bit samples; 8-bit samples are returned as they are."""
    if samples.dtype == np.uint8:
        return np.asarray(samples, np.uint8)
    return (np.asarray(samples, np.uint16) >> 8).astype(np.uint8)


def upright(image: Image, orientation: int) -> Image:
    """Turn and mirror an image as its EXIF orientation (1 to 8) says; others leave it be."""
    if orientation in _TURNS:
        image = np.asarray(cv2.rotate(image, _TURNS[orientation]), np.uint8)
    if orientation in _MIRRORS:
        image = np.asarray(cv2.flip(image, _MIRRORS[orientation]), np.uint8)
    return image


def _on_white(bgra: Image) -> Image:
    bgr = np.asarray(cv2.cvtColor(bgra, cv2.COLOR_BGRA2BGR), np.uint8)
    alpha = cv2.extractChannel(bgra, 3)
    lowest, highest, _, _ = cv2.minMaxLoc(alpha)
    # Some writers leave the fourth channel at zero: such a picture is opaque, not empty.
    if lowest == 255 or highest == 0:
        return bgr
    ink = cv2.multiply(cv2.bitwise_not(bgr), cv2.merge([alpha] * 3), scale=1 / 255)
    return np.asarray(cv2.bitwise_not(ink), np.uint8)
