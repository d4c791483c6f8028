"""A template's boxes to tick: studied once in the blank form, read on every sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from docextract.cropping import cut_patch
from docextract.errors import SourceError, TemplateError
from docextract.fields import ReadsArea, ReadsMarks
from docextract.marks.ink import (
    AREA_PX,
    AROUND_MARGIN,
    AROUND_PX,
    BOX_PX,
    MARGIN,
    BlankBox,
    Look,
    ink_of,
    red_ink_of,
)
from docextract.marks.judging import probability_ticked, settle_marks
from docextract.settling import Slot
from docextract.sources import load_page
from docextract.template import Box, Field, Layout, PageSize, Template
from docextract.types import Image, Quad, Reading, Sheet

_LEAST_FREE = 0.25  # of a box's inside: where more is printed, marks do not show
_SMALLEST_PX = 6.0  # of a box in the reference: smaller ones are a blot
_ALIKE = 0.9  # likeness of page and form from which a box need not be looked for farther away
_LONGEST = 12.0  # widest or highest box, in shorter sides


@dataclass(frozen=True, slots=True, eq=False)
class MarkReader:
    """Reads the fields of a template that are boxes to tick; ``blanks`` by layout and box name."""

    template: Template
    blanks: Mapping[tuple[str, str], BlankBox]

    def read(self, sheet: Sheet) -> tuple[Reading, ...]:
        """The readings of all fields of boxes to tick, on a sheet."""
        return tuple(self._field(sheet, field) for field in mark_fields(self.template))

    def _field(self, sheet: Sheet, field: Field) -> Reading:
        boxes = self.template.boxes(field.name, sheet.layout)
        ticked = {
            _own_name(field, name): probability_ticked(self.new_ink(sheet, name, box))
            for name, box in boxes.items()
        }
        slot = Slot(field.name, field.kind, field.nullable)
        corners_u = _corners(self.template.box(field.name, sheet.layout))
        return settle_marks(slot, ticked, quad_px=sheet.to_page(corners_u))

    def new_ink(self, sheet: Sheet, name: str, box: Box) -> float:
        """The share (0 to 1) of a box's free inside that is inked on the sheet."""
        blank, short = self.blanks[sheet.layout, name], min(box.width, box.height)
        side_px = _side_px(self.template.fields[name.split(".", maxsplit=1)[0]])
        seen = blank.laid(_patch(sheet, box, side_px))
        if seen.likeness < _ALIKE:
            dx, dy = blank.offset(_surroundings(sheet, box, self.template.page))
            moved = box._replace(x=box.x + dx * short, y=box.y + dy * short)
            seen = max(
                seen, blank.laid(_patch(sheet, moved, side_px)), key=lambda laid: laid.likeness
            )
        return blank.new_ink(seen.ink)


def mark_fields(template: Template) -> list[Field]:
    """The fields of a template that are boxes to tick."""
    return [field for field in template.fields.values() if isinstance(field.kind, ReadsMarks)]


def template_marks(template: Template) -> MarkReader:
    """Study the boxes to tick in the template's references.

    Raises TemplateError for a missing reference, and for every box in which marks would not show.
    """
    fields = mark_fields(template)
    blanks: dict[tuple[str, str], BlankBox] = {}
    mistakes: list[str] = []
    for layout in template.layouts if fields else ():
        sheet = _reference_sheet(template, layout)
        for name, box in _boxes(template, fields, layout):
            field = template.fields[name.split(".")[0]]
            around, side_px = _surroundings(sheet, box, template.page), _side_px(field)
            patch = _patch(sheet, box, side_px)
            blank = BlankBox.of(patch, around, _margin_px(side_px), _look(field))
            blanks[layout.name, name] = blank
            mistakes += _mistakes(sheet, name, box, blank)
    if mistakes:
        raise TemplateError(str(template.path), mistakes)
    return MarkReader(template, blanks)


def _boxes(template: Template, fields: list[Field], layout: Layout) -> Iterator[tuple[str, Box]]:
    for field in fields:
        yield from template.boxes(field.name, layout.name).items()


def _mistakes(sheet: Sheet, name: str, box: Box, blank: BlankBox) -> Iterator[str]:
    where = f"fields.{name.replace('.', '.boxes.', 1)}"
    short, long = sorted(box[2:])
    side_px = _shorter_side_px(sheet, box)
    if side_px < _SMALLEST_PX:
        yield (
            f"{where} is {side_px:.0f} px in the reference of layout {sheet.layout!r}. "
            f"Give a larger picture: {_SMALLEST_PX:.0f} px are the least"
        )
    elif long > _LONGEST * short:
        yield f"{where} is {long / short:.0f} times as long as wide. It should be a box to tick"
    elif blank.free < _LEAST_FREE:
        yield (
            f"{where} is dark in the reference of layout {sheet.layout!r}: {blank.free:.0%} of its "
            "inside is paper, so marks would not show. Move the box, or give a blank form"
        )


def _reference_sheet(template: Template, layout: Layout) -> Sheet:
    """The blank form as a sheet that lies in its place."""
    why = "is missing. Boxes to tick are compared with the blank form: give its picture"
    if layout.reference is not None:
        try:
            page = load_page(layout.reference, 1)
        except SourceError as err:
            why = err.why
        else:
            height, width = page.image.shape[:2]
            sx, sy = width / template.page.width, height / template.page.height
            to_px = np.array([[sx, 0, -0.5], [0, sy, -0.5], [0, 0, 1.0]])
            return Sheet(page, layout.name, to_px, residual_px=0.0, score=1.0, method="reference")
    raise TemplateError(str(template.path), [f"layouts.{layout.name}.reference {why}"])


def _side_px(field: Field) -> int:
    """How long the shorter side of a field's boxes is in patches."""
    return AREA_PX if isinstance(field.kind, ReadsArea) else BOX_PX


def _look(field: Field) -> Look:
    red = isinstance(field.kind, ReadsArea) and field.kind.ink == "red"
    return red_ink_of if red else ink_of


def _patch(sheet: Sheet, box: Box, side_px: int) -> Image:
    short = min(box.width, box.height)
    margin_px = _margin_px(side_px)
    sides = (side_px * side / short + 2 * margin_px for side in (box.width, box.height))
    width, height = map(round, sides)
    return cut_patch(sheet, box, margin_u=MARGIN * short, size=(width, height))


def _surroundings(sheet: Sheet, box: Box, page: PageSize) -> Image:
    """A box and what is around it on the form, small; what lies beyond the page is no part."""
    short = min(box.width, box.height)
    margin = AROUND_MARGIN * short
    left, top = max(0.0, box.x - margin), max(0.0, box.y - margin)
    right = min(float(page.width), box.x + box.width + margin)
    bottom = min(float(page.height), box.y + box.height + margin)
    around = (left, top, right - left, bottom - top)
    width, height = (max(1, round(AROUND_PX * side / short)) for side in around[2:])
    return cut_patch(sheet, around, margin_u=0.0, size=(width, height))


def _margin_px(side_px: int) -> int:
    return round(MARGIN * side_px)


def _shorter_side_px(sheet: Sheet, box: Box) -> float:
    quad_px = sheet.to_page(_corners(box))
    return float(np.linalg.norm(quad_px - np.roll(quad_px, 1, axis=0), axis=1).min())


def _corners(box: Box) -> Quad:
    x, y, width, height = box
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], float)


def _own_name(field: Field, name: str) -> str:
    """A box's name inside its field: "" for the field's own."""
    return name[len(field.name) + 1 :]
