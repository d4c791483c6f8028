"""Forms of one layout, filled in and drawn flat: print, boxes to tick, barcodes, a seal."""

from __future__ import annotations

import math
from functools import partial
from random import Random

import numpy as np

from docextract.fields import ReadsPicture
from docextract.fields.barcode import Barcode
from docextract.synth._fonts import Face, find_font
from docextract.synth._ticks import MARKS
from docextract.synth.lines.faces import FaceBook
from docextract.synth.pages.blank import Room, mark_boxes, study_form
from docextract.synth.pages.conditions import Conditions
from docextract.synth.pages.filling import FilledForm, Filler
from docextract.synth.pages.languages import random_match
from docextract.synth.pages.lines import FormLine, form_lines
from docextract.synth.pages.natural import Person
from docextract.synth.pages.page import FIGURE_EM, FULL, TIGHT, FormPage
from docextract.synth.pages.payloads import code_format
from docextract.synth.pages.printer import Printer
from docextract.synth.pages.seal import seal_picture
from docextract.synth.pages.sheet import PaperSheet
from docextract.synth.pages.tables import table_drawers
from docextract.template import Box, Field, Layout, Template
from docextract.types import Image

_SMALLEST = 0.42  # of a box's height, that figures are printed in
_LINE_PX = 22.0  # least height of a line's box
_WIDE_EM, _NARROW_EM = 1.0, 0.6
_ANCHOR_FILL = 0.9  # of an anchor's height, that its figures fill
_ANCHORED_DRIFT = 0.15  # of a block's drift, where its print places the form itself
_DRIFT = 0.7  # of what a place allows
_OCR_B = ("fonts-ocr-b",)
_STYLES = ("cross", "tick", "filling")  # a writer mostly keeps to one
_SEAL_TRIES = 40
# From a line to what stands below it, as one reads it.
_ACROSS = {"right": (0, 1), "up": (1, 0), "down": (-1, 0)}


