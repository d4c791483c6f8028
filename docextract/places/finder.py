"""The boxes of a template's fields on one sheet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from statistics import median

from docextract.fields import ReadsMarks, ReadsTable
from docextract.places.blocks import drifted
from docextract.places.region import Region
from docextract.places.rows import inked_lines
from docextract.sight import Sight
from docextract.template import Box, Field, Template
from docextract.types import Direction, Sheet

Block = tuple[str, ...]  # names of fields


@dataclass(frozen=True)
class Places:
    """The boxes that each field may have on a sheet, in template units.

    A field by itself has one, or none when its line was looked for and is not there. The fields
    of a block have as many as the block's print may lie in ways: ``boxes[name][k]`` belong
    together, and ``blocks`` names the fields that do so. ``found`` are the fields whose boxes
    come from lines on this page, not from the template. ``rows`` are the boxes, in order, of
    fields that are read across several of them; the field's own box is around them all.
    """

    boxes: Mapping[str, tuple[Box, ...]]
    blocks: tuple[Block, ...] = ()
    found: frozenset[str] = frozenset()
    rows: Mapping[str, tuple[Box, ...]] = attribute(default_factory=dict)

    def of(self, fields: Container[str]) -> Places:
        """The places of some fields; blocks that are not whole fall apart."""
        boxes = {name: boxes for name, boxes in self.boxes.items() if name in fields}
        blocks = tuple(b for b in self.blocks if all(name in fields for name in b))
        return Places(boxes, blocks, self.found, self.rows)


@dataclass(frozen=True, eq=False)
class Finder:
    """Finds fields' boxes; ``sight`` is None for a template whose boxes are where it says."""

    template: Template
    blocks: Mapping[str, Block]
    line_u: float
    sight: Sight | None = None

    def find(self, sheet: Sheet) -> Places:
        """The boxes of every field on a sheet, boxes to tick and tables aside."""
        plain = {
            name: self.template.box(name, sheet.layout)
            for name, field in self.template.fields.items()
            if not isinstance(field.kind, ReadsMarks | ReadsTable)
        }
        boxes: dict[str, tuple[Box, ...]] = {name: (box,) for name, box in plain.items()}
        rows = {
            name: _inked(sheet, box, self.template.fields[name].direction, place.lines)
            for name, box in plain.items()
            if (place := self.template.fields[name].place) is not None and place.lines
        }
        if self.sight is None:
            return Places(boxes, rows=rows)
        for block, names in self.blocks.items():
            boxes |= self._block_boxes(block, {n: plain[n] for n in names}, sheet, self.sight)
        layout = self.template.layout(sheet.layout)
        found = set()
        for field in self.template.fields.values():
            if field.place is None or field.place.lines:
                continue
            if field.place.rows:
                rows[field.name] = tuple(row.box for row in layout.rows)
                continue
            found.add(field.name)
            if field.place.block is None:
                boxes[field.name] = self._own_boxes(field, plain[field.name], sheet, self.sight)
        return Places(boxes, tuple(self.blocks.values()), frozenset(found), rows)

    def _block_boxes(
        self, block: str, boxes: Mapping[str, Box], sheet: Sheet, sight: Sight
    ) -> dict[str, tuple[Box, ...]]:
        up, down = self.template.blocks[block].drift
        direction = self.template.block_direction(block)
        boxes = {name: box.turned(direction) for name, box in boxes.items()}
        left, top = (min(box[i] for box in boxes.values()) for i in (0, 1))
        right = max(box.x + box.width for box in boxes.values())
        bottom = max(box.y + box.height for box in boxes.values())
        spread = Box(left, top + up, right - left, bottom - top + down - up)
        region = Region.of(sheet.turned(direction), spread, self.line_u, sight)
        ways = drifted(boxes, region.boxes, (up, down))
        return {name: tuple(box.turned_back(direction) for box in ways[name]) for name in ways}

    def _own_boxes(self, field: Field, box: Box, sheet: Sheet, sight: Sight) -> tuple[Box, ...]:
        place, direction = field.place, field.direction
        assert place is not None
        sheet = sheet.turned(direction)
        if place.drift is not None:
            x, y = place.drift if isinstance(place.drift, tuple) else (place.drift, place.drift)
            wide = Box(box.x - x, box.y - y, box.width + 2 * x, box.height + 2 * y)
            region = Region.of(sheet, wide.turned(direction), self.line_u, sight)
            return (region.nearest(box.turned(direction)).turned_back(direction),)
        region = Region.of(sheet, box.turned(direction), self.line_u, sight)
        if place.right_of is not None:
            found = region.right_of(place.right_of)
        else:
            assert place.line is not None
            found = region.matching(place.line)
        return () if found is None else (found.turned_back(direction),)


def _inked(sheet: Sheet, box: Box, direction: Direction, most: int) -> tuple[Box, ...]:
    """The lines of print in a box, in the order they are read; columns from the right."""
    lines = inked_lines(sheet.turned(direction), box.turned(direction), most)
    return tuple(line.turned_back(direction) for line in lines)


def template_finder(template: Template, sight: Sight | None) -> Finder:
    """The finder of a template; ``sight`` is needed when a field has a place."""
    blocks: dict[str, list[str]] = defaultdict(list)
    heights = []
    for field in template.fields.values():
        if field.place is not None and field.place.block is not None:
            blocks[field.place.block].append(field.name)
        place = field.place
        if isinstance(field.kind, ReadsTable):
            continue
        if place is None or not (place.right_of or place.line or place.lines):
            heights.append(field.box.across(field.direction))
    heights = heights or [f.box.across(f.direction) for f in template.fields.values()]
    return Finder(
        template, {name: tuple(names) for name, names in blocks.items()}, median(heights), sight
    )
