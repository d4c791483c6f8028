"""How much ink a box holds that the blank form does not, whatever the light and the printer.

Ink is the share of light that is missing: 0 on paper, near 1 in black print. Paper bends and
scanners stretch, so the print around a box is looked for first, coarse and then fine; what the page
has there beyond the form's own print is new.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np

from docextract.types import FloatArray, Image

BOX_PX = 32  # of the shorter side of a box in a patch
AREA_PX = 80  # the same of a place to sign: strokes are thin in it
MARGIN = 1.5  # paper and print around a box in a patch, in shorter sides
AROUND_PX = 10  # of the shorter side of a box in the picture of its surroundings
AROUND_MARGIN = 5.0  # of the surroundings, in shorter sides
_FAR_PX = 12  # in the surroundings: the farthest that a box is looked for from its place
_NEAR_BY_PX = 5  # in a patch: how far off the coarse look may be
_FAR_COST = 0.05  # likeness that a box must gain to be a shorter side off its place
_SMOOTH_PX = 0.8  # evens out noise and the grain of JPEG
_NEAR_PX = 5  # so much wider is print taken to be: other printers, blur, a pixel's misplacement
_RIM_PX = 6  # of a box's inside: there new ink counts the less the nearer it is to the edge
_FAINTEST = 0.08  # ink below is noise
_CERTAIN = 0.28  # ink from which a stroke counts in full
_WEAKEST = 0.7  # contrast of a page as a share of the form's: thin print that is blurred seems less
_FAINT_SHARE = 0.1  # of a stroke in full: where its parts still hang together
_SPECK_PX = 0.27 * BOX_PX  # what is shorter is dirt
_EVERY_PX = 3  # pixels looked at for the paper's brightness
_BRIGHTEST = 90  # percentile of a patch that is taken to be paper
_BROAD_PX = 3.0  # in the surroundings: bands and the shadows of pages are broader than print
_FLAT = 0.02  # standard deviation of ink below which there is no print to lay the page on


Look: TypeAlias = Callable[[FloatArray], FloatArray]  # of light, (H, W, 3), to ink, (H, W)


class Laid(NamedTuple):
    """A page's ink laid on the form's, and how alike they are, -1 to 1."""

    ink: FloatArray
    likeness: float


@dataclass(frozen=True, slots=True, eq=False)
class BlankBox:
    """A box of the blank form: the ink of its patch, and the detail of its surroundings.

    ``look`` tells the ink that marks are made with, ``marked`` is what the form has of it.
    ``room`` (H, W) is 1 where the inside of the box is paper and 0 in print and outside, with a
    soft rim, since a frame that is laid a little off shows there; ``free`` is the share of the
    inside that is paper.
    """

    ink: FloatArray
    marked: FloatArray
    around: FloatArray
    room: FloatArray
    free: float
    look: Look

    @classmethod
    def of(cls, patch: Image, around: Image, margin_px: int, look: Look) -> BlankBox:
        """Study a box in a patch (H, W, 3) that has ``margin_px`` around it."""
        light = light_of(patch)
        ink, marked = ink_of(light), look(light)
        inside = np.zeros_like(ink)
        inside[margin_px:-margin_px, margin_px:-margin_px] = 1
        deep = np.clip(
            cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 3) / _RIM_PX, 0, 1
        )
        room = (deep * np.clip(1 - 2 * _widened(marked), 0, 1)).astype(np.float32)
        return cls(ink, marked, _detail(around), room, float(room.sum() / deep.sum()), look)

    def offset(self, around: Image) -> tuple[float, float]:
        """How far (x, y) a page's surroundings lie off the form's, in shorter sides of the box."""
        dx, dy, _ = _offset_px(self.around, _detail(around), _FAR_PX, _FAR_COST / AROUND_PX**2)
        return dx / AROUND_PX, dy / AROUND_PX

    def laid(self, patch: Image) -> Laid:
        """A page's patch, which lies a few px off, shifted so that its print lies on the form's."""
        light = light_of(patch)
        dx, dy, likeness = _offset_px(self.ink, ink_of(light), _NEAR_BY_PX, 0.0)
        seen = self.look(light)
        shift = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
        size = (seen.shape[1], seen.shape[0])
        moved = cv2.warpAffine(seen, shift, size, borderMode=cv2.BORDER_REPLICATE)
        return Laid(moved.astype(np.float32, copy=False), likeness)

    def new_ink(self, seen: FloatArray) -> float:
        """The share (0 to 1) of the box's free inside that a page's ink, laid on it, covers."""
        printed = _contrast(self.marked, seen) * _widened(self.marked)
        new = (seen - printed - _FAINTEST) / (_CERTAIN - _FAINTEST)
        inside = np.where(self.room > 0, np.clip(new, 0, 1), 0).astype(np.float32)
        strokes = _without_specks(inside)
        return float((strokes * self.room).sum() / max(self.room.sum(), 1e-6))


def light_of(patch: Image) -> FloatArray:
    """The light of a BGR patch as a share of its own paper's, (H, W, 3) float32."""
    blurred = cv2.GaussianBlur(patch.astype(np.float32), (0, 0), _SMOOTH_PX)
    smooth = blurred.astype(np.float32, copy=False)
    return np.asarray(smooth / np.maximum(_paper(smooth), 1), np.float32)


