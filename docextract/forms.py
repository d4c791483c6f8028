"""Template to Placer: what registration has to know of each layout."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

import numpy as np

from docextract.decoding import unwritable
from docextract.errors import RegistrationError, SourceError, TemplateError
from docextract.fields import GENERAL_MODEL, TYPED_MODEL, type_name
from docextract.recognition import Detector, Load
from docextract.registration import (
    AnchoredForm,
    AnchorPlacer,
    Form,
    Placer,
    Printed,
    Row,
    RowForm,
    RowPlacer,
    findable,
    rectangle,
)
from docextract.sight import Sight
from docextract.sources import load_page
from docextract.template import Anchor, Layout, Template
from docextract.types import Alphabet, Image, Page, Quad, Sheet

_FEWEST_ANCHORS = 3
WORTH = 0.3  # of a form's words or rows, from which lines are worth a closer look


class PlacesByLines(Protocol):
    """Registration by lines of text, which may have been detected for other templates, too."""

    def place(self, page: Page) -> Sheet:
        """Place a page; raises RegistrationError when no layout fits."""
        ...

    def promise(self, quads_px: Sequence[Quad]) -> float:
        """How much of the form seems to be among detected lines, 0 to 1, told in little time."""
        ...

    def place_among(self, page: Page, quads_px: Sequence[Quad]) -> Sheet | None:
        """Place a page by lines that were detected on it; None when no layout fits."""
        ...

    def all_among(self, page: Page, quads_px: Sequence[Quad]) -> Iterator[Sheet]:
        """Placements of several documents among lines, which may overlap; likelier ones first."""
        ...


class Chosen(NamedTuple):
    """A page placed on a layout of the template of this name."""

    template: str
    sheet: Sheet


class FormPlacer:
    """Places pages on one template's layouts: by lines of text, then by its references."""

    def __init__(
        self, template: str, by_lines: PlacesByLines | None, by_reference: Placer | None
    ) -> None:
        self._template, self._by_lines, self._by_reference = template, by_lines, by_reference
        self._in_turn = [placer for placer in (by_lines, by_reference) if placer is not None]

    def place(self, page: Page) -> Sheet:
        """Place a page by the first that can; else raises the first's RegistrationError."""
        first, *others = self._in_turn
        try:
            return first.place(page)
        except RegistrationError as err:
            for other in others:
                with suppress(RegistrationError):
                    return other.place(page)
            raise err from None

    def choose(self, page: Page) -> Chosen:
        """Place a page, as one of a choice of one."""
        return Chosen(self._template, self.place(page))

    def all_seen(self, page: Page) -> list[Chosen]:
        """Placements of several documents on a page by its references, at a glance."""
        sheets = () if self._by_reference is None else self._by_reference.all_seen(page)
        return [Chosen(self._template, sheet) for sheet in sheets]

    def all_among(self, page: Page, lines_px: Sequence[Quad]) -> list[Chosen]:
        """Placements of several documents on a page by its lines of text; they may overlap."""
        sheets = () if self._by_lines is None else self._by_lines.all_among(page, lines_px)
        return [Chosen(self._template, sheet) for sheet in sheets]

    def again(self, chosen: Chosen, part: Page, lines_px: Sequence[Quad]) -> Sheet | None:
        """Place ``part`` of a page as it was chosen to be, by lines on it if it was by lines."""
        return placed_again(chosen, part, lines_px, self._by_lines, self._by_reference)

    def worth_placing(self, lines_px: Sequence[Quad]) -> bool:
        """False where lines of text say that no document of the template is among them."""
        if self._by_reference is not None or self._by_lines is None:
            return True
        return self._by_lines.promise(lines_px) >= WORTH


def placed_again(
    chosen: Chosen,
    part: Page,
    lines_px: Sequence[Quad],
    by_lines: PlacesByLines | None,
    by_reference: Placer | None,
) -> Sheet | None:
    """Place ``part`` of a page by what placed it before; None when it is not there after all."""
    if chosen.sheet.lines_px and by_lines is not None:
        return by_lines.place_among(part, lines_px)
    assert by_reference is not None
    try:
        return by_reference.place(part)
    except RegistrationError:
        return None


