"""What printers do to ink: dots for strokes, broken or fat strokes, missing rows, faint ribbons."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.synth.lines.ink import Mask

Wear = Callable[[Mask, Random, np.random.Generator], Mask]


def worn(mask: Mask, rng: Random, noise: np.random.Generator) -> Mask:
    """The mask after a random printer: half of all lines stay as they are."""
    draw = rng.random()
    for share, wear in _WEARS:
        if draw < share:
            return wear(mask, rng, noise)
        draw -= share
    return mask


def _needles(mask: Mask, rng: Random, noise: np.random.Generator) -> Mask:
    """Needle print: ink only in round dots on a grid, some needles weak."""
    pitch = rng.choice((3, 3, 4, 4, 5))
    height, width = mask.shape
    small = cv2.resize(
        mask, (max(2, width // pitch), max(4, height // pitch)), interpolation=cv2.INTER_AREA
    )
    dots = (small > rng.uniform(70, 130)).astype(np.float32)
    if rng.random() < 0.5:
        dots *= noise.random(dots.shape, np.float32) > rng.uniform(0, 0.08)
    big = cv2.resize(dots, (width, height), interpolation=cv2.INTER_NEAREST)
    period = np.arange(max(height, width)) % pitch - (pitch - 1) / 2
    radius = pitch * rng.uniform(0.42, 0.72)
    away = period[:height, None] ** 2 + period[None, :width] ** 2
    spot = np.clip(radius + 0.5 - np.sqrt(away), 0, 1)
    return (255 * big * spot).astype(np.uint8)


def _fat(mask: Mask, rng: Random, noise: np.random.Generator) -> Mask:
    """Too much ink: strokes grow, holes close."""
    del noise
    size = rng.choice(((2, 2), (3, 3), (3, 2), (2, 3), (3, 1), (4, 3)))
    return np.asarray(cv2.dilate(mask, np.ones(size, np.uint8)), np.uint8)


def _thin(mask: Mask, rng: Random, noise: np.random.Generator) -> Mask:
    """Too little ink: strokes shrink."""
    del noise
    size = rng.choice(((2, 1), (1, 2), (2, 2)))
    thin = cv2.erode(mask, np.ones(size, np.uint8))
    return np.asarray(cv2.max(thin, (mask * rng.uniform(0.1, 0.5)).astype(np.uint8)), np.uint8)


def _patchy(mask: Mask, rng: Random, noise: np.random.Generator) -> Mask:
    """A worn ribbon or rough paper: ink is missing in soft patches."""
    height, width = mask.shape
    grain = rng.choice((2, 3, 6, 12))
    field = noise.random((height // grain + 2, width // grain + 2), np.float32)
    patches = np.asarray(cv2.resize(field, (width, height)), np.float32)
    level = rng.uniform(0.12, 0.42)
    kept = np.clip((patches - level) * rng.uniform(3, 12) + 0.5, 0, 1)
    return np.asarray(mask * kept, np.uint8)


def _banded(mask: Mask, rng: Random, noise: np.random.Generator) -> Mask:
    """A thermal head with dead or weak dots: rows or columns without ink."""
    del noise
    out = mask.copy()
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.6:
            at = rng.randrange(max(1, out.shape[0] - 2))
            out[at : at + rng.randint(1, 2)] //= rng.choice((2, 8))
        else:
            at = rng.randrange(max(1, out.shape[1] - 2))
            out[:, at : at + rng.randint(1, 2)] //= rng.choice((2, 8))
    if rng.random() < 0.4:
        period = rng.randint(3, 6)
        out[::period] //= 2
    return out


def _rough(mask: Mask, rng: Random, noise: np.random.Generator) -> Mask:
    """A bad copy: edges bitten off and specks added, then black and white."""
    field: NDArray[np.float32] = noise.normal(0, rng.uniform(30, 85), mask.shape).astype(np.float32)
    bites = np.asarray(cv2.GaussianBlur(field, (0, 0), rng.uniform(0.7, 1.6)), np.float32) * 2
    soft = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.8, 1.8)).astype(np.float32)
    return np.where(soft + bites > rng.uniform(95, 165), 255, 0).astype(np.uint8)


def _sloped(mask: Mask, rng: Random, noise: np.random.Generator) -> Mask:
    """Ink that fades along the line or across it."""
    del noise
    height, width = mask.shape
    low = rng.uniform(0.15, 0.7)
    ramp = np.linspace(low, 1, width) if rng.random() < 0.5 else np.linspace(1, low, width)
    if rng.random() < 0.4:
        down = np.linspace(low, 1, height) if rng.random() < 0.5 else np.linspace(1, low, height)
        return (mask * down[:, None]).astype(np.uint8)
    return (mask * ramp).astype(np.uint8)


_WEARS: tuple[tuple[float, Wear], ...] = (
    (0.12, _needles), (0.10, _fat), (0.07, _thin), (0.08, _patchy), (0.04, _banded),
    (0.06, _rough), (0.03, _sloped),
)  # fmt: skip
