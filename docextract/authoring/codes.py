"""Where barcodes are in a sample."""

from __future__ import annotations

import cv2
import numpy as np

from docextract.template import Box
from docextract.types import Image

_MARGIN = 0.08  # of a code's size: the quiet zone around it


def find_codes(image: Image) -> list[Box]:
    """The boxes of QR codes and of barcodes for goods in a picture, in its px."""
    found = []
    for detector in (cv2.QRCodeDetector().detectMulti, cv2.barcode.BarcodeDetector().detectMulti):
        any_there, corners = detector(image)
        found += [*corners] if any_there else []
    return [_around(np.asarray(quad, np.float64).reshape(-1, 2), image) for quad in found]


def _around(corners: np.typing.NDArray[np.float64], image: Image) -> Box:
    height, width = image.shape[:2]
    margin = _MARGIN * float((corners.max(axis=0) - corners.min(axis=0)).max())
    left, top = np.maximum(corners.min(axis=0) - margin, 0)
    right, bottom = np.minimum(corners.max(axis=0) + margin, (width, height))
    return Box(float(left), float(top), float(right - left), float(bottom - top))
