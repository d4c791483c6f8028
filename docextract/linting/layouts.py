"""References and layouts: pictures that are missing, small or bent, layouts that are twins."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import cv2
import numpy as np

from docextract.errors import SourceError
from docextract.fields import ReadsMarks
from docextract.linting.finding import Finding
from docextract.sources import load_page
from docextract.template import Box, Layout, Template
from docextract.types import Image

_SMALL_PX = 500  # longer side of a reference, below which its rulings and print are coarse
_BENT = 0.04  # how far its proportions may be from the page's
_LOW_PX = 9.0  # height of a field in the reference
_NEAR = 0.004  # of the page: boxes that lie no further apart are at the same place
_LOOK_PX = 160
_ALIKE = 0.985  # correlation of two references, seen small


def lint_layouts(template: Template) -> Iterator[Finding]:
    """What is fragile in the layouts and their references."""
    pictures = {layout.name: _picture(layout) for layout in template.layouts}
    for layout in template.layouts:
        yield from _reference(template, layout, pictures[layout.name])
    for one, other in combinations(template.layouts, 2):
        if _twins(template, one, other, pictures[one.name], pictures[other.name]):
            yield Finding(
                f"layouts.{one.name} and layouts.{other.name}",
                "they look alike and have the same boxes; pages may be given to either",
                "Drop one, or give references in which they differ",
                serious=True,
            )


def _picture(layout: Layout) -> Image | None:
    try:
        return None if layout.reference is None else load_page(layout.reference, 1).image
    except SourceError:
        return None  # template check tells


def _reference(template: Template, layout: Layout, picture: Image | None) -> Iterator[Finding]:
    place = f"layouts.{layout.name}.reference"
    if picture is None:
        marks = any(isinstance(field.kind, ReadsMarks) for field in template.fields.values())
        why = "boxes to tick are told against it, and it is" if marks else "it is"
        cure = "Give a picture of the form, which people and template preview look at, too"
        yield Finding(place, f"{why} missing", cure, serious=marks)
        return
    height, width = picture.shape[:2]
    if max(width, height) < _SMALL_PX:
        why = f"it is {width} x {height} px; its ruling lines and print are coarse"
        yield Finding(place, why, f"Give one of {_SMALL_PX} px or more", serious=True)
    wanted = template.page.width / template.page.height
    if abs(width / height / wanted - 1) > _BENT:
        why = f"it is {width} x {height} px, of other proportions than the page"
        cure = f"Cut it to the form, or correct page: {template.page.width} wide and high"
        yield Finding(place, why, cure, serious=not (layout.anchors or template.register.anchors))
    lowest = min(
        box.across(field.direction)
        for field in template.fields_on(layout.name)
        for box in template.boxes(field.name, layout.name).values()
    )
    if lowest * height / template.page.height < _LOW_PX:
        why = f"its lowest field is {lowest * height / template.page.height:.0f} px high"
        yield Finding(place, why, "Give a larger picture of the form")


def _twins(
    template: Template, one: Layout, other: Layout, a: Image | None, b: Image | None
) -> bool:
    if one.rows or other.rows or a is None or b is None:
        return False
    near = _NEAR * max(template.page.width, template.page.height)
    boxes = (
        zip(
            template.boxes(name, one.name).values(),
            template.boxes(name, other.name).values(),
            strict=True,
        )
        for name in template.fields
    )
    if any(_apart(p, q) > near for pairs in boxes for p, q in pairs):
        return False
    return _likeness(a, b) > _ALIKE


def _likeness(a: Image, b: Image) -> float:
    """The correlation of two pictures, seen small; 1 for the same picture."""
    size = (_LOOK_PX, _LOOK_PX)
    one, other = (
        cv2.resize(image, size, interpolation=cv2.INTER_AREA).ravel().astype(np.float64)
        for image in (a, b)
    )
    one, other = one - one.mean(), other - other.mean()
    norm = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / norm if norm else 1.0


def _apart(p: Box, q: Box) -> float:
    return max(abs(a - b) for a, b in zip(p, q, strict=True))