def ink_of(light: FloatArray) -> FloatArray:
    """The ink, (H, W) float32 from 0 to 1, that takes light away.

    It is that of the colour that is missing most: a red pen is bright to the eye of a grey scale.
    """
    return np.asarray(np.clip(1 - light.min(axis=2), 0, 1), np.float32)


def red_ink_of(light: FloatArray) -> FloatArray:
    """The red ink, (H, W) float32 from 0 to 1: what red outshines the other colours by."""
    return np.asarray(np.clip(light[..., 2] - light[..., :2].max(axis=2), 0, 1), np.float32)


def _paper(color: FloatArray) -> FloatArray:
    """The paper's brightness, (H, W, 3): planes through the brightest pixels; light may be uneven.

    A plane is fitted anew without the pixels that it shows to be print.
    """
    height, width = color.shape[:2]
    y, x = np.mgrid[:height, :width]
    columns = np.stack([np.ones((height, width)), x - width / 2, y - height / 2], axis=-1)
    some = (slice(None, None, _EVERY_PX), slice(None, None, _EVERY_PX))
    seen, places = color[some].reshape(-1, 3), columns[some].reshape(-1, 3)
    level = np.tile(np.percentile(seen, _BRIGHTEST, axis=0), (len(seen), 1))
    for darkest in (0.8, 0.88, 0.92):
        bright = np.all(seen > darkest * level, axis=1)
        factors = np.linalg.lstsq(places[bright], seen[bright], rcond=None)[0]
        level = places @ factors
    return np.asarray(columns @ factors, np.float32)


def _contrast(printed: FloatArray, seen: FloatArray) -> float:
    """The page's contrast as a share of the form's, by the print that both have; haze lowers it."""
    share = float((printed * seen).sum()) / max(float((printed**2).sum()), 1e-6)
    return min(max(share, _WEAKEST), 1.0)


def _without_specks(new: FloatArray) -> FloatArray:
    """New ink without dirt: what hangs together is a stroke only when it is long enough."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((new > _FAINT_SHARE).astype(np.uint8))
    long = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= _SPECK_PX
    long[0] = False  # the paper
    return np.where(long[labels], new, 0).astype(np.float32)


def _widened(ink: FloatArray) -> FloatArray:
    near = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_NEAR_PX, _NEAR_PX))
    return cv2.dilate(ink, near).astype(np.float32, copy=False)


def _detail(patch: Image) -> FloatArray:
    """A patch's ink without what is broad, such as bands, which look alike wherever laid."""
    ink = ink_of(light_of(patch))
    broad = cv2.GaussianBlur(ink, (0, 0), _BROAD_PX)
    return np.subtract(ink, broad, dtype=np.float32)


def _offset_px(
    printed: FloatArray, seen: FloatArray, reach_px: int, cost: float
) -> tuple[int, int, float]:
    """Where the form's print lies in the page's, (x, y) px, and how alike they are there.

    ``cost`` is the likeness that a px squared from the place itself costs.
    """
    inner = printed[reach_px:-reach_px, reach_px:-reach_px]
    if inner.size == 0 or float(inner.std()) < _FLAT:
        return 0, 0, 0.0
    steps = np.arange(-reach_px, reach_px + 1)
    likeness = cv2.matchTemplate(seen, inner, cv2.TM_CCOEFF_NORMED)
    merit = likeness - cost * (steps[:, None] ** 2 + steps**2)
    row, column = np.unravel_index(int(np.argmax(merit)), merit.shape)
    return int(steps[column]), int(steps[row]), float(likeness[row, column])
