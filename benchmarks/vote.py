"""What further looks at a line gain and cost.

    python benchmarks/vote.py LINES [--limit 400] [--model NAME]

LINES is a folder of line pictures with labels.json, [{"file", "type", "value", "options"?}, ...].
Reads the lines of every type with the first model alone, as templates do by default, with a vote
where that leaves doubt, and with a vote on every line. Prints, for each type, the share misread,
the share that the surest lines make up among which at most one in a thousand is wrong, the share
of lines that were looked at again, and the milliseconds a line. ``--model`` is who reads first, and
by default alone; without it, the type's own.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from docextract import Reading, read_lines
from docextract.types import Image, Value, Vote

BATCH = 16
WAYS: dict[str, Vote | None] = {
    "alone": False,
    "default": None,
    "vote": True,
    "vote: always": "always",
}
RELIABLE = 0.999


class Lines(NamedTuple):
    """Line pictures of one type, its options, and what the labels say."""

    images: list[Image]
    options: dict[str, object]
    wanted: list[str]


def labelled(folder: Path, limit: int) -> dict[str, Lines]:
    """A labelled folder's lines by type, at most ``limit`` of each, drawn at random."""
    rows = json.loads((folder / "labels.json").read_text("utf-8"))
    random.Random(1).shuffle(rows)
    found: dict[str, Lines] = {}
    for row in rows:
        lines = found.setdefault(row["type"], Lines([], row.get("options", {}), []))
        if len(lines.wanted) < limit:
            lines.images.append(cv2.imread(str(folder / row["file"])))
            lines.wanted.append(row["value"])
    return found


def same(value: Value | None, wanted: str) -> bool:
    """True when a value is what the label says, whatever its width, case, blanks or marks."""
    if isinstance(value, Decimal):
        return value == Decimal(wanted)
    return value is not None and squeezed(str(value)) == squeezed(wanted)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()


def read(
    kind: str, lines: Lines, vote: Vote | None, model: str | None
) -> tuple[list[Reading], float]:
    """The readings, and the seconds they took."""
    read_lines(lines.images[:2], kind, model=model, vote=vote, **lines.options)
    started = time.perf_counter()
    readings = [
        reading
        for start in range(0, len(lines.images), BATCH)
        for reading in read_lines(
            lines.images[start : start + BATCH], kind, model=model, vote=vote, **lines.options
        )
    ]
    return readings, time.perf_counter() - started


def accepted(right: Sequence[bool], readings: Sequence[Reading]) -> float:
    """The share of the surest readings of which at least ``RELIABLE`` are right."""
    order = np.argsort([-reading.confidence for reading in readings], kind="stable")
    shares = np.cumsum(np.array(right)[order]) / np.arange(1, len(right) + 1)
    good = np.flatnonzero(shares >= RELIABLE)
    return float((good[-1] + 1) / len(right)) if len(good) else 0.0


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lines", type=Path)
    parser.add_argument("--limit", type=int, default=400, help="lines of a type, at most")
    parser.add_argument("--model", help="who reads first")
    arguments = parser.parse_args()
    print(f"{'type':10} {'n':>5}  {'':14} misread  accepted  again  ms a line")
    for kind, lines in sorted(labelled(arguments.lines, arguments.limit).items()):
        for way, vote in WAYS.items():
            readings, spent_s = read(kind, lines, vote, arguments.model)
            right = [same(r.value, w) for r, w in zip(readings, lines.wanted, strict=True)]
            again = np.mean([len(reading.models) > 1 for reading in readings])
            print(
                f"{kind:10} {len(right):5}  {way:14} {1 - np.mean(right):7.2%} "
                f"{accepted(right, readings):9.1%} {again:6.1%} {1e3 * spent_s / len(right):10.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
