"""Drawn tables of many rows: what is read right, in what time, in how much memory.

``python benchmarks/table_rows.py [ROWS ...]`` draws notes of so many rows (synthetic), scans them,
reads them as one document each, and prints a line of a Markdown table for each.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image as Pil

from docextract import Extractor
from docextract.evaluation import is_right
from docextract.synth.delivery_note import Note, draw_pages, random_note
from docextract.synth.photo import scanned

_ROWS = (12, 100, 1000)


def main() -> None:
    """Print a line for each number of rows."""
    extractor = Extractor("delivery_note")
    columns = extractor.template.column_fields("lines")
    print("| rows | pages | rows found | cells right | CPU s a row | largest memory, MB |")
    print("|---|---|---|---|---|---|")
    for count in map(int, sys.argv[1:]) if sys.argv[1:] else _ROWS:
        note = random_note(random.Random(count), rows=count)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "note.tif"
            # Drawing is done elsewhere, so that the memory is that of reading.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as drawer:
                pages = drawer.submit(_write, path, note).result()
            started = time.process_time()
            (result,) = extractor.run([path])
            spent = time.process_time() - started
        truth = json.loads(note.labels()["lines"] or "[]")
        rows = result.readings["lines"].rows
        right = sum(
            is_right(row[name], label[name], columns[f"lines.{name}"].kind)
            for row, label in zip(rows, truth, strict=False)
            for name in label
        )
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        cells = len(truth) * len(columns)
        print(
            f"| {count} | {pages} | {len(rows)} | {right} of {cells} | {spent / count:.2f} "
            f"| {memory:.0f} |",
            flush=True,
        )


def _write(path: Path, note: Note) -> int:
    """Write a note's scanned pages as one TIFF, page by page; gives their number."""
    pages = (scanned(flat, np.random.default_rng(i)) for i, flat in enumerate(draw_pages(note)))
    pictures = [Pil.fromarray(page[:, :, ::-1]) for page in pages]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], compression="jpeg")
    return len(pictures)


if __name__ == "__main__":
    main()
