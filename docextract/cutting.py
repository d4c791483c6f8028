"""Sheet to the crops of all fields; a line that several fields are on is cut and read once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from docextract.cropping import cut_line, cut_picture, join_dots
from docextract.lines import LineReader
from docextract.places import Places
from docextract.template import Box, Field
from docextract.types import Crop, Lattice, Quad, Reading, Sheet

_RESIDUALS = 2.0  # of the registration, by which boxes of the template are widened
_FAINTEST = 1e-6  # confidence below which a reading speaks equally against a print-out's place


@dataclass(frozen=True, slots=True, eq=False)
class Cuts:
    """What was cut from a sheet: crops of lines, and which of them each field may be on.

    ``uses[name]`` are indices of ``crops``, as in ``Places.boxes``; ``pictures`` are the crops
    of fields that are not print.
    """

    crops: tuple[Crop, ...] = ()
    uses: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    blocks: tuple[tuple[str, ...], ...] = ()
    pictures: Mapping[str, Crop] = field(default_factory=dict)


def cut_fields(
    sheet: Sheet, places: Places, fields: Mapping[str, Field], readers: Mapping[str, LineReader]
) -> Cuts:
    """Cut the boxes that the fields may have."""
    crops: list[Crop] = []
    known: dict[tuple[int, bool, Box], int] = {}
    uses: dict[str, tuple[int, ...]] = {}
    pictures: dict[str, Crop] = {}
    for name, boxes in places.boxes.items():
        if name not in readers:
            if boxes:
                pictures[name] = cut_picture(sheet, boxes[0], field=name)
            continue
        recognizer, dots = readers[name].recognizer, fields[name].dots
        slack = 0.0 if name in places.found else _RESIDUALS
        keys = [(id(recognizer), dots, box) for box in boxes]
        for key in keys:
            if key not in known:
                height, box = recognizer.height, key[2]
                crop = cut_line(sheet, box, field=name, height=height, residuals=slack)
                known[key] = len(crops)
                crops.append(join_dots(crop) if dots else crop)
        uses[name] = tuple(known[key] for key in keys)
    return Cuts(tuple(crops), uses, places.blocks, pictures)


def read_fields(
    cuts: Cuts,
    lattices: Sequence[Lattice],
    read: Callable[[str, Lattice, Quad], Reading],
) -> tuple[dict[str, Reading], dict[str, Lattice]]:
    """Each field's reading and the lattice it was made from, by ``read``; blocks read together.

    A block lies where the readings of its fields, taken together, are likeliest. ``lattices``
    belong to ``cuts.crops``. A field without a crop has no lattice.
    """
    readings: dict[str, Reading] = {}
    used: dict[str, Lattice] = {}
    blocked = {name for block in cuts.blocks for name in block}
    alone = tuple((name,) for name in cuts.uses if name not in blocked)
    for names in (*cuts.blocks, *alone):
        ways = range(min(len(cuts.uses[name]) for name in names))
        tried = [
            {
                name: read(name, lattices[crop], cuts.crops[crop].quad_px)
                for name, crop in ((name, cuts.uses[name][way]) for name in names)
            }
            for way in ways
        ]
        if not tried:
            readings |= {name: Reading(name, None, "", 0.0, failed=("place",)) for name in names}
            continue
        way = max(ways, key=lambda way: _likelihood(tried[way]))
        readings |= tried[way]
        used |= {name: lattices[cuts.uses[name][way]] for name in names}
    return readings, used


def _likelihood(readings: Mapping[str, Reading]) -> float:
    """The log-probability of all readings, those that failed counting as hardly likely."""
    return sum(math.log(max(reading.confidence, _FAINTEST)) for reading in readings.values())
