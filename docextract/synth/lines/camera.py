"""A sheet of ink as a scanner or telephone sees it: shape, tone, light, blur, noise, JPEG."""

from __future__ import annotations

import math
from random import Random
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.synth.lines.ink import Mask

Gray: TypeAlias = NDArray[np.uint8]  # (H, W), 0 black to 255 white
Plane: TypeAlias = NDArray[np.float32]


def photographed(sheet: Mask, scale: float, rng: Random, noise: np.random.Generator) -> Gray:
    """Picture a sheet of ink at ``scale`` pixels a sheet pixel, in gray."""
    if rng.random() < 0.55:
        sheet = _askew(sheet, rng)
    size = (max(4, round(sheet.shape[1] * scale)), max(6, round(sheet.shape[0] * scale)))
    smaller = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(sheet, size, interpolation=smaller)
    ink: Plane = np.asarray(small, np.float32) / np.float32(255)
    sharpness = max(0.6, size[1] / 30)
    if rng.random() < 0.6:
        ink = _blurred(ink, sharpness * abs(rng.gauss(0.3, 0.4)) + 0.1)
    if rng.random() < 0.05:
        ink = shaken(ink, rng)
    picture = _toned(ink, rng, noise)
    if rng.random() < 0.7:
        picture += grain(picture.shape, rng, noise)
    if rng.random() < 0.12:
        picture = _sharpened(picture, rng)
    gray = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.08:
        gray = _enlarged(gray, rng)
    if rng.random() < 0.04:
        gray = _copied(gray)
    if rng.random() < 0.015:
        gray = 255 - gray
    return _compressed(gray, rng) if rng.random() < 0.5 else gray


def _blurred(picture: Plane, sigma: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)


def _askew(sheet: Mask, rng: Random) -> Mask:
    """A small turn, a slant and perspective."""
    height, width = sheet.shape
    turn = math.tan(math.radians(rng.gauss(0, 1.0)))
    turn = max(-0.25 * height / width, min(turn, 0.25 * height / width))
    slant = rng.gauss(0, 0.08) * height
    bend = rng.gauss(0, 0.03) * height
    lift = turn * width / 2
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + np.array(
        [[slant, lift + bend], [slant, -lift - bend], [0, -lift + bend], [0, lift - bend]],
        np.float32,
    )
    homography = cv2.getPerspectiveTransform(corners, moved)
    return np.asarray(cv2.warpPerspective(sheet, homography, (width, height)), np.uint8)


def shaken(ink: Plane, rng: Random) -> Plane:
    """Blur along one direction."""
    length = rng.randint(2, 4)
    kernel = np.zeros((length, length), np.float32)
    if rng.random() < 0.5:
        kernel[length // 2] = 1 / length
    else:
        kernel[:, length // 2] = 1 / length
    return np.asarray(cv2.filter2D(ink, -1, kernel), np.float32)


def _toned(ink: Plane, rng: Random, noise: np.random.Generator) -> Plane:
    """Ink on paper: brightness, contrast, uneven light, tint of paper, a printed ground."""
    height, width = ink.shape
    paper = rng.uniform(100, 255) if rng.random() < 0.6 else rng.uniform(235, 255)
    contrast = paper * (rng.uniform(0.5, 1.0) if rng.random() < 0.75 else rng.uniform(0.18, 0.5))
    if rng.random() < 0.3:
        ink = ink ** rng.uniform(0.6, 1.8)
    picture = paper - contrast * ink
    if rng.random() < 0.35:
        across = np.linspace(rng.uniform(0.75, 1), rng.uniform(0.75, 1), width, dtype=np.float32)
        down = np.linspace(rng.uniform(0.85, 1), rng.uniform(0.85, 1), height, dtype=np.float32)
        picture = picture * across * down[:, None]
    if rng.random() < 0.2:
        picture = picture + _ground((height, width), rng, noise) * paper / 255
    return picture.astype(np.float32, copy=False)


def _ground(shape: tuple[int, int], rng: Random, noise: np.random.Generator) -> Plane:
    """A pale pattern under the print: waves, or clouds."""
    height, width = shape
    if rng.random() < 0.5:
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        period, tilt = rng.uniform(4, 14), rng.uniform(-1, 1)
        waves = np.sin((y + tilt * x + 3 * np.sin(x / rng.uniform(8, 30))) * (6.28 / period))
        return np.asarray(waves * rng.uniform(4, 16) - 8, np.float32)
    coarse = noise.normal(0, rng.uniform(4, 14), (3, max(2, width // 16))).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height)), np.float32)


def grain(shape: tuple[int, ...], rng: Random, noise: np.random.Generator) -> Plane:
    """Sensor noise, fine or a little coarse."""
    grains = noise.standard_normal(shape, np.float32) * (abs(rng.gauss(0, 7)) + 0.5)
    if rng.random() < 0.3:
        grains = _blurred(grains, 0.8) * 1.8
    return grains


def _sharpened(picture: Plane, rng: Random) -> Plane:
    """Unsharp masking, as scanners and telephones do."""
    soft = _blurred(picture, 1.2)
    return picture + np.float32(rng.uniform(0.5, 1.8)) * (picture - soft)


def _enlarged(gray: Gray, rng: Random) -> Gray:
    """A picture kept too small, then made larger, often hardened to black and white on the way."""
    height, width = gray.shape
    factor = max(rng.uniform(0.35, 0.7), 12 / height)
    if factor >= 1:
        return gray
    size = (max(4, round(width * factor)), round(height * factor))
    small = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)
    if rng.random() < 0.4:
        small = _copied(small)
    way = rng.choice((cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST))
    return np.asarray(cv2.resize(small, (width, height), interpolation=way), np.uint8)


def _copied(gray: Gray) -> Gray:
    """Black and white, split by Otsu's threshold."""
    _, copy = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(copy, np.uint8)


def _compressed(gray: Gray, rng: Random) -> Gray:
    _, data = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(25, 92)])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
