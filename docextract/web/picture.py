"""Pages as browsers can show them: JPEG, scaled down where they are larger than screens."""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from docextract.sources import load_page
from docextract.types import Image

_MOST_SIDE_PX = 2400
_QUALITY = 85  # per cent


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A page's picture, and the size in px of the page itself, in which quads are."""

    jpeg: bytes
    width_px: int
    height_px: int


def encode(
    data: bytes, number: int, *, page_size_u: tuple[float, float] | None, name: str
) -> Picture:
    """Page ``number``, from 1, of an encoded file; raises SourceError when it cannot be loaded."""
    page = load_page(data, number, page_size_u=page_size_u, name=name).image
    height_px, width_px = page.shape[:2]
    return Picture(jpeg(page), width_px, height_px)


def jpeg(image: Image) -> bytes:
    """A picture as JPEG, scaled down where it is larger than screens."""
    height_px, width_px = image.shape[:2]
    scale = min(1.0, _MOST_SIDE_PX / max(height_px, width_px))
    size = (max(1, round(width_px * scale)), max(1, round(height_px * scale)))
    fitting = image if scale == 1 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", fitting, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
