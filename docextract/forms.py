"""Template to Placer: what registration has to know of each layout."""

from __future__ import annotations

import numpy as np

from docextract.errors import SourceError, TemplateError
from docextract.fields import ReadsPicture
from docextract.registration import Form, Placer, findable, rectangle
from docextract.sources import load_page
from docextract.template import Layout, Template
from docextract.types import Image


def form_placer(template: Template) -> Placer:
    """The placer of a template's layouts; raises TemplateError for a useless reference."""
    return Placer(
        [_form(template, layout) for layout in template.layouts],
        method_names=template.register.methods,
    )


def _form(template: Template, layout: Layout) -> Form:
    boxes = {name: template.box(name, layout.name) for name in template.fields}
    codes = [name for name, f in template.fields.items() if isinstance(f.kind, ReadsPicture)]
    form = Form(
        layout=layout.name,
        size_u=page_size(template),
        reference=_reference(template, layout),
        barcodes_u=tuple(rectangle(*boxes[name]) for name in codes),
        values_u=np.array(list(boxes.values()), float),
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
