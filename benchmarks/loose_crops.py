"""What paper around a line costs: the same lines as they are, and padded above and below.

    python benchmarks/loose_crops.py [LINES] [-n 1200] [--share 0.2] [--limit 1000]

Without LINES, a folder of line pictures with labels.json, [{"file", "type", "value", "options"?}],
the lines are drawn (synthetic; needs the synth extra). Each is padded by a share of its height
above and as much below, with its own paper and with white. Prints the share read right of each
type, by ``crnn-typed`` alone and by ``read_lines`` as it is, and the points lost.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from docextract import read_lines
from docextract.errors import InvalidValue
from docextract.evaluation import is_right
from docextract.fields import field_types
from docextract.synth.lines import draw_lines
from docextract.types import Image

KINDS = ("amount", "date", "digits", "phone", "time", "alnum")
READERS: Mapping[str, str | None] = {"crnn-typed": "crnn-typed", "read_lines": None}
AT_A_TIME = 32


class Line(NamedTuple):
    """A line's picture, and what is printed on it as its field type writes it."""

    image: Image
    value: str


class Group(NamedTuple):
    """Lines of one field type and the type's options."""

    type: str
    options: Mapping[str, object]
    lines: list[Line]


def drawn(count: int, seed: int) -> list[Group]:
    """Drawn lines of the typed kinds, those whose text is of their type's form."""
    groups = {kind: Group(kind, {}, []) for kind in KINDS}
    for line in draw_lines(count, seed=seed, mix=dict.fromkeys(KINDS, 1.0)):
        with suppress(InvalidValue):  # a date in another order, for one
            field_types.get(line.kind)().parse(line.text)
            image = cv2.cvtColor(line.image, cv2.COLOR_GRAY2BGR)
            groups[line.kind].lines.append(Line(image, line.text))
    return list(groups.values())


def labelled(folder: Path, types: Sequence[str], limit: int) -> list[Group]:
    """A labelled folder's lines of some types, at most ``limit`` of each, drawn at random."""
    rows = json.loads((folder / "labels.json").read_text("utf-8"))
    random.Random(1).shuffle(rows)
    groups: dict[str, Group] = {}
    seen: dict[str, int] = defaultdict(int)
    for row in rows:
        seen[row["type"]] += 1
        if row["type"] not in types or seen[row["type"]] > limit:
            continue
        options = row.get("options", {})
        key = f"{row['type']} {json.dumps(options, sort_keys=True)}"
        group = groups.setdefault(key, Group(row["type"], options, []))
        group.lines.append(Line(cv2.imread(str(folder / row["file"])), row["value"]))
    return list(groups.values())


def paper(image: Image, share: float) -> Image:
    """The line with a band of its own paper, the median of its brighter half, on both sides."""
    pixels = image.reshape(-1, 3)
    bright = pixels[pixels.sum(axis=1) >= np.median(pixels.sum(axis=1))]
    return padded(image, share, np.median(bright, axis=0))


def white(image: Image, share: float) -> Image:
    """The line with a white band on both sides."""
    return padded(image, share, np.full(3, 255.0))


def padded(image: Image, share: float, colour: np.ndarray) -> Image:
    band = round(share * image.shape[0])
    edges = (band, band, 0, 0)
    return np.asarray(
        cv2.copyMakeBorder(image, *edges, cv2.BORDER_CONSTANT, value=colour.tolist()), np.uint8
    )


def same(image: Image, share: float) -> Image:  # noqa: ARG001
    """The line as it is."""
    return image


WAYS: Mapping[str, Callable[[Image, float], Image]] = {
    "as it is": same,
    "own paper": paper,
    "white": white,
}


def right(
    group: Group, way: Callable[[Image, float], Image], share: float, model: str | None
) -> int:
    """How many lines of a group are read right."""
    kind = field_types.get(group.type).model_validate(group.options)
    found = 0
    for start in range(0, len(group.lines), AT_A_TIME):
        part = group.lines[start : start + AT_A_TIME]
        images = [way(line.image, share) for line in part]
        readings = read_lines(images, group.type, model=model, **group.options)  # type: ignore[arg-type]
        found += sum(is_right(r, line.value, kind) for r, line in zip(readings, part, strict=True))
    return found


def show(groups: Sequence[Group], share: float) -> None:
    """Print a row a type and reader."""
    print(f"{'type':8}  {'n':>5}  {'reader':12}  " + "  ".join(f"{w:>18}" for w in WAYS))
    by_type: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        by_type[group.type].append(group)
    for type_, mine in by_type.items():
        n = sum(len(group.lines) for group in mine)
        for reader, model in READERS.items():
            counts = [sum(right(g, way, share, model) for g in mine) for way in WAYS.values()]
            cells = [f"{count / n:.2%} ({100 * (count - counts[0]) / n:+.2f})" for count in counts]
            print(
                f"{type_:8}  {n:5}  {reader:12}  " + "  ".join(f"{c:>18}" for c in cells),
                flush=True,
            )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("lines", type=Path, nargs="?")
    parser.add_argument("-n", type=int, default=1200, help="drawn lines")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--share", type=float, default=0.2, help="of the height, on each side")
    parser.add_argument("--types", default="amount,date,phone", help="those of LINES to read")
    parser.add_argument("--limit", type=int, default=1000, help="lines of a type, at most")
    options = parser.parse_args()
    if options.lines is None:
        groups = drawn(options.n, options.seed)
    else:
        groups = labelled(options.lines, options.types.split(","), options.limit)
    show(groups, options.share)


if __name__ == "__main__":
    main()
