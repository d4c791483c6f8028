"""Lines are cut whole, at the asked height, without their neighbours."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from docextract.cropping import cut_line, cut_picture
from docextract.types import Page, Sheet

# Printed at known places of a page that is 1000 x 600 units; 2 px a unit, pixel centres at
# whole numbers.
PX_PER_U = 2.0
HOMOGRAPHY = np.array([[PX_PER_U, 0, -0.5], [0, PX_PER_U, -0.5], [0, 0, 1.0]])
BOX = (100.0, 200.0, 400.0, 40.0)  # x, y, width, height in units
INK = (150.0, 210.0, 200.0, 20.0)


def page(*bars_u: tuple[float, float, float, float]) -> Page:
    """White paper with black bars, as print would lie there."""
    image = np.full((1200, 2000, 3), 245, np.uint8)
    for x, y, width, height in bars_u:
        left, top = round(x * PX_PER_U), round(y * PX_PER_U)
        right, bottom = round((x + width) * PX_PER_U), round((y + height) * PX_PER_U)
        image[top:bottom, left:right] = 20
    return Page(image)


def sheet(*bars_u: tuple[float, float, float, float], residual_px: float = 0.0) -> Sheet:
    return Sheet(page(*bars_u), "a", HOMOGRAPHY, residual_px, 1.0, "test")


def bounds_u(quad_px: np.ndarray) -> tuple[float, float, float, float]:
    """Left, top, right, bottom in units."""
    units = (quad_px + 0.5) / PX_PER_U
    return (*units.min(axis=0).tolist(), *units.max(axis=0).tolist())


def inked(image: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is darker than mid-grey."""
    rows, columns = np.nonzero(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) < 128)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize("height", [32, 48, 64])
def test_a_crop_has_the_height_asked_for_and_all_of_the_print(height):
    crop = cut_line(sheet(INK), BOX, field="code", height=height)
    assert crop.field == "code"
    assert crop.image.shape[0] == height
    left, top, right, bottom = inked(crop.image)
    assert left > 2
    assert top > 2
    assert right < crop.image.shape[1] - 2
    assert bottom < height - 2
    assert (right - left) / (bottom - top) == pytest.approx(INK[2] / INK[3], rel=0.08)


def test_the_quad_lies_tightly_around_the_print():
    crop = cut_line(sheet(INK), BOX, field="code", height=48)
    left, top, right, bottom = bounds_u(crop.quad_px)
    x, y, width, height = INK
    assert x - 0.6 * height < left < x
    assert y - 0.6 * height < top < y
    assert x + width < right < x + 1.6 * height + width
    assert y + height < bottom < y + 1.6 * height


def test_the_crop_shows_what_its_quad_surrounds():
    crop = cut_line(sheet(INK), BOX, field="code", height=48)
    left, top, right, bottom = bounds_u(crop.quad_px)
    per_px = (right - left) / crop.image.shape[1], (bottom - top) / crop.image.shape[0]
    found = inked(crop.image)
    assert left + found[0] * per_px[0] == pytest.approx(INK[0], abs=1)
    assert top + found[1] * per_px[1] == pytest.approx(INK[1], abs=1)
    assert left + found[2] * per_px[0] == pytest.approx(INK[0] + INK[2], abs=1)


@pytest.mark.parametrize("neighbour", [(100, 196, 400, 7), (100, 237, 400, 7)])
def test_the_feet_and_heads_of_neighbour_lines_stay_out(neighbour):
    alone = cut_line(sheet(INK), BOX, field="code", height=48)
    beside = cut_line(sheet(INK, neighbour), BOX, field="code", height=48)
    np.testing.assert_allclose(beside.quad_px, alone.quad_px, atol=2)
    assert np.ptp(inked(beside.image)[1::2]) < 40


def test_a_blank_box_comes_back_whole():
    crop = cut_line(sheet(), BOX, field="code", height=48)
    assert bounds_u(crop.quad_px) == pytest.approx((100, 200, 500, 240))
    assert crop.image.shape == (48, 480, 3)
    assert crop.image.min() > 230


@pytest.mark.parametrize(
    "box", [(-50, 200, 400, 40), (900, 200, 400, 40), (100, -20, 400, 40), (100, 580, 400, 40)]
)
def test_a_box_that_leaves_the_page_is_cut_where_it_can_be(box):
    x, y, _, _ = box
    crop = cut_line(sheet(), box, field="code", height=48)
    assert crop.image.shape == (48, 480, 3)
    assert bounds_u(crop.quad_px)[:2] == pytest.approx((x, y))
    bar = (max(x, 0) + 20, max(y, 0) + 5, 50, 12)
    left, top, right, bottom = bounds_u(cut_line(sheet(bar), box, field="code", height=48).quad_px)
    assert left < bar[0]
    assert top < bar[1]
    assert right > bar[0] + 50
    assert bottom > bar[1] + 12


def test_a_box_quite_off_the_page_is_still_a_crop():
    crop = cut_line(sheet(INK), (3000, 3000, 400, 40), field="code", height=48)
    assert crop.image.shape[0] == 48


def test_a_box_widens_with_the_residual():
    near = bounds_u(cut_line(sheet(), BOX, field="code", height=48).quad_px)
    far = bounds_u(cut_line(sheet(residual_px=4.0), BOX, field="code", height=48).quad_px)
    widened = np.array([-1, -1, 1, 1]) * (np.array(far) - near)
    np.testing.assert_allclose(widened, 2 * 4.0 / PX_PER_U)


def test_print_that_a_bad_registration_moved_is_still_whole():
    moved = (INK[0], BOX[1] - 3, INK[2], INK[3])  # 3 units above its box
    _, top, _, _ = bounds_u(
        cut_line(sheet(moved, residual_px=4.0), BOX, field="code", height=48).quad_px
    )
    assert top < moved[1]


def test_a_picture_is_cut_at_the_pages_own_resolution_with_a_margin():
    box = (100.0, 100.0, 200.0, 100.0)
    crop = cut_picture(sheet(box), box, field="qr", margin=0.1)
    assert bounds_u(crop.quad_px) == pytest.approx((80, 80, 320, 220))
    assert crop.image.shape == (280, 480, 3)
    assert inked(crop.image) == pytest.approx((40, 40, 440, 240), abs=1)


def test_perspective_is_undone():
    flat = page(INK)
    homography = HOMOGRAPHY.copy()
    homography[2] = [2e-4, 1e-4, 1.0]
    image = cv2.warpPerspective(
        flat.image, homography @ np.linalg.inv(HOMOGRAPHY), (2000, 1200), borderValue=(245,) * 3
    )
    tilted = Sheet(Page(image), "a", homography, 0.0, 1.0, "test")
    crop = cut_line(tilted, BOX, field="code", height=48)
    left, top, right, bottom = inked(crop.image)
    filled = (crop.image[top:bottom, left:right] < 128).mean()
    assert filled > 0.95  # an upright bar again
