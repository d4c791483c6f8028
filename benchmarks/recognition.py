"""What narrow padding and whole lines in parallel cost and gain.

    python benchmarks/recognition.py [LINES]

Prints the time a line and, per minimum width, the share of lines read right. LINES is a folder
of line pictures with labels.json, [{"file", "type", "value", "options"?}, ...]; without it the
lines are those of the drawn invoice samples. Then prints the time a px of line width, with lines
in parallel on single-threaded sessions and one after the other on a session that uses all cores.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import onnxruntime as ort

from docextract.cropping import cut_line
from docextract.fields import field_types, is_print
from docextract.forms import form_placer
from docextract.lines.reader import Knowledge, line_reader
from docextract.recognition import OnnxCtcRecognizer, load_card
from docextract.settling import Slot, settle
from docextract.sources import load_page
from docextract.template import load_template
from docextract.types import Image

MODEL = "ppocrv6-small"
WIDTHS_PX = (96, 128, 160, 192, 256, 320)
SAMPLES = Path(__file__).resolve().parents[1] / "templates" / "invoice"
ROUNDS = 5


class Line(NamedTuple):
    """A line's picture, its field type's name and options, and what it says."""

    image: Image
    slot: Slot
    value: str


def labelled_lines(folder: Path, limit: int) -> Iterator[Line]:
    """The lines of a labelled folder, at most ``limit`` of a type."""
    seen: dict[str, int] = {}
    for row in json.loads((folder / "labels.json").read_text("utf-8")):
        seen[row["type"]] = seen.get(row["type"], 0) + 1
        if seen[row["type"]] <= limit:
            kind = field_types.get(row["type"])(**row.get("options", {}))
            image = cv2.imread(str(folder / row["file"]))
            yield Line(image, Slot(row["type"], kind), row["value"])


def sample_lines() -> Iterator[Line]:
    """The lines of the drawn invoices, cut as the pipeline cuts them."""
    template = load_template("invoice")
    placer = form_placer(template)
    labels = json.loads((SAMPLES / "labels.json").read_text("utf-8"))
    for name, values in labels["pages"].items():
        sheet = placer.place(load_page(SAMPLES / name, 1))
        for field in template.fields.values():
            if not is_print(field.kind) or values[field.name] is None:
                continue
            box = template.box(field.name, sheet.layout)
            crop = cut_line(sheet, box, field=field.name, height=48)
            slot = Slot(field.name, field.kind, field.nullable, field.prefix, field.suffix)
            yield Line(crop.image, slot, values[field.name])


def same(value: object, wanted: str) -> bool:
    """True when a value is what the label says, whatever its width, case, blanks or marks."""
    if isinstance(value, Decimal) and re.fullmatch(r"-?[\d.]+", wanted):
        return value == Decimal(wanted)
    return _squeezed(str(value)) == _squeezed(wanted)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()


def padding(lines: Sequence[Line]) -> None:
    """Read all lines at every minimum width."""
    card = load_card(MODEL)
    names = sorted({line.slot.kind.__class__.__name__.lower() for line in lines})
    print("padded to, px  ms a line  " + "  ".join(names))
    for width_px in WIDTHS_PX:
        spec = card.input.model_copy(update={"min_width": width_px})
        recognizer = OnnxCtcRecognizer(card.model_copy(update={"input": spec}))
        images = [line.image for line in lines]
        recognizer.recognize(images[:16])
        started = time.perf_counter()
        lattices = [
            lattice
            for start in range(0, len(images), 16)
            for lattice in recognizer.recognize(images[start : start + 16])
        ]
        ms = 1e3 * (time.perf_counter() - started) / len(lines)
        right: dict[str, list[bool]] = {name: [] for name in names}
        for line, lattice in zip(lines, lattices, strict=True):
            ballot = line_reader(line.slot, recognizer, Knowledge()).read(lattice)
            value = settle(
                line.slot,
                ballot.decoded.candidates,
                empty_logp=ballot.empty_logp,
                quad_px=np.zeros((4, 2)),
            ).value
            right[line.slot.kind.__class__.__name__.lower()].append(same(value, line.value))
        shares = "  ".join(
            f"{np.mean(right[n]):.1%} of {len(right[n])}".rjust(len(n)) for n in names
        )
        print(f"{width_px:13d}  {ms:9.1f}  {shares}", flush=True)


def threads() -> None:
    """Time fifteen lines of common widths in parallel, and one after the other."""
    widths = (192,) * 8 + (224, 256, 288, 320, 352, 448, 480)
    batches = [np.full((1, 3, 48, width), 0.5, np.float32) for width in reversed(widths)]
    cores = os.cpu_count() or 1
    one, all_cores = _session(1), _session(cores)
    with ThreadPoolExecutor(cores) as pool:
        ways: dict[str, Callable[[], object]] = {
            "lines in parallel": lambda: list(pool.map(one, batches)),
            "one line over all cores": lambda: [all_cores(batch) for batch in batches],
        }
        for name, way in ways.items():
            way()
            spent = [_timed(way) for _ in range(ROUNDS)]
            print(f"{name}: {1e6 * statistics.median(spent) / sum(widths):.1f} µs a px")


def _session(intra_threads: int) -> Callable[[np.ndarray], object]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = intra_threads
    options.log_severity_level = 3
    session = ort.InferenceSession(str(load_card(MODEL).weights()), options)
    return lambda batch: session.run(None, {session.get_inputs()[0].name: batch})


def _timed(way: Callable[[], object]) -> float:
    started = time.perf_counter()
    way()
    return time.perf_counter() - started


def main() -> None:
    """Print both measurements."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lines", type=Path, nargs="?")
    parser.add_argument("--limit", type=int, default=1000, help="lines of a type, at most")
    arguments = parser.parse_args()
    if arguments.lines is None:
        padding(list(sample_lines()))
    else:
        padding(list(labelled_lines(arguments.lines, arguments.limit)))
    threads()


if __name__ == "__main__":
    main()