class LayoutDrawer:
    """Draws filled forms of one layout; see ``study_form`` and ``Filler`` for its errors.

    Rows of a zone need the typeface OCR-B: FontError without it.
    """

    def __init__(self, template: Template, layout: Layout, faces: FaceBook) -> None:
        self._template, self._layout, self._faces = template, layout, faces
        self._form = study_form(template, layout)
        self._marks = tuple(mark_boxes(template, layout))
        self._lines = form_lines(template, layout, wanted=self._wanted, bare=self._is_bare)
        self._tables = table_drawers(template, layout)
        self._filler = Filler(
            template, layout, self._lines, self._fits, self._form.shown, tables=self._tables
        )
        self._zone_faces = _zone_faces() if layout.rows else None

    def fill(self, person: Person) -> FilledForm:
        """Invent what a form says; raises UsageError as ``Filler.fill``."""
        return self._filler.fill(person)

    def draw(
        self,
        filled: FilledForm,
        person: Person,
        conditions: Conditions,
        noise: np.random.Generator,
    ) -> Image:
        """Draw a filled form flat; raises LineFontError for text that no typeface has."""
        rng = person.rng
        sheet = PaperSheet(self._form.image, self._form.page_u, self._width_px(conditions, rng))
        printer = Printer.random(self._faces, rng, worn_share=conditions.worn, wear=conditions.wear)
        page = FormPage(sheet, printer, rng, noise)
        self._print(page, filled)
        for name, table in self._tables.items():
            table.print(page, filled.tables[name])
        self._encode(page, filled)
        self._tick(page, filled)
        if rng.random() < conditions.sealed:
            self._stamp(page, person, over_print=conditions.over_print)
        return sheet.finished()

    def _wanted(self, field: Field) -> tuple[str, ...]:
        line = field.place.line if field.place is not None else None
        room = self._form.rooms[field.name]
        found = (line,) if line is not None and not room.labelled else ()
        return (*self._form.wanted.get(field.name, ()), *found)

    def _is_bare(self, field: Field) -> bool:
        return self._form.rooms[field.name].labelled

    def _fits(self, line: FormLine, text: str) -> bool:
        """Whether a text of usual width has room at a legible size."""
        room = self._form.rooms[line.name]
        if room.cells:
            return len(text) == len(room.cells)
        ems = sum(_NARROW_EM if char.isascii() else _WIDE_EM for char in text)
        em_u = self._figure_u(line, room) / FIGURE_EM
        if room.direction == "vertical":
            return len(text) * em_u < FULL * room.box.height
        if room.tight:
            return TIGHT[0] < ems * em_u / room.box.width < TIGHT[1]
        return ems * em_u < room.box.along(room.direction)

    def _figure_u(self, line: FormLine, room: Room) -> float:
        """The least height of figures on a line."""
        if room.tight:
            return _ANCHOR_FILL * room.box.height
        boxes = (room.box, self._box(line))
        return _SMALLEST * min(box.across(room.direction) for box in boxes)

    def _box(self, line: FormLine) -> Box:
        return self._template.box(line.name, self._layout.name)

    def _width_px(self, conditions: Conditions, rng: Random) -> int:
        """About the reference's width, and so much that lines are high enough."""
        width = self._form.image.shape[1] * rng.uniform(*conditions.width)
        rooms = self._form.rooms.values()
        heights = [room.box.across(room.direction) for room in rooms] or [math.inf]
        least = _LINE_PX * self._form.page_u[0] / min(heights)
        return round(float(max(width, min(least, 2 * width))))

    def _print(self, page: FormPage, filled: FilledForm) -> None:
        drifts = self._drifts(page.rng)
        for anchor in self._form.words:
            words = anchor.text or random_match(anchor.pattern, page.rng)
            page.write(words, Room(anchor.box, tight=True))
        for line in self._lines:
            text, room = filled.texts[line.name], self._form.rooms[line.name]
            moved = room.placed(partial(_moved, by=drifts[line.name]))
            if text or room.words:
                page.write(f"{room.words} {text}".strip(), moved)
        if self._zone_faces is not None:
            for row, text in zip(self._layout.rows, filled.rows, strict=True):
                page.write_row(text, row.box, self._zone_faces)

    def _drifts(self, rng: Random) -> dict[str, tuple[float, float]]:
        """How far each line is printed off its place."""
        blocks = {}
        for name, block in self._template.blocks.items():
            members = {
                f.name for f in self._template.fields.values() if f.place and f.place.block == name
            }
            share = _ANCHORED_DRIFT if members & self._form.anchored else _DRIFT
            blocks[name] = share * rng.uniform(*block.drift)
        drifts = {}
        for line in self._lines:
            place = line.fields[0].place
            dx = dy = 0.0
            if place is not None and place.block is not None:
                dx, dy = _ACROSS[line.fields[0].direction]
                dx, dy = dx * blocks[place.block], dy * blocks[place.block]
            elif place is not None and place.drift is not None:
                far = place.drift if isinstance(place.drift, tuple) else (place.drift,) * 2
                dx, dy = (_DRIFT * rng.uniform(-by, by) for by in far)
            drifts[line.name] = (dx, dy)
        return drifts

    def _encode(self, page: FormPage, filled: FilledForm) -> None:
        for name, payload in filled.codes.items():
            kind = self._template.fields[name].kind
            assert isinstance(kind, Barcode)
            page.encode(payload, code_format(kind), self._template.box(name, self._layout.name))

    def _tick(self, page: FormPage, filled: FilledForm) -> None:
        if not self._marks:
            return
        pen = page.rng.choice(("ballpoint blue", "ballpoint black", "gel black", "felt-tip", "red"))
        style = page.rng.choice(_STYLES)
        for field, name, box in self._marks:
            if name in filled.ticks[field]:
                kind = style if page.rng.random() < 0.75 else page.rng.choice(sorted(MARKS))
                page.tick(box, kind, pen)

    def _stamp(self, page: FormPage, person: Person, *, over_print: bool) -> None:
        """Stamp a seal where it covers no picture and no box to tick, nor a value if so wished."""
        marks = [box for _, _, box in self._marks]
        pictures = [
            self._template.box(field.name, self._layout.name)
            for field in self._template.fields.values()
            if isinstance(field.kind, ReadsPicture)
        ]
        values = [] if over_print else [room.box for room in self._form.rooms.values()]
        values += [row.box for row in self._layout.rows]
        values += [table.box for table in self._tables.values() if not over_print]
        kept_free = [*marks, *pictures, *values, *(a.box for a in self._form.words)]
        width, height = self._form.page_u
        side = page.rng.uniform(0.16, 0.24) * min(width, height)
        for _ in range(_SEAL_TRIES):
            x, y = page.rng.uniform(0, width - side), page.rng.uniform(0, height - side)
            spot = Box(x, y, side, side)
            if not any(_overlap(spot, box) for box in kept_free):
                page.stamp(seal_picture(person.names.company(), page.px(side), page.rng), spot)
                return


def _moved(box: Box, by: tuple[float, float]) -> Box:
    return box._replace(x=box.x + by[0], y=box.y + by[1])


def _zone_faces() -> FaceBook:
    find_font(Face.OCR_B)  # which says what to install
    return FaceBook(_OCR_B)


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )
