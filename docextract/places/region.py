"""A flat piece of a sheet, and the lines of text that the detector finds in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from docextract.cropping import cut_picture
from docextract.registration import share_found
from docextract.sight import Sight
from docextract.template import Box
from docextract.types import Image, Quad, Sheet

_LINE_PX = 22.0  # height at which the detector sees a template's usual box, paper included
_LABEL_READ = 0.6  # share of a label's characters that must be read
_SAME_ROW = 0.5  # of a line's height, from middle to middle


@dataclass(frozen=True, eq=False)
class Region:
    """A region's picture, its lines as quads in the picture, and as boxes in template units."""

    whole: Box
    image: Image
    quads_px: tuple[Quad, ...]
    boxes: tuple[Box, ...]
    sight: Sight

    @classmethod
    def of(cls, sheet: Sheet, whole: Box, line_u: float, sight: Sight) -> Region:
        """Look at a box of a sheet whose lines have boxes about ``line_u`` high."""
        image = cut_picture(sheet, whole, field="region", margin=0).image
        u_per_px = whole.height / image.shape[0]
        quads = sight.detect(image, scale=min(2.0, _LINE_PX * u_per_px / line_u))
        boxes = (_box_around(quad, whole, u_per_px) for quad in quads)
        return cls(whole, image, tuple(quads), tuple(boxes), sight)

    def nearest(self, box: Box) -> Box:
        """The row, as wide as the region, of the line nearest to a box; the box if there is none.

        Only lines that stand above, in or below the box count, not those beside it.
        """
        beside = [line for line in self.boxes if _shared(line, box) > 0.3 * line.width]
        if not beside:
            return box
        line = min(beside, key=lambda line: abs(_middle(line) - _middle(box)))
        return Box(self.whole.x, line.y, self.whole.width, line.height)

    def right_of(self, label: str) -> Box | None:
        """The rest of the row to the right of a printed label, or None without such a label."""
        shares = [share_found(label, text) for text in self._texts()]
        if max(shares, default=0.0) < _LABEL_READ:
            return None
        best = shares.index(max(shares))
        words, text = self.boxes[best], self._texts()[best]
        # A label and its value may be one line: the label ends where its last character does.
        end = words.x + words.width * min(1.0, _length(label) / max(_length(text), 1.0))
        others = [
            line
            for line in self.boxes
            if line.x + line.width / 2 > words.x + words.width
            and abs(_middle(line) - _middle(words)) < _SAME_ROW * words.height
        ]
        row = min(others, key=lambda line: line.x, default=words)
        right = self.whole.x + self.whole.width
        start = min(end, row.x) if others and row.x < end else end
        return Box(start, row.y, max(right - start, row.height), row.height)

    def matching(self, pattern: str) -> Box | None:
        """The line whose text the regular expression is found in, the topmost of several."""
        hits = [
            line
            for line, text in zip(self.boxes, self._texts(), strict=True)
            if re.search(pattern, text)
        ]
        return min(hits, key=lambda line: line.y, default=None)

    def _texts(self) -> Sequence[str]:
        return self.sight.read(self.image, self.quads_px)


def _box_around(quad: Quad, whole: Box, u_per_px: float) -> Box:
    left, top = quad.min(axis=0) * u_per_px
    right, bottom = quad.max(axis=0) * u_per_px
    return Box(whole.x + left, whole.y + top, right - left, bottom - top)


def _middle(box: Box) -> float:
    return box.y + box.height / 2


def _shared(one: Box, other: Box) -> float:
    """How much of the width two boxes share."""
    return min(one.x + one.width, other.x + other.width) - max(one.x, other.x)


def _length(text: str) -> float:
    """A text's length, Latin characters counting half."""
    return sum(0.5 if char.isascii() else 1.0 for char in text if not char.isspace())
