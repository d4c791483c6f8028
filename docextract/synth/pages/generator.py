"""Seeded pages of a template with their true values: seed and number decide the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from docextract.synth.lines.faces import FaceBook
from docextract.synth.pages.conditions import SCAN, Conditions, pictured
from docextract.synth.pages.drawing import LayoutDrawer
from docextract.synth.pages.natural import Person
from docextract.synth.pages.spelling import label_of
from docextract.template import Template
from docextract.types import Image


@dataclass(frozen=True, slots=True, eq=False)
class DrawnPage:
    """A page (BGR), the layout it is of, its fields' labels, and the JPEG quality it is kept at."""

    image: Image
    layout: str
    labels: Mapping[str, str | None]
    quality: int


class PageGenerator:
    """Draws pages of a template, its layouts by chance; those that continue another page are not.

    Raises MissingExtra without Faker or fontTools, LineFontError without typefaces, UsageError
    for a template that cannot be drawn on: a layout without a reference, a field without texts.
    The pages depend on the typefaces that are installed.
    """

    def __init__(self, template: Template, seed: int, *, conditions: Conditions = SCAN) -> None:
        self._person, faces = Person(), FaceBook()
        self._seed, self._conditions = f"{template.name}/{seed}", conditions
        self._drawers = {
            layout.name: LayoutDrawer(template, layout, faces)
            for layout in template.layouts
            if not layout.continues
        }

    def pages(self, count: int) -> Iterator[DrawnPage]:
        """Draw the first ``count`` pages.

        Raises UsageError for a field whose text is not found, or a rule that cannot be met.
        """
        for number in range(count):
            yield self._page(number)

    def _page(self, number: int) -> DrawnPage:
        self._person.begin(f"{self._seed}/{number}")
        rng = self._person.rng
        noise = np.random.default_rng(rng.getrandbits(64))
        layout = rng.choice(sorted(self._drawers))
        drawer = self._drawers[layout]
        filled = drawer.fill(self._person)
        flat = drawer.draw(filled, self._person, self._conditions, noise)
        image = pictured(flat, self._conditions, rng, noise)
        labels = {name: label_of(value) for name, value in filled.values.items()}
        return DrawnPage(image, layout, labels, rng.randint(*self._conditions.quality))
