"""Marks that people make in boxes: crosses, ticks, fillings and others, by many pens."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from docextract.synth._canvas import Canvas, Color
from docextract.synth._invoice_form import Box

Point = tuple[float, float]
Strokes = list[list[Point]]

PENS: dict[str, tuple[Color, tuple[float, float]]] = {  # colour, width as a share of the box
    "ballpoint blue": ((40, 60, 160), (0.06, 0.12)),
    "ballpoint black": ((45, 45, 55), (0.06, 0.12)),
    "gel black": ((15, 15, 20), (0.08, 0.15)),
    "felt-tip": ((10, 10, 10), (0.15, 0.3)),
    "red": ((200, 40, 50), (0.06, 0.14)),
    "pencil": ((125, 125, 128), (0.06, 0.13)),
    "worn-out pen": ((150, 160, 200), (0.05, 0.1)),
}


class Pen(NamedTuple):
    """A colour (RGB) and a stroke's width in template units."""

    color: Color
    width: float


def random_pen(rng: random.Random, box: Box, name: str | None = None) -> Pen:
    """One of ``PENS``, by chance or by name; its width goes with the box."""
    color, (thin, thick) = PENS[name or rng.choice(sorted(PENS))]
    return Pen(color, rng.uniform(thin, thick) * min(box.width, box.height))


def draw_mark(canvas: Canvas, box: Box, kind: str, pen: Pen, rng: random.Random) -> None:
    """Draw a mark of one of ``MARKS`` about a box; it may stick out."""
    for stroke in MARKS[kind](rng):
        placed = [(box.x + x * box.width, box.y + y * box.height) for x, y in stroke]
        canvas.stroke(placed, pen.width, pen.color)


def draw_signature(canvas: Canvas, box: Box, pen: Pen, rng: random.Random) -> None:
    """Draw a few joined loops and a flourish, as a name is signed, inside a box."""
    x, middle = box.x + rng.uniform(0.05, 0.25) * box.width, box.y + 0.55 * box.height
    end = box.x + rng.uniform(0.6, 0.95) * box.width
    points: list[Point] = []
    while x < end:
        tall = rng.uniform(0.15, 0.4) * box.height
        points += [(x, middle + rng.gauss(0, 3)), (x + rng.uniform(2, 9), middle - tall)]
        points += [(x - rng.uniform(0, 8), middle + 0.4 * tall)]
        x += rng.uniform(0.05, 0.11) * box.width
    canvas.stroke(points, pen.width, pen.color)
    canvas.stroke([points[-1], (end, middle + rng.gauss(0, 8))], pen.width, pen.color)


def _cross(rng: random.Random) -> Strokes:
    over = rng.uniform(-0.22, 0.3)
    first = _bent(rng, (-over, -over), (1 + over, 1 + over))
    second = _bent(rng, (1 + over, -over), (-over, 1 + over))
    return [first, second]


def _tick(rng: random.Random) -> Strokes:
    """Down to a foot inside the box and up to the right, often out of it."""
    foot = (rng.uniform(0.25, 0.5), rng.uniform(0.7, 1.0))
    start = (foot[0] - rng.uniform(0.15, 0.4), foot[1] - rng.uniform(0.2, 0.5))
    end = (foot[0] + rng.uniform(0.45, 1.1), foot[1] - rng.uniform(0.7, 1.4))
    return [_bent(rng, start, foot) + _bent(rng, foot, end)]


def _filling(rng: random.Random) -> Strokes:
    """A zigzag so dense that little paper is left."""
    edge = rng.uniform(-0.05, 0.12)
    rows = 12
    ys = [edge + (1 - 2 * edge) * i / rows for i in range(rows + 1)]
    return [[(rng.gauss(edge if i % 2 else 1 - edge, 0.04), y) for i, y in enumerate(ys)]]


def _scribble(rng: random.Random) -> Strokes:
    turns = rng.randrange(3, 7)
    xs = [0.1 + 0.8 * i / turns for i in range(turns + 1)]
    return [[(x, rng.gauss(0.15 if i % 2 else 0.85, 0.1)) for i, x in enumerate(xs)]]


def _slash(rng: random.Random) -> Strokes:
    over = rng.uniform(-0.15, 0.3)
    ends: tuple[Point, Point] = ((-over, 1 + over), (1 + over, -over))
    return [_bent(rng, *ends)]


def _ring(rng: random.Random) -> Strokes:
    radius, start = rng.uniform(0.2, 0.36), rng.uniform(0, math.tau)
    x, y = rng.gauss(0.5, 0.06), rng.gauss(0.5, 0.06)
    angles = [start + math.tau * i / 16 for i in range(17)]
    return [[(x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles]]


def _dot(rng: random.Random) -> Strokes:
    """A blob in the middle, of several short strokes."""
    x, y = rng.gauss(0.5, 0.06), rng.gauss(0.5, 0.06)
    reach = rng.uniform(0.08, 0.16)
    around: list[Point] = [(x + rng.gauss(0, reach), y + rng.gauss(0, reach)) for _ in range(9)]
    return [around]


MARKS: dict[str, Callable[[random.Random], Strokes]] = {
    "cross": _cross,
    "tick": _tick,
    "filling": _filling,
    "scribble": _scribble,
    "slash": _slash,
    "ring": _ring,
    "dot": _dot,
}


def _bent(rng: random.Random, start: Point, end: Point) -> list[Point]:
    """A hand's straight line: both ends a little off, and bent."""
    (x0, y0), (x1, y1) = (_near(rng, point, 0.06) for point in (start, end))
    xm, ym = _near(rng, ((x0 + x1) / 2, (y0 + y1) / 2), 0.05)
    return [_on_curve((x0, y0), (xm, ym), (x1, y1), i / 8) for i in range(9)]


def _near(rng: random.Random, point: Point, spread: float) -> Point:
    return rng.gauss(point[0], spread), rng.gauss(point[1], spread)


def _on_curve(start: Point, middle: Point, end: Point, t: float) -> Point:
    """A quadratic curve through three points, at t = 0, 1/2 and 1."""
    weights: Sequence[float] = ((1 - t) * (1 - 2 * t), 4 * t * (1 - t), t * (2 * t - 1))
    points = (start, middle, end)
    x = sum(w * p[0] for w, p in zip(weights, points, strict=True))
    y = sum(w * p[1] for w, p in zip(weights, points, strict=True))
    return x, y
