"""Whole pages to text: lines are found, read, and put in the order a person reads them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import fmean

import numpy as np

from docextract.cropping import cut_quad
from docextract.decoding import load_language
from docextract.errors import SourceError, UsageError
from docextract.fields import GENERAL_MODEL
from docextract.ocr.layout import reading_order
from docextract.ocr.looking import direction, find_lines, half_turned, run_alike, upright_boxes
from docextract.ocr.page_text import PageText, TextLine
from docextract.ocr.texts import clearness, likely_text
from docextract.recognition import Load, load_detector, load_recognizer
from docextract.result import Failure
from docextract.sources import Source, find_files, load_pages
from docextract.types import Image, Lattice, Page, Quad

_LANGUAGE_MODEL = "zh-business"
_DOUBTFUL = -0.1  # clearness below which a page may be upside down; upright print is near -0.02
_LINES_TO_TELL = 6  # the longest, by which it is seen whether a page is upside down


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """Lines of a page and what the recognizer says of each."""

    quads_px: list[Quad]
    lattices: list[Lattice]

    @property
    def clearness(self) -> float:
        return fmean(map(clearness, self.lattices)) if self.lattices else 0.0


class PageReader:
    """Reads all print of a page, without a template; immutable, safe to share between threads.

    Models are loaded when it is made. ``threads`` are the recognizer's and detector's; 0 means
    all cores. ``load`` gives a recognizer by its model's name.
    """

    def __init__(self, *, threads: int = 0, load: Load | None = None) -> None:
        self._detector = load_detector(threads=threads)
        self._recognizer = (
            load(GENERAL_MODEL) if load else load_recognizer(GENERAL_MODEL, threads=threads)
        )
        self._language = load_language(_LANGUAGE_MODEL)

    def read(self, source: Source) -> PageText:
        """Read one page: a path, an encoded file's bytes, or a BGR array.

        Raises SourceError when it cannot be loaded and UsageError when it has several pages
        (``run`` reads those).
        """
        slots = list(islice(load_pages(source), 2))
        page = slots[0].unwrap()
        if len(slots) > 1:
            raise UsageError(f"{page.source}: has several pages. Read them with run()")
        return replace(self.read_page(page), origin=source)

    def run(self, inputs: Sequence[str | Path]) -> Iterator[PageText]:
        """Read files, folders and globs, page by page, in order, as a stream.

        What cannot be loaded comes as a page without lines, whose ``failure`` says why.
        """
        for found in find_files(inputs):
            if found.error is not None:
                yield _failed(str(found.path), 1, found.error)
                continue
            try:
                yield from self.pages(found.path)
            except SourceError as error:
                yield _failed(str(found.path), 1, error)

    def pages(self, source: Source, *, name: str | None = None) -> Iterator[PageText]:
        """Read all pages of one source, which results call ``name``.

        A damaged page among several comes with its ``failure``. Raises SourceError when the
        source cannot be opened, or its only page not be loaded.
        """
        for slot in load_pages(source, name=name):
            if slot.page is not None:
                yield replace(self.read_page(slot.page), origin=source)
            elif slot.error is not None:
                yield _failed(slot.error.source, slot.number, slot.error)

    def read_page(self, page: Page) -> PageText:
        """Read a page that is in memory."""
        started = time.perf_counter()
        quads_px = run_alike(find_lines(page.image, self._detector))
        detected = time.perf_counter()
        look = self._the_right_way_up(page.image, self._look(page.image, quads_px))
        recognized = time.perf_counter()
        texts = [likely_text(lattice, self._language) for lattice in look.lattices]
        angle = direction(look.quads_px)
        lines = _ordered(look.quads_px, texts, angle)
        height_px, width_px = page.image.shape[:2]
        return PageText(
            source=page.source,
            number=page.number,
            width_px=width_px,
            height_px=height_px,
            lines=lines,
            turn=round(np.degrees(angle) / 90) % 4 * 90,
            timings_s={
                "detect": detected - started,
                "recognize": recognized - detected,
                "decode": time.perf_counter() - recognized,
            },
        )

    def _look(self, image: Image, quads_px: list[Quad]) -> _Look:
        crops = [cut_quad(image, quad, height=self._recognizer.height) for quad in quads_px]
        return _Look(quads_px, self._recognizer.recognize(crops) if crops else [])

    def _the_right_way_up(self, image: Image, look: _Look) -> _Look:
        """The look, or one at the page upside down where that reads more clearly."""
        if look.clearness > _DOUBTFUL:
            return look
        lengths = [float(np.linalg.norm(quad[1] - quad[0])) for quad in look.quads_px]
        longest = np.argsort(lengths)[::-1][:_LINES_TO_TELL].tolist()
        here = _Look([look.quads_px[i] for i in longest], [look.lattices[i] for i in longest])
        turned = self._look(image, half_turned(here.quads_px))
        if turned.clearness <= here.clearness:
            return look
        return self._look(image, half_turned(look.quads_px))


def _ordered(
    quads_px: Sequence[Quad], texts: Sequence[tuple[str, float]], angle: float
) -> tuple[TextLine, ...]:
    """The lines that have a text, in reading order."""
    printed = [i for i, (text, _) in enumerate(texts) if text]
    boxes = upright_boxes([quads_px[i] for i in printed], angle)
    lines: list[TextLine] = []
    row_number = 0
    for block_number, block in enumerate(reading_order(boxes)):
        for row in block:
            for index in row.tolist():
                text, confidence = texts[printed[index]]
                quad_px = quads_px[printed[index]]
                lines.append(TextLine(text, confidence, quad_px, block_number, row_number))
            row_number += 1
    return tuple(lines)


def _failed(source: str, number: int, error: SourceError) -> PageText:
    return PageText(source, number, 0, 0, failure=Failure.of(error))
