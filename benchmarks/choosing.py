"""Which template is chosen for drawn papers, and what the choice costs.

``python benchmarks/choosing.py`` reads the drawn samples of all shipped templates, flat and
photographed, with and without knowing their template. ``--folder DIR --template NAME`` reads
pictures of your own, all of one template; ``--template none`` says that none is right.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from docextract import AutoExtractor
from docextract.resources import resource_dir
from docextract.sources import load_page
from docextract.synth.photo import photograph
from docextract.template import template_names
from docextract.types import Image


def measure(mixed: AutoExtractor, name: str, pages: list[Image]) -> None:
    chosen: Counter[str] = Counter()
    auto_s = known_s = 0.0
    known = mixed.extractor(name) if name in mixed.templates else None
    for i, page in enumerate(pages):
        if i == 0 and known is not None:
            known.read(page)  # what is loaded when it is first needed
        started = time.process_time()
        chosen[mixed.read(page).template] += 1
        auto_s += time.process_time() - started
        if known is not None:
            started = time.process_time()
            known.read(page)
            known_s += time.process_time() - started
    right = chosen["auto" if known is None else name]
    ratio = f"{auto_s / known_s:.2f}" if known_s else ""
    others = ", ".join(f"{n} {c}" for n, c in chosen.items() if n != name)
    seconds = auto_s / max(len(pages), 1)
    print(
        f"{name:16} {right:4} of {len(pages):<4} {seconds:6.2f} s {ratio:>6}  {others}", flush=True
    )


def drawn_pages(name: str) -> list[Image]:
    flat = [
        load_page(path, 1).image
        for path in sorted((resource_dir("templates") / name).glob("*.jpg"))
    ]
    return flat + [photograph(page, np.random.default_rng(i))[0] for i, page in enumerate(flat)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--template", default="none")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    mixed = AutoExtractor(threads=1)
    print("template          chosen       CPU a page, ratio to the known template, chosen instead")
    if args.folder:
        files = sorted(p for p in args.folder.iterdir() if p.suffix.lower() in (".jpg", ".png"))
        measure(mixed, args.template, [load_page(path, 1).image for path in files])
        return
    for name in template_names():
        measure(mixed, name, drawn_pages(name))


if __name__ == "__main__":
    main()
