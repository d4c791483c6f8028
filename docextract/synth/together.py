"""Several flat pictures of papers laid together, as on a flat-bed scanner or on a desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.types import Image, Quad

Ground: TypeAlias = Literal["white", "gray", "desk"]  # a scanner's lid, or what papers lie on
_TONES: dict[Ground, tuple[int, int, int]] = {
    "white": (252, 252, 252),
    "gray": (150, 152, 155),
    "desk": (62, 78, 96),
}
_GRAIN = {"white": 0.0, "gray": 4.0, "desk": 7.0}
_SHADOW = 0.45  # of the light that a paper keeps from the ground beside it
_SHADOW_PX = 6.0


def laid_together(
    papers: Sequence[Image],
    rng: np.random.Generator,
    *,
    columns: int,
    gap_px: int = 40,
    turn: float = 3.0,
    ground: Ground = "desk",
    upside_down: float = 0.25,
) -> tuple[Image, list[Quad]]:
    """Lay papers in rows, each in a cell of its own, and give their corners on the picture.

    Each is turned by up to ``turn`` degrees, and a share of them is ``upside_down``; they are
    ``gap_px`` apart or more. Corners are px, from a paper's own top left clockwise. Paper throws a
    shadow, also on its neighbours.
    """
    turns = rng.uniform(-turn, turn, len(papers)) + 180 * (rng.random(len(papers)) < upside_down)
    moves = [_turned(paper, float(degrees)) for paper, degrees in zip(papers, turns, strict=True)]
    cell = np.max([size for _, size in moves], axis=0) + gap_px
    rows = -(-len(papers) // columns)
    width, height = (int(side) for side in cell * (columns, rows) + gap_px)
    scene = _ground(ground, (width, height), rng)
    corners: list[Quad] = []
    for i, (paper, (move, size)) in enumerate(zip(papers, moves, strict=True)):
        row, column = divmod(i, columns)
        free = cell - gap_px - size
        at = gap_px + cell * (column, row) + rng.uniform(0, 1, 2) * free
        to_scene = move.copy()
        to_scene[:, 2] += at
        scene = _laid(scene, paper, to_scene)
        flat = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float) * paper.shape[1::-1] - 0.5
        corners.append(flat @ to_scene[:, :2].T + to_scene[:, 2])
    return np.clip(scene, 0, 255).astype(np.uint8), corners


def _turned(paper: Image, degrees: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The affine map that turns a paper and has its corner at 0, and the size it then takes."""
    height, width = paper.shape[:2]
    move = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0), np.float64)
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    there = flat @ move[:, :2].T + move[:, 2]
    move[:, 2] -= there.min(axis=0)
    return move, np.ptp(there, axis=0)


def _ground(ground: Ground, size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    scene = np.empty((size[1], size[0], 3), np.float32)
    scene[:] = _TONES[ground]
    if _GRAIN[ground]:
        grain = rng.normal(0, _GRAIN[ground], (size[1] // 4, size[0] // 32)).astype(np.float32)
        scene += cv2.resize(grain, size, interpolation=cv2.INTER_CUBIC)[..., None]
    return scene


def _laid(
    scene: NDArray[np.float32], paper: Image, to_scene: NDArray[np.float64]
) -> NDArray[np.float32]:
    size = (scene.shape[1], scene.shape[0])
    white = np.full(paper.shape[:2], 1, np.float32)
    mask = cv2.warpAffine(white, to_scene, size, flags=cv2.INTER_LINEAR)[..., None]
    shadow = cv2.GaussianBlur(mask, (0, 0), _SHADOW_PX)[..., None]
    laid = cv2.warpAffine(paper, to_scene, size, flags=cv2.INTER_LINEAR).astype(np.float32)
    dark: NDArray[np.float32] = scene * (1 - _SHADOW * shadow) * (1 - mask) + laid * mask
    return dark
