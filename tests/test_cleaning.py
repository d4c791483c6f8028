"""Views of a line without what hides its print."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from docextract.cropping import cleaned
from docextract.types import Crop

QUAD = np.array([[0, 0], [8, 0], [8, 8], [0, 8]], float)


def line(color: tuple[int, int, int] = (20, 20, 20)) -> np.ndarray:
    image = np.full((48, 200, 3), 245, np.uint8)
    cv2.putText(image, "36.70", (10, 36), cv2.FONT_HERSHEY_SIMPLEX, 1.1, color, 3)
    return image


def views(image: np.ndarray, *ways: str) -> list[np.ndarray]:
    return [view.image for view in cleaned(Crop("a", image, QUAD), ways)]


@pytest.mark.parametrize("ink", [(20, 20, 20), (140, 50, 30)], ids=["black", "blue"])
def test_a_red_seal_goes_and_the_print_under_it_stays(ink):
    plain, image = line(ink), line(ink)
    print_px = plain.max(axis=2) < 200
    ring = np.zeros(image.shape[:2], np.uint8)
    cv2.circle(ring, (90, 24), 40, 255, 6)
    over = (ring > 0) & ~print_px
    image[over] = (60, 50, 220)
    (view,) = views(image, "seal")
    assert view.shape == image.shape
    assert view[over].min() > 200
    assert view[print_px].mean() < 80


def test_without_red_there_is_nothing_to_take_away():
    assert views(line(), "seal") == []


def test_dots_of_needles_touch():
    image = np.full((48, 96, 3), 245, np.uint8)
    for x in range(8, 88, 4):
        cv2.circle(image, (x, 24), 1, (30, 30, 30), cv2.FILLED)
    (view,) = views(image, "dots")
    before, after = (np.ptp(picture[24, 12:80, 0].astype(int)) for picture in (image, view))
    assert after < 0.5 * before


def test_each_way_is_its_own_view_and_the_crop_stays_as_it_is():
    image = line()
    image[30:] = (0, 0, 220)
    kept = image.copy()
    assert len(views(image, "dots", "seal")) == 2
    assert views(image) == []
    assert np.array_equal(image, kept)
