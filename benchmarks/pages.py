"""Accuracy and speed on labelled pages: python benchmarks/pages.py FOLDER [--peer]

FOLDER holds pictures and labels.json: {"template": NAME, "pages": {file: {field: text or null}}}.
A field is right when its value equals its label's, as the field type reads the label; null means
"nothing is printed". A document is right when all its labelled fields are. Times are a page, one
page after the other, after one page to warm up.

--peer also runs RapidOCR with its own defaults on each whole page. One of its fields counts as
right when the label stands anywhere within one line it read: more than any rule that has to pick
the right line could reach. Fields with a null label are left out for it.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

from docextract import Extractor
from docextract.evaluation import is_right, load_labels
from docextract.evaluation.right import folded

Labels = Mapping[str, str | None]


class Score(NamedTuple):
    """What one engine made of a set: right and labelled fields by name, documents, seconds."""

    right: Counter[str]
    labelled: Counter[str]
    documents: int
    seconds: list[float]

    @classmethod
    def empty(cls) -> Score:
        """The score before the first page."""
        return cls(Counter(), Counter(), 0, [])

    def plus(self, marks: Mapping[str, bool], seconds: float) -> Score:
        """This score and one page more: which of its fields are right, and its time."""
        right = self.right + Counter(name for name, ok in marks.items() if ok)
        documents = self.documents + all(marks.values())
        return Score(right, self.labelled + Counter([*marks]), documents, [*self.seconds, seconds])

    def show(self, name: str) -> None:
        """Print the totals on one line."""
        fields, labelled, pages = self.right.total(), self.labelled.total(), len(self.seconds)
        print(
            f"{name}: fields {fields}/{labelled} ({fields / labelled:.1%}), "
            f"documents {self.documents}/{pages} ({self.documents / pages:.1%}), "
            f"median {median(self.seconds):.2f} s a page"
        )


def contained(label: str, lines: list[str]) -> bool:
    """Whether a label stands in one of the lines; a date in any of the usual notations."""
    day = re.fullmatch(r"(\d{4})-0?(\d+)-0?(\d+)", label)
    if day is None:
        return any(folded(label) in line for line in lines)
    year, month, number = day.groups()
    notation = re.compile(rf"{year}\D?0?{month}\D?0?{number}(?!\d)")
    return any(notation.search(line) for line in lines)


def measure(folder: Path, pages: Mapping[str, Labels], extractor: Extractor) -> None:
    score, accepted, sound = Score.empty(), 0, 0
    kinds = {name: field.kind for name, field in extractor.template.fields.items()}
    extractor.read(folder / next(iter(pages)))
    for file, labels in pages.items():
        started = time.perf_counter()
        result = extractor.read(folder / file)
        seconds = time.perf_counter() - started
        marks = {
            name: is_right(result.readings.get(name), label, kinds[name])
            for name, label in labels.items()
        }
        score = score.plus(marks, seconds)
        accepted += result.status == "accepted"
        sound += result.status == "accepted" and all(marks.values())
    score.show("docextract")
    for name in score.labelled:
        print(f"  {name:12} {score.right[name]}/{score.labelled[name]}")
    print(f"  accepted without a person: {accepted} documents, {sound} of them right")


def measure_peer(folder: Path, pages: Mapping[str, Labels]) -> None:
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "error"})
    score = Score.empty()
    engine(folder / next(iter(pages)))
    for file, labels in pages.items():
        started = time.perf_counter()
        found = engine(folder / file)
        seconds = time.perf_counter() - started
        lines = [folded(text) for text in getattr(found, "txts", None) or ()]
        printed = {name: label for name, label in labels.items() if label is not None}
        score = score.plus({n: contained(label, lines) for n, label in printed.items()}, seconds)
    score.show("RapidOCR")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--template", help="a template's name or file; else labels.json names it")
    parser.add_argument("--peer", action="store_true", help="run RapidOCR as well")
    options = parser.parse_args()
    labels = load_labels(options.folder)
    pages, template = labels.pages, options.template or labels.template
    if not pages or template is None:
        parser.error("labels.json has no pages, or no template is named")
    measure(options.folder, pages, Extractor(template))
    if options.peer:
        measure_peer(options.folder, pages)


if __name__ == "__main__":
    main()
