"""Whole-page OCR on labelled pages: python benchmarks/ocr.py FOLDER [--peer] [--pages N]

FOLDER holds pictures and labels.json, as for pages.py. A label counts as found when it stands
anywhere within one line that was read, blanks and full-width forms aside. --peer also runs
RapidOCR with its own defaults on each page, in turn with docextract, so that both see the same
load. Times are CPU seconds a page, after one page to warm up.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from pages import contained

from docextract import PageReader
from docextract.evaluation import load_labels
from docextract.evaluation.right import folded

ReadLines = Callable[[Path], list[str]]


def own_lines() -> ReadLines:
    reader = PageReader()
    return lambda path: [line.text for line in reader.read(path).lines]


def peer_lines() -> ReadLines:
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "error"})
    return lambda path: list(engine(str(path)).txts or ())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--pages", type=int, default=50, help="read so many pages at most")
    asked = parser.parse_args()
    pages = dict(list(load_labels(asked.folder).pages.items())[: asked.pages])
    engines = {"docextract": own_lines()} | ({"RapidOCR": peer_lines()} if asked.peer else {})
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    found = dict.fromkeys(engines, 0)
    for read in engines.values():
        read(asked.folder / next(iter(pages)))
    labelled = 0
    for file, labels in pages.items():
        printed = [label for label in labels.values() if label]
        labelled += len(printed)
        for name, read in engines.items():
            started = time.process_time()
            lines = [folded(line) for line in read(asked.folder / file)]
            seconds[name].append(time.process_time() - started)
            found[name] += sum(contained(label, lines) for label in printed)
    for name in engines:
        print(
            f"{name}: {found[name]} of {labelled} labels found ({found[name] / labelled:.1%}), "
            f"{len(pages)} pages, median {median(seconds[name]):.2f} CPU s a page"
        )


if __name__ == "__main__":
    main()