def form_placer(template: Template, sight: Sight | None = None) -> FormPlacer:
    """The placer of a template's layouts; raises TemplateError for a useless reference.

    Rows place the form alone. With anchors it is they that place the form, seen by ``sight``, and
    then the methods that the template names, if any; without, all methods.
    """
    by_lines = None if sight is None else line_placer(template, sight)
    by_reference = reference_placer(template, lines_are_seen=by_lines is not None)
    return FormPlacer(template.name, by_lines, by_reference)


def line_placer(template: Template, sight: Sight) -> PlacesByLines | None:
    """What places a template's form by lines of text; None when it has neither rows nor anchors."""
    if template.by_rows:
        return RowPlacer([_with_rows(template, layout) for layout in template.layouts], sight)
    if needs_anchors(template):
        quick = None if sight.quick is None else sight.quick.alphabet
        forms = [_anchored(template, layout, quick) for layout in template.layouts]
        return AnchorPlacer(forms, sight)
    return None


def reference_placer(template: Template, *, lines_are_seen: bool) -> Placer | None:
    """What places a template's form by its references; None when words or rows do so alone.

    Raises TemplateError for a useless reference.
    """
    if lines_are_seen and (template.by_rows or not template.register.methods):
        return None
    return Placer(
        [_form(template, layout) for layout in template.layouts],
        method_names=template.register.methods,
    )


def needs_anchors(template: Template) -> bool:
    """True when the template's form is placed by printed words."""
    return any(template.anchors(layout.name) for layout in template.layouts)


def template_sight(template: Template, detector: Detector, load: Load) -> Sight:
    """What a template's form is found with, by recognizers that ``load`` gives by name.

    Rows are print of few symbols. Anchors are glanced at by the model that knows those.
    """
    if template.by_rows:
        return Sight(detector, load(template.recognizer or TYPED_MODEL))
    quick = load(TYPED_MODEL) if needs_anchors(template) else None
    return Sight(detector, load(template.recognizer or GENERAL_MODEL), quick)


def _anchored(template: Template, layout: Layout, quick: Alphabet | None) -> AnchoredForm:
    anchors = template.anchors(layout.name)
    if len(anchors) < _FEWEST_ANCHORS:
        raise TemplateError(
            str(template.path),
            [
                f"layouts.{layout.name} has {len(anchors)} anchors. "
                f"Give at least {_FEWEST_ANCHORS}, far apart, or none"
            ],
        )
    printed = tuple(_printed(anchor, quick) for anchor in anchors)
    return AnchoredForm(layout.name, page_size(template), printed)


def _with_rows(template: Template, layout: Layout) -> RowForm:
    rows = tuple(Row(row.pattern, row.box) for row in layout.rows)
    return RowForm(layout.name, page_size(template), rows)


def _printed(anchor: Anchor, quick: Alphabet | None) -> Printed:
    words = anchor.pattern or re.escape(anchor.text)
    plain = quick is not None and not unwritable(words, quick)
    return Printed(anchor.text, anchor.pattern, anchor.box, plain)


def _form(template: Template, layout: Layout) -> Form:
    boxes = {name: template.box(name, layout.name) for name in template.fields}
    values = [box for name in template.fields for box in template.boxes(name, layout.name).values()]
    codes = [name for name, f in template.fields.items() if type_name(f.kind) == "barcode"]
    form = Form(
        layout=layout.name,
        size_u=page_size(template),
        reference=_reference(template, layout),
        barcodes_u=tuple(rectangle(*boxes[name]) for name in codes),
        values_u=np.array(values, float),
    )
    if not findable(form):
        why = "has too few ruling lines and too little print to be found. Use a sharper picture"
        raise _reference_error(template, layout, why)
    return form


def _reference(template: Template, layout: Layout) -> Image:
    if layout.reference is None:
        why = "is missing. Give a picture of the form, by which it is found in pages"
        raise _reference_error(template, layout, why)
    try:
        return load_page(layout.reference, 1).image
    except SourceError as err:
        raise _reference_error(template, layout, err.why) from None


def _reference_error(template: Template, layout: Layout, why: str) -> TemplateError:
    return TemplateError(str(template.path), [f"layouts.{layout.name}.reference {why}"])


def page_size(template: Template) -> tuple[float, float]:
    """The template's page in units, (width, height)."""
    return float(template.page.width), float(template.page.height)
