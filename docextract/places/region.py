"""A flat piece of a sheet, and the lines of text that the detector finds in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from docextract.cropping import cut_picture
from docextract.registration import share_found
from docextract.sight import Sight
from docextract.template import Box
from docextract.types import Quad, Sheet

_LINE_PX = 22.0  # height at which the detector sees a template's usual box, paper included
_LABEL_READ = 0.6  # share of a label's characters that must be read
_INSIDE = 0.3  # of a line's width, from which it belongs to a region
_SAME_ROW = 0.5  # of a line's height, from middle to middle


@dataclass(frozen=True, eq=False)
class Region:
    """Lines of text in a box of a sheet, as quads on the page and as boxes in template units."""

    sheet: Sheet
    whole: Box
    lines_px: tuple[Quad, ...]
    boxes: tuple[Box, ...]
    sight: Sight

    @classmethod
    def of(cls, sheet: Sheet, whole: Box, line_u: float, sight: Sight) -> Region:
        """Look for lines whose boxes are about ``line_u`` high, unless registration has."""
        lines_px = sheet.lines_px or _detected(sheet, whole, line_u, sight)
        inside = [(box, q) for q in lines_px if _overlaps(box := _box_around(sheet, q), whole)]
        boxes, quads = zip(*inside, strict=True) if inside else ((), ())
        return cls(sheet, whole, quads, boxes, sight)

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
        return self.sight.read(self.sheet.page.image, self.lines_px)


def _detected(sheet: Sheet, whole: Box, line_u: float, sight: Sight) -> tuple[Quad, ...]:
    """The lines in a flat picture of the box, as quads on the page."""
    image = cut_picture(sheet, whole, field="region", margin=0).image
    u_per_px = whole.height / image.shape[0]
    quads = sight.detect(image, scale=min(2.0, _LINE_PX * u_per_px / line_u))
    return tuple(sheet.to_page((quad + 0.5) * u_per_px + (whole.x, whole.y)) for quad in quads)


def _box_around(sheet: Sheet, quad_px: Quad) -> Box:
    corners_u = sheet.to_units(quad_px)
    left, right = sorted((corners_u[[0, 3], 0].mean(), corners_u[[1, 2], 0].mean()))
    top, bottom = sorted((corners_u[[0, 1], 1].mean(), corners_u[[2, 3], 1].mean()))
    return Box(float(left), float(top), float(right - left), float(bottom - top))


def _overlaps(box: Box, whole: Box) -> bool:
    x, y = box.x + box.width / 2, _middle(box)
    beside = _shared(box, whole) > _INSIDE * box.width or whole.x < x < whole.x + whole.width
    return beside and whole.y < y < whole.y + whole.height


def _middle(box: Box) -> float:
    return box.y + box.height / 2


def _shared(one: Box, other: Box) -> float:
    """How much of the width two boxes share."""
    return min(one.x + one.width, other.x + other.width) - max(one.x, other.x)


def _length(text: str) -> float:
    """A text's length, Latin characters counting half."""
    return sum(0.5 if char.isascii() else 1.0 for char in text if not char.isspace())
