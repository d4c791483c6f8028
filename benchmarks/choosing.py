"""Which template is chosen for drawn papers, and what the choice costs.

``python benchmarks/choosing.py`` reads the drawn samples of all shipped templates, flat and
photographed, with and without knowing their template. ``--folder DIR --template NAME`` reads
pictures of your own, all of one template; ``--template none`` says that none is right.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import mean

import cv2
import numpy as np

from docextract import AutoExtractor
from docextract.auto import AUTO
from docextract.record_reader import RecordReader
from docextract.resources import resource_dir
from docextract.result import Result
from docextract.sources import find_files, load_page, load_pages
from docextract.synth.photo import photograph
from docextract.template import template_names
from docextract.types import Image

NONE = "none"
PLAIN = np.full((800, 1200, 3), 255, np.uint8)  # of no form: every look is taken, and warmed up


def measure(mixed: AutoExtractor, name: str, pages: Iterable[Image]) -> tuple[int, int]:
    """Print a template's row; returns how many pages were given it, and how many there are."""
    chosen: Counter[str] = Counter()
    auto_s, known_s = list[float](), list[float]()
    found = 0
    for page in pages:
        result, seconds = timed(mixed, page)
        chosen[result.template] += 1
        auto_s.append(seconds)
        if name != NONE:
            known, seconds = timed(mixed.extractor(name), page)
            found += known.status != "failed"
            known_s.append(seconds)
    count = chosen.total()
    right = chosen[AUTO if name == NONE else name]
    ratio = f"{sum(auto_s) / sum(known_s):.2f}" if known_s else ""
    others = ", ".join(f"{n} {c}" for n, c in chosen.items() if n not in (name, AUTO))
    print(
        f"| {name} | {count} | {right} | {found if known_s else ''} | {others} "
        f"| {mean(auto_s):.2f} s | {ratio} |",
        flush=True,
    )
    return right, count


def timed(reader: RecordReader, page: Image) -> tuple[Result, float]:
    """A page's result, and the seconds of CPU time that it took."""
    started = time.process_time()
    result = reader.read(page)
    return result, time.process_time() - started


def drawn_pages(name: str) -> list[Image]:
    """A template's samples, flat and photographed."""
    flat = [
        load_page(path, 1).image
        for path in sorted((resource_dir("templates") / name).glob("*.jpg"))
    ]
    return flat + [photograph(page, np.random.default_rng(i))[0] for i, page in enumerate(flat)]


def pages_in(folder: Path) -> Iterator[Image]:
    """The pages of a folder's files."""
    for found in find_files([folder]):
        if found.error is not None:
            raise found.error
        for slot in load_pages(found.path):
            if slot.page is not None:
                yield slot.page.image


def main() -> None:
    """Read and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--template", choices=(*template_names(), NONE), default=NONE)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    mixed = AutoExtractor(threads=1)
    names = (args.template,) if args.folder else template_names()
    warm_up(mixed, [name for name in names if name != NONE])
    print("| papers of | pages | chosen | found when it is known | another chosen "
          "| CPU a page | times the known template's |\n|---|---|---|---|---|---|---|")  # fmt: skip
    if args.folder:
        measure(mixed, args.template, pages_in(args.folder))
        return
    rows = [measure(mixed, name, drawn_pages(name)) for name in names]
    print(f"\nchosen: {sum(right for right, _ in rows)} of {sum(count for _, count in rows)} pages")


def warm_up(mixed: AutoExtractor, names: Iterable[str]) -> None:
    """Have all loaded that is loaded when it is first needed."""
    mixed.read(PLAIN)
    for name in names:
        mixed.extractor(name).read(drawn_pages(name)[0])


if __name__ == "__main__":
    main()
