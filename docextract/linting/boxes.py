"""Boxes that will cut off or mix print: overlapping, at the page's edge, or very low."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from docextract.fields import is_print
from docextract.linting.finding import Finding
from docextract.template import Box, Field, Template
from docextract.types import Direction

_SHARED = 0.25  # of the smaller box: boxes are generous, so a little is no harm
_EDGE = 0.004  # of the page
_ACROSS = 2.5  # times as long across its print as along it, a box is for print of other direction
_LOW = 0.006  # of the page's longer side: less is no line of print that can be read


def lint_boxes(template: Template) -> Iterator[Finding]:
    """What is fragile in the boxes of each layout."""
    seen: set[tuple[str, str]] = set()
    for layout in template.layouts:
        fields = template.fields_on(layout.name)
        for field in fields:
            for name, box in template.boxes(field.name, layout.name).items():
                place = f"layouts.{layout.name}: fields.{name}"
                yield from _alone(template, place, box, field.direction)
                yield from _against(place, field, box)
        for one, other in combinations(fields, 2):
            if (one.name, other.name) not in seen and _mixed(template, layout.name, one, other):
                seen.add((one.name, other.name))
                yield Finding(
                    f"fields.{one.name} and fields.{other.name}",
                    "their boxes overlap, so that each may read the other's print",
                    "Part them; or give both one box, and tell the print apart by prefix and "
                    "suffix",
                    serious=True,
                )


def _alone(template: Template, place: str, box: Box, direction: Direction) -> Iterator[Finding]:
    width, height = template.page.width, template.page.height
    margin = _EDGE * max(width, height)
    ends = (box.x, box.y, width - box.x - box.width, height - box.y - box.height)
    if min(ends) < margin:
        why = "the box touches the page's edge, which scans may cut off or lay askew"
        yield Finding(place, why, "Keep it inside the form, if the print allows")
    across = box.across(direction)
    if across < _LOW * max(width, height):
        high, low = ("high", "low") if direction == "right" else ("wide", "narrow")
        why = f"the box is {across:g} units {high}, too {low} for a line of print"
        yield Finding(
            place, why, f"Make it as {high} as the line and half as much again", serious=True
        )


def _against(place: str, field: Field, box: Box) -> Iterator[Finding]:
    """A box that lies across its print, as where a direction was forgotten or is too much."""
    if not is_print(field.kind) or field.place is not None:
        return  # several lines, or a wide space to look for one
    if box.across(field.direction) > _ACROSS * box.along(field.direction):
        longer, print_ = ("higher", "to the right")
        if field.direction != "right":
            longer, print_ = ("wider", field.direction)
        why = f"the box is much {longer} than a line that is read {print_}"
        cure = "Correct the box, or the field's direction: right, up, down or vertical"
        yield Finding(place, why, cure)


def _mixed(template: Template, layout: str, one: Field, other: Field) -> bool:
    """True when two fields share a good part of a box, and nothing tells their print apart."""
    if one.place is not None or other.place is not None:
        return False  # their lines are found, not cut by the box
    pairs = (
        (a, b)
        for a in template.boxes(one.name, layout).values()
        for b in template.boxes(other.name, layout).values()
    )
    apart = bool(one.prefix or one.suffix) and bool(other.prefix or other.suffix)
    return any(_share(a, b) > _SHARED and not (a == b and apart) for a, b in pairs)


def _share(a: Box, b: Box) -> float:
    wide = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    high = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / min(a.width * a.height, b.width * b.height)
