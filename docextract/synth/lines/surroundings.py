"""What lies around a line on paper: neighbour lines, ruling lines, seals, specks."""

from __future__ import annotations

import math
from random import Random

import cv2
import numpy as np

from docextract.synth.lines.ink import Ink, Mask


def surrounded(ink: Ink, pads: tuple[int, int, int, int], rng: Random, near: list[Ink]) -> Mask:
    """The line on a sheet with ``pads`` (above, below, left, right of its print, in px).

    Negative pads cut print off. ``near`` are other lines, drawn as neighbours now and then.
    """
    above, below, left, right = pads
    height, length = ink.bottom - ink.top, ink.mask.shape[1]
    width = length + max(left, 0) + max(right, 0)
    sheet = np.zeros((height + max(above, 0) + max(below, 0), width), np.uint8)
    y, x = max(above, 0), max(left, 0)
    sheet[y : y + height, x : x + length] = ink.mask[ink.top : ink.bottom]
    if near and rng.random() < 0.3:
        _neighbours(sheet, (y, y + height), rng, near)
    if rng.random() < 0.12:
        _rulings(sheet, (y, y + height), rng)
    if rng.random() < 0.04:
        _seal(sheet, rng)
    rows = slice(max(0, -above), sheet.shape[0] - max(0, -below))
    return sheet[rows, max(0, -left) : width - max(0, -right)]


def _neighbours(sheet: Mask, rows: tuple[int, int], rng: Random, near: list[Ink]) -> None:
    """Feet of the line above and heads of the line below, with paper between."""
    for below in (False, True):
        if rng.random() < 0.35:
            continue
        other = rng.choice(near)
        band = other.mask[other.top : other.bottom]
        gap = rng.randint(4, 16)
        if below:
            top = rows[1] + gap
            bottom = min(sheet.shape[0], top + band.shape[0])
            source = band[: max(0, bottom - top)]
        else:
            bottom = rows[0] - gap
            top = max(0, bottom - band.shape[0])
            source = band[band.shape[0] - max(0, bottom - top) :]
        if bottom <= top or not source.size:
            continue
        x = rng.randint(-60, max(1, sheet.shape[1] // 2))
        source = source[:, max(0, -x) :]
        target = sheet[top:bottom, max(0, x) : max(0, x) + source.shape[1]]
        np.maximum(target, source[:, : target.shape[1]], out=target)


def _rulings(sheet: Mask, rows: tuple[int, int], rng: Random) -> None:
    """A table's ruling line beside the print, rarely through its foot."""
    height, width = sheet.shape
    level, thick = rng.randint(90, 255), rng.randint(1, 3)
    if rng.random() < 0.6:
        outside = rng.random() < 0.85
        if rng.random() < 0.5:
            y = rows[1] + rng.randint(3, 14) if outside else rows[1] - 2
        else:
            y = rows[0] - rng.randint(3, 14)
        if 0 <= y < height:
            sheet[y : y + thick] = np.maximum(sheet[y : y + thick], level)
    else:
        x = rng.choice((rng.randint(0, 4), width - 1 - rng.randint(0, 4)))
        sheet[:, max(0, x) : x + thick] = np.maximum(sheet[:, max(0, x) : x + thick], level)


def _seal(sheet: Mask, rng: Random) -> None:
    """A piece of a seal's rim and letters, lighter than print."""
    height, width = sheet.shape
    level = rng.randint(50, 130)
    layer = np.zeros_like(sheet)
    centre = (rng.randint(-20, width + 20), rng.randint(-height, 2 * height))
    axes = (rng.randint(60, 180), rng.randint(40, 120))
    cv2.ellipse(layer, centre, axes, rng.uniform(0, 20), 0, 360, level, rng.randint(2, 7))
    for _ in range(rng.randint(0, 6)):
        angle = rng.uniform(0, 2 * math.pi)
        x = int(centre[0] + 0.75 * axes[0] * math.cos(angle))
        y = int(centre[1] + 0.75 * axes[1] * math.sin(angle))
        dx, dy = rng.randint(-14, 14), rng.randint(-14, 14)
        cv2.line(layer, (x, y), (x + dx, y + dy), level, rng.randint(2, 5))
    np.maximum(sheet, layer, out=sheet)
