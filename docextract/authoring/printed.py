"""Lines of print in a sample, with the place of every character."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from docextract.cropping import cut_quad
from docextract.recognition import TAIL_STEPS
from docextract.sight import Sight
from docextract.template import Box
from docextract.types import Image, Lattice, Quad, Sheet

_LOOK_PX = 1536  # longer side at which a page's small print is found
_CLOSEST = 1.5
_MARGIN = 0.13  # of a detected line's height: paper around the text, on all sides
_UPRIGHT = 0.35  # tangent: a line steeper than this runs down the page
_SQUARE = 1.7  # a quad no longer than this may be a character or two, lying anyhow


@dataclass(frozen=True, slots=True)
class Printed:
    """Print on one line: its text, tight box in template units and its characters' middles (x)."""

    text: str
    box: Box
    middles: tuple[float, ...]

    @property
    def right(self) -> float:
        """The right edge."""
        return self.box.x + self.box.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.box.y + self.box.height

    @property
    def middle(self) -> float:
        """The height of the line's middle."""
        return self.box.y + self.box.height / 2

    def part(self, start: int, stop: int) -> Printed:
        """The characters from ``start`` up to ``stop``, without blanks at the ends."""
        while start < stop and self.text[start].isspace():
            start += 1
        while stop > start and self.text[stop - 1].isspace():
            stop -= 1
        x, y, _, height = self.box
        left = x if start == 0 else (self.middles[start - 1] + self.middles[start]) / 2
        last = len(self.text)
        right = self.right if stop == last else (self.middles[stop - 1] + self.middles[stop]) / 2
        box = Box(left, y, max(right - left, 1.0), height)
        return Printed(self.text[start:stop], box, self.middles[start:stop])

    def pieces(self, cuts: Sequence[int]) -> Iterator[Printed]:
        """The parts between the places in ``cuts``, blank ones left out."""
        for start, stop in pairwise((0, *cuts, len(self.text))):
            if self.text[start:stop].strip():
                yield self.part(start, stop)


def overlap(a: Printed | Box, b: Printed | Box) -> float:
    """The area that two boxes share, as a share of the smaller one."""
    p, q = (item if isinstance(item, Box) else item.box for item in (a, b))
    wide = min(p.x + p.width, q.x + q.width) - max(p.x, q.x)
    high = min(p.y + p.height, q.y + q.height) - max(p.y, q.y)
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / max(min(p.width * p.height, q.width * q.height), 1e-6)


def same_row(a: Printed, b: Printed) -> bool:
    """True when two lines stand side by side."""
    return abs(a.middle - b.middle) < 0.5 * min(a.box.height, b.box.height) + 1


def join(parts: Sequence[Printed]) -> Printed:
    """Parts of one row as one line."""
    return Printed(
        "".join(part.text for part in parts),
        Box.around(part.box for part in parts),
        tuple(x for part in parts for x in part.middles),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A line of print as it was found: its quad in px, text, and characters' places (0 to 1)."""

    quad_px: Quad
    text: str
    shares: tuple[float, ...]

    def on(self, sheet: Sheet | None) -> Printed:
        """The line in the units of a placed page; of a page that is none, in its px."""
        corners = self.quad_px if sheet is None else sheet.to_units(self.quad_px)
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        inset = _MARGIN * (bottom - top)
        box = (left + inset, top + inset, right - left - 2 * inset, bottom - top - 2 * inset)
        middles = tuple(float(left + share * (right - left)) for share in self.shares)
        return Printed(self.text, Box(*map(float, box)), middles)


def find_print(image: Image, sight: Sight) -> list[Seen]:
    """The level lines of print in a picture, from the top."""
    scale = min(_CLOSEST, _LOOK_PX / max(image.shape[:2]))
    quads = [quad for quad in map(_level, sight.detect(image, scale=scale)) if quad is not None]
    height = sight.recognizer.height
    lattices = sight.recognizer.recognize([cut_quad(image, quad, height=height) for quad in quads])
    found = [Seen(quad, *_spelled(lattice)) for quad, lattice in zip(quads, lattices, strict=True)]
    lines = [line for line in found if line.text.strip()]
    return sorted(lines, key=lambda line: (line.quad_px[0][1], line.quad_px[0][0]))


def _level(quad_px: Quad) -> Quad | None:
    """The quad with its top edge first; None for print that runs down the page."""
    along, down = quad_px[1] - quad_px[0], quad_px[3] - quad_px[0]
    if np.linalg.norm(along) < _SQUARE * np.linalg.norm(down):
        (left, top), (right, bottom) = quad_px.min(axis=0), quad_px.max(axis=0)
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    return None if abs(along[1]) > _UPRIGHT * abs(along[0]) else quad_px


def _spelled(lattice: Lattice) -> tuple[str, tuple[float, ...]]:
    """The best path's text and where along the line each character is, from 0 to 1."""
    best = lattice.logp.argmax(axis=1)
    starts = np.flatnonzero(np.r_[True, best[1:] != best[:-1]])
    ends = np.r_[starts[1:], len(best)]
    steps = max(len(best) - TAIL_STEPS, 1)
    symbols, blank = lattice.alphabet.symbols, lattice.alphabet.blank
    kept = [(s, e) for s, e in zip(starts, ends, strict=True) if best[s] != blank]
    text = "".join(symbols[best[start]] for start, _ in kept)
    shares = tuple(min((float(start) + float(end)) / 2 / steps, 1.0) for start, end in kept)
    return text, shares
