"""Anchors that place a form badly: too few, too near each other, on one line, or the same words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from docextract.linting.finding import Finding
from docextract.template import Anchor, Template

_LEAST = 3
_FEW = 5  # with less, one that is covered or torn off may be one too many
_SPREAD = 0.4  # of the page's longer side, from the first anchor to the last
_FLAT = 0.06  # spread across the anchors' main direction, as a share of that along it
_SHORTEST = 2  # characters: single ones are found anywhere


def lint_anchors(template: Template) -> Iterator[Finding]:
    """What is fragile in the anchors of each layout."""
    for layout in template.layouts:
        anchors = template.anchors(layout.name)
        if anchors:
            yield from _of_layout(template, layout.name, anchors)


def _of_layout(template: Template, layout: str, anchors: Sequence[Anchor]) -> Iterator[Finding]:
    place = f"layouts.{layout}: anchors"
    if len(anchors) < _LEAST:
        return  # template check tells
    if len(anchors) < _FEW:
        why = f"there are {len(anchors)}; when some are covered, the form is lost"
        yield Finding(place, why, f"Add words until there are {_FEW} or more, far apart")
    middles = np.array([(a.box.x + a.box.width / 2, a.box.y + a.box.height / 2) for a in anchors])
    extent = float(np.ptp(middles, axis=0).max())
    if extent < _SPREAD * max(template.page.width, template.page.height):
        why = f"they lie within {extent:.0f} units of each other; the rest of the page may be off"
        yield Finding(place, why, "Add words at the far ends of the form", serious=True)
    along, across = np.linalg.svd(middles - middles.mean(axis=0), compute_uv=False)[:2]
    if across < _FLAT * along:
        why = "they stand on one line, which leaves the direction across it open"
        yield Finding(place, why, "Add words to the side of that line", serious=True)
    words = [anchor.text for anchor in anchors if anchor.text]
    for text in sorted({text for text in words if words.count(text) > 1}):
        why = f"{text!r} stands there {words.count(text)} times; one may be taken for another"
        yield Finding(place, why, "Keep one of them, or take more of the line")
    for text in words:
        if len(text.strip()) < _SHORTEST:
            why = f"{text!r} is a single character, which is found in many lines"
            yield Finding(place, why, "Take longer words")
