"""A page laid on its form: what stands in the form's boxes is in them."""

from __future__ import annotations

import cv2
import numpy as np

from docextract.types import Image, Sheet

_MOST_SIDE_PX = 2400


def placed_on_form(sheet: Sheet, size_u: tuple[int, int]) -> Image:
    """The page as the form's upright picture: its aspect is that of ``size_u``, (width, height)."""
    width_u, height_u = size_u
    corners_px = sheet.to_page(np.array([[0.0, 0], [width_u, 0], [0, height_u]]))
    across = float(np.linalg.norm(corners_px[1] - corners_px[0])) / width_u  # px a unit
    down = float(np.linalg.norm(corners_px[2] - corners_px[0])) / height_u
    scale = min(max(across, down), _MOST_SIDE_PX / max(size_u))
    size_px = (max(1, round(width_u * scale)), max(1, round(height_u * scale)))
    to_page = sheet.homography @ np.diag([width_u / size_px[0], height_u / size_px[1], 1.0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    white = (255, 255, 255)
    laid = cv2.warpPerspective(sheet.page.image, to_page, size_px, flags=flags, borderValue=white)
    return laid.astype(np.uint8)
