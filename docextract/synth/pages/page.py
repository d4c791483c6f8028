"""A sheet of paper, and a printer, a pen and a seal to write on it with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

import numpy as np

from docextract.synth._canvas import Canvas
from docextract.synth._codes import code_modules
from docextract.synth._invoice_form import Box as InkBox
from docextract.synth._ticks import draw_mark, random_pen
from docextract.synth.lines.faces import FaceBook
from docextract.synth.lines.ink import BASELINE_PX
from docextract.synth.pages.blank import Room
from docextract.synth.pages.printer import FIGURE_PX, Printer, fitted, stretched
from docextract.synth.pages.sheet import PaperSheet, turned_box
from docextract.template import Box
from docextract.types import Image

TIGHT = (0.6, 1.6)  # print's natural length against the place that it is stretched to
FULL = 0.92  # of a box's width, that print fills at most
_CODE = 0.88  # of a box, that a barcode fills; the rest is its quiet zone
_BARS = 1.6  # width to height of codes that are bars
FIGURE_EM = 0.72  # height of figures in ems
_PITCH = (1.05, 1.45)  # ems from one upright character to the next
_STACKED = 0.66  # of a character's share of the column, that figures fill at most
_OFF = 0.06  # of a column's width, that print stands off its middle
_FINE = 12  # px a module, before a code is brought to its size


@dataclass(frozen=True, eq=False)
class FormPage:
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
        if room.direction == "vertical":
            self._stack(text, room)
        elif room.direction == "right":
            self._set(text, room)
        else:
            page_u = self.sheet.page_u
            turned = replace(self, sheet=self.sheet.turned(room.direction))
            turned._set(text, room.placed(lambda box: turned_box(box, room.direction, page_u)))

    def _stack(self, text: str, room: Room) -> None:
        """Print upright characters one under another."""
        x, y, width, height = room.box
        if len(text) == len(room.cells):
            cells = room.cells
        else:
            pitch = min(
                self.printer.size / FIGURE_EM * width * self.rng.uniform(*_PITCH),
                FULL * height / len(text),
            )
            top = y + self.rng.uniform(0, 0.5) * (height - pitch * len(text))
            beside = self.rng.uniform(-_OFF, _OFF) * width
            cells = tuple(Box(x + beside, top + i * pitch, width, pitch) for i in range(len(text)))
        high = self.printer.size * width / cells[0].height
        for char, cell in zip(text, cells, strict=True):
            self._centred(char, cell, self.printer, fill=min(high, _STACKED))

    def _set(self, text: str, room: Room) -> None:
        """Print a line to the right."""
        if room.cells and len(text) == len(room.cells):
            for char, cell in zip(text, room.cells, strict=True):
                self._centred(char, cell, self.printer)
            return
        ink = self.printer.line(text, self.noise)
        left, top, width, height = self.sheet.to_px(room.box)
        if room.tight:
            band = ink.mask[ink.top : ink.bottom]
            natural = band.shape[1] * height / band.shape[0]
            mask = stretched(band, min(width, natural / TIGHT[0]), height)
            self.sheet.ink(mask, left, top, self.printer.color)
            return
        mask = fitted(ink, self.printer.size * height, FULL * width)
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
        foot = (height + figure_px) / 2 - BASELINE_PX * scale
        self.sheet.ink(mask, left + (width - mask.shape[1]) / 2, top + foot, printer.color)

    def encode(self, payload: str, code_format: str, box: Box) -> None:
        """Print a barcode inside its box, with a quiet zone."""
        modules = code_modules(payload, code_format)
        left, top, width, height = self.sheet.to_px(box)
        side = min(_CODE * width / modules.shape[1], _CODE * height / modules.shape[0])
        down = side
        if modules.shape[1] > _BARS * modules.shape[0]:  # bars, as high as there is room
            down = _CODE * height / modules.shape[0]
        large = np.kron(255 - modules, np.ones((_FINE, _FINE), np.uint8))
        picture = stretched(large, side * modules.shape[1], down * modules.shape[0])
        x, y = left + (width - picture.shape[1]) / 2, top + (height - picture.shape[0]) / 2
        self.sheet.ink(picture, x, y, self.printer.color)

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
