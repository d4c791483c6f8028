"""The same values printed to the right, up, down and in upright characters: what is read right.

``python benchmarks/directions.py [PAGES]`` draws pages (synthetic), 50 unless told, with four
values each in all four directions, scans and photographs them, and prints a Markdown table.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import get_args

import cv2
import numpy as np

from docextract import Extractor
from docextract.evaluation import is_right
from docextract.fields import FieldType
from docextract.synth.lines.faces import FaceBook
from docextract.synth.pages import PHOTO, SCAN
from docextract.synth.pages.blank import Room
from docextract.synth.pages.conditions import Conditions, pictured
from docextract.synth.pages.natural import Person, natural_text
from docextract.synth.pages.page import FormPage
from docextract.synth.pages.printer import Printer
from docextract.synth.pages.sheet import PaperSheet
from docextract.template import Template, load_template
from docextract.types import Direction, Image

_PAGES = 50
_PAGE_U = (1600, 1500)
_KINDS = {
    "number": "type: digits, length: 8",
    "amount": "type: amount, currency: CNY",
    "date": "type: date",
    "company": "type: company",
}
_DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
_CELL_U = 80


def main() -> None:
    """Print a line for each direction and condition."""
    count = int(sys.argv[1]) if sys.argv[1:] else _PAGES
    print("| print | of so many | right | of these accepted | accepted and wrong |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        extractor = Extractor(_template(Path(folder)))
        for name, conditions in (("scanned", SCAN), ("photographed", PHOTO)):
            tally = _read(extractor, conditions, count)
            for direction in _DIRECTIONS:
                n, right, sure, wrong = (tally[direction, what] for what in range(4))
                share = f"{right} ({right / n:.1%})"
                print(f"| {direction}, {name} | {n} | {share} | {sure} | {wrong} |", flush=True)


def _read(extractor: Extractor, conditions: Conditions, count: int) -> Counter[tuple[str, int]]:
    """By direction: all values, right ones, right and accepted ones, wrong and accepted ones."""
    tally: Counter[tuple[str, int]] = Counter()
    fields = extractor.template.fields
    for image, texts in _pages(extractor.template, conditions, count):
        result = extractor.read(image)
        for (kind, direction), reading in zip(
            product(_KINDS, _DIRECTIONS),
            (result.readings.get(name) for name in fields),
            strict=True,
        ):
            found = fields[f"{kind}_{direction}"].kind
            right = reading is not None and is_right(reading, texts[kind], found)
            sure = reading is not None and extractor.limits[reading.field].accepts(reading)
            tally[direction, 0] += 1
            tally[direction, 1] += right
            tally[direction, 2] += right and sure
            tally[direction, 3] += sure and not right
    return tally


def _template(folder: Path) -> Template:
    """A form with a cell for each value in each direction, made of ruling lines."""
    form = np.full((_PAGE_U[1], _PAGE_U[0], 3), 255, np.uint8)
    cv2.rectangle(form, (12, 12), (_PAGE_U[0] - 12, _PAGE_U[1] - 12), (40, 40, 40), 4)
    lines = []
    for number, (kind, direction) in enumerate(product(_KINDS, _DIRECTIONS)):
        box = _box(number // len(_DIRECTIONS), direction)
        x, y, width, height = box
        cv2.rectangle(form, (x - 6, y - 6), (x + width + 6, y + height + 6), (70, 70, 70), 2)
        lines.append(
            f"  {kind}_{direction}: {{{_KINDS[kind]}, direction: {direction}, box: {list(box)}}}"
        )
    cv2.imwrite(str(folder / "cells.png"), form)
    path = folder / "cells.yaml"
    page = f"page: {{width: {_PAGE_U[0]}, height: {_PAGE_U[1]}}}"
    head = f"docextract: 1\nname: cells\n{page}\nlayouts: [{{name: a, reference: cells.png}}]\n"
    path.write_text(head + "fields:\n" + "\n".join(lines), "utf-8")
    return load_template(path)


def _box(row: int, direction: Direction) -> tuple[int, int, int, int]:
    """Lines at the head of the page, columns below them; all of one length."""
    if direction == "right":
        return 50 + row % 2 * 760, 40 + row // 2 * 110, 740, _CELL_U
    column = row * 3 + _DIRECTIONS.index(direction) - 1
    # Cells at equal distances could be taken for their neighbours.
    return 50 + column * 118 + column * column, 300, _CELL_U, 1150


def _pages(
    template: Template, conditions: Conditions, count: int
) -> Iterator[tuple[Image, dict[str, str]]]:
    person, faces = Person(), FaceBook()
    reference = template.layouts[0].reference
    assert reference is not None
    form = cv2.imread(str(reference)).astype(np.uint8)
    for number in range(count):
        person.begin(f"directions/{number}")
        noise = np.random.default_rng(number)
        texts = {kind: _text(template.fields[f"{kind}_right"].kind, person) for kind in _KINDS}
        printer = Printer.random(
            faces, person.rng, worn_share=conditions.worn, wear=conditions.wear
        )
        page = FormPage(PaperSheet(form, _PAGE_U, _PAGE_U[0]), printer, person.rng, noise)
        for kind, direction in product(_KINDS, _DIRECTIONS):
            box = template.box(f"{kind}_{direction}", "a")
            page.write(texts[kind], Room(box, direction=direction))
        flat = page.sheet.finished()
        yield pictured(flat, conditions, person.rng, noise), texts


def _text(kind: FieldType, person: Person) -> str:
    natural = natural_text(kind, person)
    return natural or "".join(person.rng.choices("0123456789", k=8))


if __name__ == "__main__":
    main()
