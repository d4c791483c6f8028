"""Forms of one layout, filled in and drawn flat: print, boxes to tick, barcodes, a seal."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from docextract.fields.barcode import Barcode
from docextract.synth._canvas import Canvas
from docextract.synth._codes import code_modules
from docextract.synth._invoice_form import Box as InkBox
from docextract.synth._ticks import MARKS, draw_mark, random_pen
from docextract.synth.lines.faces import FaceBook
from docextract.synth.pages.blank import Room, mark_boxes, study_form
from docextract.synth.pages.conditions import Conditions
from docextract.synth.pages.filling import FilledForm, Filler
from docextract.synth.pages.languages import random_match
from docextract.synth.pages.lines import FormLine, form_lines
from docextract.synth.pages.natural import Person
from docextract.synth.pages.payloads import code_format
from docextract.synth.pages.printer import FIGURE_PX, Printer, fitted, stretched
from docextract.synth.pages.seal import seal_picture
from docextract.synth.pages.sheet import PaperSheet
from docextract.template import Box, Field, Layout, Template
from docextract.types import Image

_SMALLEST = 0.42  # of a box's height, that figures are printed in
_LINE_PX = 22.0  # least height of a line's box
_WIDE_EM, _NARROW_EM = 1.0, 0.6
_ANCHOR_FILL = 0.9  # of an anchor's height, that its figures fill
_TIGHT = (0.6, 1.6)  # print's natural length against the place that it is stretched to
_ANCHORED_DRIFT = 0.15  # of a block's drift, where its print places the form itself
_DRIFT = 0.7  # of what a place allows
_FULL = 0.92  # of a box's width, that print fills at most
_OCR_B = ("fonts-ocr-b",)
_STYLES = ("cross", "tick", "filling")  # a writer mostly keeps to one
_SEAL_TRIES = 40


class LayoutDrawer:
    """Draws filled forms of one layout; see ``study_form`` and ``Filler`` for its errors."""

    def __init__(self, template: Template, layout: Layout, faces: FaceBook) -> None:
        self._template, self._layout, self._faces = template, layout, faces
        self._form = study_form(template, layout)
        self._marks = tuple(mark_boxes(template, layout))
        self._lines = form_lines(template, layout, wanted=self._wanted, bare=self._is_bare)
        self._filler = Filler(template, layout, self._lines, self._fits)
        self._zone_faces = FaceBook(_OCR_B) if layout.rows else None

    def draw(
        self, person: Person, conditions: Conditions, noise: np.random.Generator
    ) -> tuple[Image, FilledForm]:
        """Fill in a form and draw it flat.

        Raises UsageError as ``Filler.fill``, LineFontError for text that no typeface has.
        """
        rng = person.rng
        filled = self._filler.fill(person)
        sheet = PaperSheet(self._form.image, self._form.page_u, self._width_px(conditions, rng))
        printer = Printer.random(self._faces, rng, worn_share=conditions.worn, wear=conditions.wear)
        page = _Page(sheet, printer, rng, noise)
        self._print(page, filled)
        self._encode(page, filled)
        self._tick(page, filled)
        if rng.random() < conditions.sealed:
            self._stamp(page, person, over_print=conditions.over_print)
        return sheet.finished(), filled

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
        em_u = self._figure_u(line, room) / 0.72
        if room.tight:
            return _TIGHT[0] < ems * em_u / room.box.width < _TIGHT[1]
        return ems * em_u < room.box.width

    def _figure_u(self, line: FormLine, room: Room) -> float:
        """The least height of figures on a line."""
        if room.tight:
            return _ANCHOR_FILL * room.box.height
        return _SMALLEST * min(room.box.height, self._box(line).height)

    def _box(self, line: FormLine) -> Box:
        return self._template.box(line.name, self._layout.name)

    def _width_px(self, conditions: Conditions, rng: Random) -> int:
        """About the reference's width, and so much that lines are high enough."""
        width = self._form.image.shape[1] * rng.uniform(*conditions.width)
        heights = [room.box.height for room in self._form.rooms.values()] or [math.inf]
        least = _LINE_PX * self._form.page_u[0] / min(heights)
        return round(float(max(width, min(least, 2 * width))))

    def _print(self, page: _Page, filled: FilledForm) -> None:
        drifts = self._drifts(page.rng)
        for anchor in self._form.words:
            words = anchor.text or random_match(anchor.pattern, page.rng)
            page.write(words, Room(anchor.box, tight=True))
        for line in self._lines:
            text, room = filled.texts[line.name], self._form.rooms[line.name]
            dx, dy = drifts[line.name]
            moved = room._replace(
                box=room.box._replace(x=room.box.x + dx, y=room.box.y + dy),
                cells=tuple(cell._replace(x=cell.x + dx, y=cell.y + dy) for cell in room.cells),
            )
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
                dy = blocks[place.block]
            elif place is not None and place.drift is not None:
                far = place.drift if isinstance(place.drift, tuple) else (place.drift,) * 2
                dx, dy = (_DRIFT * rng.uniform(-by, by) for by in far)
            drifts[line.name] = (dx, dy)
        return drifts

    def _encode(self, page: _Page, filled: FilledForm) -> None:
        for name, payload in filled.codes.items():
            kind = self._template.fields[name].kind
            assert isinstance(kind, Barcode)
            page.encode(payload, code_format(kind), self._template.box(name, self._layout.name))

    def _tick(self, page: _Page, filled: FilledForm) -> None:
        if not self._marks:
            return
        pen = page.rng.choice(("ballpoint blue", "ballpoint black", "gel black", "felt-tip", "red"))
        style = page.rng.choice(_STYLES)
        for field, name, box in self._marks:
            if name in filled.ticks[field]:
                kind = style if page.rng.random() < 0.75 else page.rng.choice(sorted(MARKS))
                page.tick(box, kind, pen)

    def _stamp(self, page: _Page, person: Person, *, over_print: bool) -> None:
        """Stamp a seal where it covers no barcode and no box to tick, nor a value if so wished."""
        marks = [box for _, _, box in self._marks]
        codes = [
            self._template.box(field.name, self._layout.name)
            for field in self._template.fields.values()
            if isinstance(field.kind, Barcode)
        ]
        values = [] if over_print else [room.box for room in self._form.rooms.values()]
        values += [row.box for row in self._layout.rows]
        kept_free = [*marks, *codes, *values, *(a.box for a in self._form.words)]
        width, height = self._form.page_u
        side = page.rng.uniform(0.16, 0.24) * min(width, height)
        for _ in range(_SEAL_TRIES):
            x, y = page.rng.uniform(0, width - side), page.rng.uniform(0, height - side)
            spot = Box(x, y, side, side)
            if not any(_overlap(spot, box) for box in kept_free):
                page.stamp(seal_picture(person.names.company(), page.px(side), page.rng), spot)
                return


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@dataclass(frozen=True, eq=False)
class _Page:
    """A sheet, and what writes on it."""

    sheet: PaperSheet
    printer: Printer
    rng: Random
    noise: np.random.Generator

    def px(self, length_u: float) -> int:
        """A length across in px."""
        return max(8, round(length_u * self.sheet.sx))

    def write(self, text: str, room: Room) -> None:
        """Print a line into its room."""
        if room.cells and len(text) == len(room.cells):
            for char, cell in zip(text, room.cells, strict=True):
                self._centred(char, cell, self.printer)
            return
        ink = self.printer.line(text, self.noise)
        left, top, width, height = self.sheet.to_px(room.box)
        if room.tight:
            band = ink.mask[ink.top : ink.bottom]
            natural = band.shape[1] * height / band.shape[0]
            mask = stretched(band, min(width, natural / _TIGHT[0]), height)
            self.sheet.ink(mask, left, top, self.printer.color)
            return
        mask = fitted(ink, self.printer.size * height, _FULL * width)
        across, down = width - mask.shape[1], height - mask.shape[0]
        at = self.rng.uniform(0.05, 0.2) if self.rng.random() < 0.8 else self.rng.uniform(0.05, 0.9)
        drop = self.rng.uniform(0.3, 0.7)
        self.sheet.ink(mask, left + at * max(across, 0), top + drop * down, self.printer.color)

    def write_row(self, text: str, box: Box, faces: FaceBook) -> None:
        """Print symbols at even distances over the whole of a box; zones come off good printers."""
        printer = replace(self.printer, faces=faces, wear=self.printer.wear / 2)
        step = box.width / len(text)
        for i, char in enumerate(text):
            self._centred(char, Box(box.x + i * step, box.y, step, box.height), printer, fill=1.0)

    def _centred(
        self, char: str, cell: Box, printer: Printer, *, fill: float | None = None
    ) -> None:
        if char == " ":
            return
        ink = printer.line(char, self.noise)
        left, top, width, height = self.sheet.to_px(cell)
        figure_px = (fill or min(1.2 * printer.size, 0.7)) * height
        scale = figure_px / FIGURE_PX
        mask = stretched(ink.mask, ink.mask.shape[1] * scale, ink.mask.shape[0] * scale)
        foot = (height + figure_px) / 2 - _BASELINE_PX * scale
        self.sheet.ink(mask, left + (width - mask.shape[1]) / 2, top + foot, printer.color)

    def encode(self, payload: str, code_format: str, box: Box) -> None:
        """Print a barcode inside its box, its modules whole pixels."""
        modules = code_modules(payload, code_format)
        left, top, width, height = self.sheet.to_px(box)
        side = max(1, int(min(0.92 * width / modules.shape[1], 0.92 * height / modules.shape[0])))
        down = side
        if modules.shape[1] > 1.6 * modules.shape[0]:  # bars, as high as there is room
            down = max(1, int(0.8 * height / modules.shape[0]))
        picture = np.kron(modules, np.ones((down, side), np.uint8))
        x, y = left + (width - picture.shape[1]) / 2, top + (height - picture.shape[0]) / 2
        self.sheet.ink(255 - picture, x, y, self.printer.color)

    def tick(self, box: Box, kind: str, pen: str) -> None:
        """Make a mark in a box, by hand: it may stick out."""
        wide = max(box.width, box.height)
        page_u = (box.width + 2 * wide, box.height + 2 * wide)
        size = (self.px(page_u[0]), max(8, round(page_u[1] * self.sheet.sy)))
        canvas = Canvas(size[0] / size[1], size[0], page_u=page_u)
        inside = InkBox(wide, wide, box.width, box.height)
        draw_mark(canvas, inside, kind, random_pen(self.rng, inside, pen), self.rng)
        left, top, _, _ = self.sheet.to_px(Box(box.x - wide, box.y - wide, *page_u))
        self.sheet.layer(canvas.finished(size), left, top)

    def stamp(self, picture: Image, spot: Box) -> None:
        """Lay a seal over the page."""
        left, top, _, _ = self.sheet.to_px(spot)
        self.sheet.layer(picture, left, top)


_BASELINE_PX = 44.0
