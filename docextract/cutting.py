"""Sheet to the crops of all fields; a line that several fields are on is cut once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from docextract.cropping import cut_columns, cut_picture, cut_rows
from docextract.lines import FieldReader
from docextract.places import Places
from docextract.template import Box
from docextract.types import Crop, Direction, Reading, Sheet

_RESIDUALS = 2.0  # of the registration, by which boxes of the template are widened
_MARGIN = 0.08  # around a picture that is read, such as a barcode: its quiet zone may lie outside
_FAINTEST = 1e-6  # confidence below which a reading speaks equally against a print-out's place


@dataclass(frozen=True, slots=True, eq=False)
class Cuts:
    """What was cut from a sheet: crops of lines, and where each field may be among them.

    ``ways[name]`` are indices of ``crops``, one for each way that the field's print may lie, as
    in ``Places.boxes``, or be parted into upright characters: none when its place was not found.
    ``pictures`` are the crops of fields that are not print.
    """

    crops: tuple[Crop, ...] = ()
    ways: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    blocks: tuple[tuple[str, ...], ...] = ()
    pictures: Mapping[str, Crop] = field(default_factory=dict)


def cut_fields(
    sheet: Sheet,
    places: Places,
    readers: Mapping[str, FieldReader],
    margins: Mapping[str, float],
    directions: Mapping[str, Direction],
) -> Cuts:
    """Cut the boxes that the fields may have; fields on one line share its picture.

    ``margins`` are those of pictures that are kept, as shares of their boxes' sizes;
    ``directions`` those of fields of print.
    """
    crops: list[Crop] = []
    known: dict[_Line, tuple[Crop, ...]] = {}
    ways: dict[str, tuple[int, ...]] = {}
    pictures: dict[str, Crop] = {}
    for name, boxes in places.boxes.items():
        if name not in readers:
            if boxes:
                pictures[name] = cut_picture(
                    sheet, boxes[0], field=name, margin=margins.get(name, _MARGIN)
                )
            continue
        slack = 0.0 if name in places.found else _RESIDUALS
        start = len(crops)
        for box in boxes:
            line = _Line(
                directions[name], places.rows.get(name, (box,)), readers[name].height, slack
            )
            if line not in known:
                known[line] = line.cut(sheet)
            crops += [replace(crop, field=name) for crop in known[line]]
        ways[name] = tuple(range(start, len(crops)))
    return Cuts(tuple(crops), ways, places.blocks, pictures)


class _Line(NamedTuple):
    """Print to be cut: which way it is read, its rows, the crop's height, and what is unsure."""

    direction: Direction
    rows: tuple[Box, ...]
    height: int
    residuals: float

    def cut(self, sheet: Sheet) -> tuple[Crop, ...]:
        """The crop, or one for each way that upright characters may be parted."""
        seen = sheet.turned(self.direction)
        rows = [row.turned(self.direction) for row in self.rows]
        if self.direction == "vertical":
            return cut_columns(seen, rows, field="", height=self.height, residuals=self.residuals)
        return (cut_rows(seen, rows, field="", height=self.height, residuals=self.residuals),)


def joined(first: Cuts, more: Cuts) -> Cuts:
    """The cuts of two pages of a document: a field may be read on either."""
    start = len(first.crops)
    ways = dict(first.ways)
    for name, crops in more.ways.items():
        ways[name] = (*ways.get(name, ()), *(start + crop for crop in crops))
    return Cuts(
        (*first.crops, *(replace(crop, off_page=True) for crop in more.crops)),
        ways,
        tuple(block for block in first.blocks if not set(block) & more.ways.keys()),
        {**more.pictures, **first.pictures},
    )


def likeliest(cuts: Cuts, readings: Sequence[Reading]) -> list[int]:
    """Which crop each field is read from, as indices of ``cuts.crops``.

    ``readings`` belong to the crops. A block lies where the readings of its fields, taken
    together, are likeliest. Of several pages that a field may be on, it is on the one with a value;
    of several ways to part a column, the one that reads best is right.
    """
    blocked = {name for block in cuts.blocks for name in block}
    alone = tuple((name,) for name in cuts.ways if name not in blocked)
    chosen: list[int] = []
    for names in cuts.blocks:
        ways = list(zip(*(cuts.ways[name] for name in names), strict=True))
        if ways:
            chosen += max(ways, key=lambda way: _likelihood([readings[crop] for crop in way]))
    for (name,) in alone:
        if cuts.ways[name]:
            chosen.append(
                max(
                    cuts.ways[name],
                    key=lambda crop: (readings[crop].value is not None, readings[crop].confidence),
                )
            )
    return chosen


def _likelihood(readings: Sequence[Reading]) -> float:
    """The log-probability of all readings, those that failed counting as hardly likely."""
    return sum(math.log(max(reading.confidence, _FAINTEST)) for reading in readings)
