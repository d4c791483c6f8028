"""Blocks of long rows of print among detected lines: as many under one another as a form has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from docextract.registration.anchors import Complex, Lines
from docextract.types import Quad

_SLIMMEST_ROW = 6.0  # length to height of what was detected: fillers may be missing
_SLIMMEST = 15.0  # length to height of a block's rows
_SAME_HEIGHT = 1.7  # the larger of two heights to the smaller
_TURNED = 0.05  # radians between neighbouring rows
_SAME_ROW = 0.35  # heights that pieces of one row may lie off each other
_GAP = 6.0  # heights between the pieces: fillers may go undetected
_NEXT_ROW = (1.0, 3.2)  # heights from middle to middle of neighbouring rows
_FLUSH = 1.5  # heights between the ends of neighbouring rows, at one end at least
_PADDED = 0.35  # heights that a row is prolonged by at both ends


class Block(NamedTuple):
    """Rows one under the other, (N, 2) ends as x + iy in px, and their mean height in px.

    Rows run from their first to their second end, and are in the order that makes the block
    upright; the block the other way up is another one.
    """

    ends_px: Complex
    height_px: float

    @property
    def length_px(self) -> float:
        """The rows' mean length."""
        return float(np.abs(np.diff(self.ends_px)).mean())

    def turned(self) -> Block:
        """The block the other way up."""
        return Block(self.ends_px[::-1, ::-1], self.height_px)

    def quads_px(self) -> list[Quad]:
        """The rows as quads whose first edge is the top."""
        quads = []
        for start, end in self.ends_px:
            along = (end - start) / abs(end - start)
            down = along * 1j * self.height_px / 2 * 1.35  # paper above and below
            corners = (start - down, end - down, end + down, start + down)
            quads.append(np.array([[c.real, c.imag] for c in corners]))
        return quads


def find_blocks(quads_px: Sequence[Quad], rows: int) -> Iterator[Block]:
    """Yield blocks of so many rows, longest first, each reading rightwards or downwards.

    Rows of a block are parallel, of one height, at like distances and flush at one end; where
    they are not at the other, all are taken to be as long as the longest.
    """
    lines = _joined(Lines.of(quads_px))
    lengths = np.abs(lines.ends_px[:, 1] - lines.ends_px[:, 0])
    slim = lengths > _SLIMMEST_ROW * lines.heights_px
    lines = Lines(lines.ends_px[slim], lines.heights_px[slim])
    below = [_next_below(lines, i) for i in range(len(lines.heights_px))]
    chains: list[tuple[int, ...]] = [(i,) for i in range(len(below))]
    for _ in range(rows - 1):
        chains = [(*chain, j) for chain in chains for j in below[chain[-1]]]
    blocks = [_block(lines, chain) for chain in chains]
    slim_blocks = (block for block in blocks if block.length_px > _SLIMMEST * block.height_px)
    yield from sorted(slim_blocks, key=lambda block: -block.length_px)


def _joined(lines: Lines) -> Lines:
    """The lines, and each run of pieces of one row as a line."""
    ends, heights = list(lines.ends_px), list(lines.heights_px)
    for row, height in zip(lines.ends_px, lines.heights_px.tolist(), strict=True):
        grown = _grown(row, height, lines)
        known = min(float(np.abs(grown - other).max()) for other in ends)
        if known > height:
            ends.append(grown)
            heights.append(height)
    return Lines(np.array(ends).reshape(-1, 2), np.array(heights))


def _grown(row: Complex, height: float, lines: Lines) -> Complex:
    """A row prolonged over the lines that go on before and behind it."""
    grown = row
    while True:
        length = abs(grown[1] - grown[0])
        along = (grown[1] - grown[0]) / length
        there = (lines.ends_px - grown[0]) / along  # in the row's own frame
        off = np.abs(there.imag).max(axis=1)
        alike = np.maximum(lines.heights_px / height, height / lines.heights_px) < _SAME_HEIGHT
        start, end = there.real.min(axis=1), there.real.max(axis=1)
        near = alike & (off < _SAME_ROW * height)
        near &= (start < length + _GAP * height) & (end > -_GAP * height)
        first = float(min(start[near].min(initial=0.0), 0.0))
        last = float(max(end[near].max(initial=length), length))
        if last - first <= length + 0.5 * height:
            return grown
        grown = np.array([grown[0] + first * along, grown[0] + last * along])


def _next_below(lines: Lines, upper: int) -> list[int]:
    """The lines that may be the next row below one of them."""
    (a, b), height = lines.ends_px[upper], lines.heights_px[upper]
    along = (b - a) / abs(b - a)
    alike = np.maximum(lines.heights_px / height, height / lines.heights_px) <= _SAME_HEIGHT
    parallel = np.abs(np.angle(np.diff(lines.ends_px)[:, 0] / along)) <= _TURNED
    off = (
        (lines.ends_px - lines.ends_px[upper]) / along / ((lines.heights_px + height) / 2)[:, None]
    )
    down = off.imag.mean(axis=1)
    flush = np.abs(off.real).min(axis=1) < _FLUSH
    near = flush & (_NEXT_ROW[0] < down) & (down < _NEXT_ROW[1])
    return np.flatnonzero(alike & parallel & near).tolist()


def _block(lines: Lines, chain: Sequence[int]) -> Block:
    """The rows of a chain, all from the first start to the last end."""
    rows, height = lines.ends_px[list(chain)], float(lines.heights_px[list(chain)].mean())
    along = (rows[:, 1] - rows[:, 0]).sum()
    along /= abs(along)
    start = (rows[:, 0] / along).real.min() - _PADDED * height
    end = (rows[:, 1] / along).real.max() + _PADDED * height
    ends = []
    for a, b in rows:
        own = (b - a) / abs(b - a)
        slant = (own / along).real
        ends.append([a + own * (x - (a / along).real) / slant for x in (start, end)])
    return Block(np.array(ends), height)
