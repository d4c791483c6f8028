"""Which of several templates a page is of: registration's evidence, cheap looks first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nlargest

import cv2
import numpy as np

from docextract.errors import RegistrationError
from docextract.fields import GENERAL_MODEL
from docextract.forms import (
    WORTH,
    Chosen,
    PlacesByLines,
    line_placer,
    placed_again,
    reference_placer,
    template_sight,
)
from docextract.recognition import Detector, Load
from docextract.registration import Placer, Printed, View, rectangle
from docextract.sight import Sight
from docextract.template import Template
from docextract.types import Page, Quad, Sheet

_LOOKS_PX = (640.0, 1000.0)  # the picture's longer side as the detector sees it
_LARGEST = 2.0
_MOST_LINES = 120  # looked at, the largest: more are a page of text, where any words lie by chance
_FEW_LINES = 60  # a closer look may find more
_TRIED = 4  # templates that promise most
_PROMISING = 0.55  # of a form's words; other forms' lie under as many lines by chance
_SURE = 0.65  # of a form's words, with which no closer look is needed
_TOLD = 0.5  # of the words that tell a form from others alike


@dataclass(frozen=True, eq=False)
class _Scene:
    """A page as all templates look at it."""

    page: Page
    sight: Sight

    @cached_property
    def view(self) -> View:
        return View.of(self.page)

    @cached_property
    def lines_px(self) -> list[Quad]:
        """The lines of text that are seen at a distance, the largest of many."""
        return self._seen(_LOOKS_PX[0])

    @cached_property
    def closer_lines_px(self) -> list[Quad]:
        """The lines of text that are seen at a closer look."""
        return self._seen(_LOOKS_PX[1])

    def _seen(self, look_px: float) -> list[Quad]:
        image = self.page.image
        quads = self.sight.detect(image, scale=min(look_px / max(image.shape[:2]), _LARGEST))
        return nlargest(
            _MOST_LINES, quads, key=lambda quad: cv2.contourArea(quad.astype(np.float32))
        )


class Chooser:
    """Places pages on the layouts of several templates; the one that fits is a page's template.

    ``load`` gives recognizers by name. Raises TemplateError for a useless reference.
    """

    def __init__(self, templates: Sequence[Template], detector: Detector, load: Load) -> None:
        self._sight = Sight(detector, load(GENERAL_MODEL))
        self._words = {template.name: _words(template) for template in templates}
        self._by_reference: dict[str, Placer] = {}
        self._by_lines: dict[str, PlacesByLines] = {}
        for template in templates:
            by_lines = line_placer(template, template_sight(template, detector, load))
            if by_lines is not None:
                self._by_lines[template.name] = by_lines
            placer = reference_placer(template, lines_are_seen=by_lines is not None)
            if placer is not None:
                self._by_reference[template.name] = placer

    def choose(self, page: Page) -> Chosen:
        """Place a page; raises RegistrationError when no template fits, or several do alike."""
        scene = _Scene(page, self._sight)
        for look in (self._glanced, self._among_lines, self._among_small_lines, self._searched):
            chosen = self._likeliest(scene, look(scene))
            if chosen is not None:
                return chosen
        names = ", ".join(sorted(self._words))
        raise RegistrationError(
            f"{page.source} page {page.number}: no template fits, of: {names}. "
            "Is it another kind of document, cut off, or too small?"
        )

    def all_seen(self, page: Page) -> list[Chosen]:
        """Placements of several documents on a page by their references; they may overlap."""
        scene = _Scene(page, self._sight)
        placed = [Chosen(n, s) for n, p in self._by_reference.items() for s in p.all_seen(page)]
        return self._told_first(scene, placed)

    def all_among(self, page: Page, lines_px: Sequence[Quad]) -> list[Chosen]:
        """Placements of several documents on a page by its lines of text; they may overlap.

        All are of the most promising template that has any, since many lines take long to look
        through; of others are those that are found in what is left.
        """
        scene = _Scene(page, self._sight)
        promises = {n: placer.promise(lines_px) for n, placer in self._by_lines.items()}
        for name in sorted(promises, key=promises.__getitem__, reverse=True):
            if promises[name] < _PROMISING:
                break
            sheets = self._by_lines[name].all_among(page, lines_px)
            placed = [Chosen(name, sheet) for sheet in sheets if sheet.score >= _SURE]
            told = self._told_first(scene, placed)
            if told:
                return told
        return []

    def again(self, chosen: Chosen, part: Page, lines_px: Sequence[Quad]) -> Sheet | None:
        """Place ``part`` of a page as it was chosen to be, by lines on it if it was by lines."""
        by_lines = self._by_lines.get(chosen.template)
        by_reference = self._by_reference.get(chosen.template)
        return placed_again(chosen, part, lines_px, by_lines, by_reference)

    def _told_first(self, scene: _Scene, placed: Sequence[Chosen]) -> list[Chosen]:
        """Placements told by their words, then those that need none, the best first."""
        told = {chosen: self._told(scene, chosen) for chosen in placed}
        return sorted(
            (chosen for chosen in placed if told[chosen] >= 0),
            key=lambda one: (-told[one], -one.sheet.score),
        )

    def worth_placing(self, lines_px: Sequence[Quad]) -> bool:
        """False where lines of text say that no template's document is among them."""
        placers = self._by_lines.values()
        return bool(self._by_reference) or any(p.promise(lines_px) >= WORTH for p in placers)

    def _glanced(self, scene: _Scene) -> list[Chosen]:
        """Forms of ruling lines, by the frame or the paper that is seen at first sight."""
        sheets = {n: p.glance(scene.page, scene.view) for n, p in self._by_reference.items()}
        return _found(sheets)

    def _among_lines(self, scene: _Scene) -> list[Chosen]:
        placed = self._placed_by_lines(scene, scene.lines_px)
        return [chosen for chosen in placed if chosen.sheet.score >= _SURE]

    def _among_small_lines(self, scene: _Scene) -> list[Chosen]:
        if len(scene.lines_px) > _FEW_LINES:
            return []
        return self._placed_by_lines(scene, scene.closer_lines_px)

    def _searched(self, scene: _Scene) -> list[Chosen]:
        """Forms of ruling lines, by what costs more than a glance."""
        sheets = {n: p.search(scene.page, scene.view) for n, p in self._by_reference.items()}
        return _found(sheets)

    def _placed_by_lines(self, scene: _Scene, quads_px: Sequence[Quad]) -> list[Chosen]:
        """Forms found by their words, the most promising first, until one is told for sure."""
        promises = {n: placer.promise(quads_px) for n, placer in self._by_lines.items()}
        likely = sorted(
            (n for n in promises if promises[n] >= _PROMISING), key=promises.__getitem__
        )
        placed: list[Chosen] = []
        for name in likely[: -_TRIED - 1 : -1]:
            sheet = self._by_lines[name].place_among(scene.page, quads_px)
            if sheet is None:
                continue
            placed.append(Chosen(name, sheet))
            if sheet.score >= _SURE and self._told(scene, placed[-1]) >= 0:
                break
        return placed

    def _likeliest(self, scene: _Scene, placed: Sequence[Chosen]) -> Chosen | None:
        """The placement whose template is told best; raises where several are told alike."""
        told = {chosen: self._told(scene, chosen) for chosen in placed}
        best = [chosen for chosen in placed if told[chosen] == max(told.values())]
        if len(best) > 1 and told[best[0]] < 0:
            names = " and ".join(sorted(chosen.template for chosen in best))
            raise RegistrationError(
                f"{scene.page.source} page {scene.page.number}: fits {names}, and the words that "
                "tell them apart were not read. Name one template"
            )
        return max(best, key=lambda chosen: chosen.sheet.score, default=None)

    def _told(self, scene: _Scene, chosen: Chosen) -> int:
        """1 when the words that tell the form were read, -1 when not, 0 when it needs none."""
        words = self._words[chosen.template].get(chosen.sheet.layout, ())
        if not words:
            return 0
        quads_px = [chosen.sheet.to_page(rectangle(*one.box_u)) for one in words]
        texts = self._sight.read(scene.page.image, quads_px)
        read = sum(one.is_read_in(text) for one, text in zip(words, texts, strict=True))
        return 1 if read >= _TOLD * len(words) else -1


def _found(sheets: Mapping[str, Sheet | None]) -> list[Chosen]:
    return [Chosen(name, sheet) for name, sheet in sheets.items() if sheet is not None]


def _words(template: Template) -> dict[str, tuple[Printed, ...]]:
    """By layout, the words that tell a template's form from others alike."""
    return {
        layout.name: tuple(
            Printed(words.text, words.pattern, words.box)
            for words in (layout.told_by or template.register.told_by)
        )
        for layout in template.layouts
    }
