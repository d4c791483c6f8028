"""What fine-tuning gains on print of a kind that the model has never seen.

    python benchmarks/finetuning.py [-n 400] [--seed 5] [--show lines.png]

Draws lines as a needle printer with a 6 by 11 dot matrix prints them: every dot of a bitmap
typeface that no recipe draws from is a round spot of uneven ink, some are missing, and the paper
is grey (synthetic; needs the train and synth extras). ``-n`` labelled lines are learnt from, as
``docextract train --data`` does it, and as many others measured. Prints, before and after: lines
read exactly in the best path, values read right inside their types, and drawn lines of all kinds.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from docextract import read_lines
from docextract.errors import InvalidValue
from docextract.fields import field_types
from docextract.recognition import load_recognizer
from docextract.resources import resource_dir
from docextract.synth.lines import draw_lines
from docextract.synth.lines.texts import make_text
from docextract.training.crnn import export, fine_tune, load_recipe, load_weights
from docextract.types import Image

KINDS = ("amount", "date", "digits", "phone", "time", "alnum")
DOT_PX = 4  # from one needle to the next
DRAWN = 1000  # lines of all kinds, to see that nothing is forgotten
AT_A_TIME = 32


class Line(NamedTuple):
    """A line's picture, its field type, and what is printed on it."""

    image: Image
    kind: str
    text: str


def needle_printed(text: str, rng: Random, noise: np.random.Generator) -> Image:
    """A BGR line as a needle printer and a scanner make it."""
    font = ImageFont.load_default_imagefont()
    left, top, right, bottom = map(int, font.getbbox(text))
    picture = Pictures.new("L", (right - left, bottom - top), 0)
    ImageDraw.Draw(picture).text((-left, -top), text, fill=255, font=font)
    dots = np.argwhere(np.array(picture) > 127)
    pad_px = [rng.randrange(2, 5 * DOT_PX) for _ in range(4)]
    height = picture.height * DOT_PX + pad_px[0] + pad_px[1]
    width = picture.width * DOT_PX + pad_px[2] + pad_px[3]
    ink = np.zeros((height, width), np.float32)
    radius_px, faint = rng.uniform(1.0, 2.0), rng.uniform(0.35, 1.0)
    for y, x in dots:
        if rng.random() < 0.04:  # a needle that did not strike
            continue
        middle = noise.normal((x * DOT_PX + pad_px[2] + 2, y * DOT_PX + pad_px[0] + 2), 0.4)
        shade = float(np.clip(noise.normal(faint, 0.15), 0.05, 1))
        spot = (round(float(middle[0]) * 8), round(float(middle[1]) * 8))
        cv2.circle(ink, spot, round(radius_px * 8), shade, cv2.FILLED, cv2.LINE_AA, shift=3)
    paper = rng.uniform(170, 240)
    gray = paper * (1 - 0.85 * cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.5, 1.2)))
    gray += noise.normal(0, rng.uniform(2, 9), gray.shape)
    scale = rng.uniform(0.45, 0.9)
    small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    coded = cv2.imencode(
        ".jpg", np.clip(small, 0, 255).astype(np.uint8), [1, rng.randrange(40, 95)]
    )
    return cv2.imdecode(coded[1], cv2.IMREAD_COLOR).astype(np.uint8)


def needle_lines(count: int, seed: int) -> list[Line]:
    """Lines of all kinds in equal parts, of texts that are values of their types."""
    rng, noise = Random(seed), np.random.default_rng(seed)
    lines: list[Line] = []
    while len(lines) < count:
        kind = KINDS[len(lines) % len(KINDS)]
        text = make_text(kind, rng)
        if text.isascii() and parsed(kind, text) is not None:
            lines.append(Line(needle_printed(text, rng, noise), kind, text))
    return lines


def parsed(kind: str, text: str) -> object:
    """The text's value, None when it has none."""
    try:
        return field_types.get(kind)().parse(text)
    except InvalidValue:
        return None


def write(lines: Sequence[Line], folder: Path) -> None:
    """The lines as ``docextract train --data`` takes them."""
    folder.mkdir()
    labels = []
    for number, line in enumerate(lines):
        cv2.imwrite(str(folder / f"{number:04}.png"), line.image)
        labels.append({"file": f"{number:04}.png", "text": line.text})
    (folder / "labels.json").write_text(json.dumps(labels), "utf-8")


def figures(model: str, lines: Sequence[Line]) -> str:
    """The shares read right: best path, inside the type, and drawn lines of all kinds."""
    exact = share(model, [line.image for line in lines], [line.text for line in lines])
    typed = 0
    for kind in KINDS:
        mine = [line for line in lines if line.kind == kind]
        readings = read_lines([line.image for line in mine], kind, model=model)
        typed += sum(
            reading.value == parsed(kind, line.text)
            for reading, line in zip(readings, mine, strict=True)
        )
    drawn = list(draw_lines(DRAWN, seed=991))
    others = share(
        model,
        [np.repeat(line.image[:, :, None], 3, axis=2) for line in drawn],
        [line.text for line in drawn],
    )
    return f"{exact:>10.1%} {typed / len(lines):>12.1%} {others:>12.1%}"


def share(model: str, images: Sequence[Image], texts: Sequence[str]) -> float:
    """The share of lines whose best path is what is printed, blanks aside."""
    recognizer = load_recognizer(model)
    read = [
        lattice.greedy()
        for start in range(0, len(images), AT_A_TIME)
        for lattice in recognizer.recognize(images[start : start + AT_A_TIME])
    ]
    same = ("".join(a.split()) == "".join(b.split()) for a, b in zip(read, texts, strict=True))
    return sum(same) / len(texts)


def main() -> None:
    """Draw, measure, learn, measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-n", type=int, default=400, dest="count")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--show", type=Path)
    args = parser.parse_args()
    learnt, measured = (needle_lines(args.count, args.seed + i) for i in (0, 1))
    if args.show:
        width = max(line.image.shape[1] for line in learnt[:12])
        rows: list[Image] = []
        for line in learnt[:12]:
            row = np.full((line.image.shape[0] + 4, width, 3), 255, np.uint8)
            row[2:-2, : line.image.shape[1]] = line.image
            rows.append(row)
        cv2.imwrite(str(args.show), np.concatenate(rows))
    base = resource_dir("models") / "crnn-typed"
    print(
        f"{len(learnt)} drawn needle-printed lines to learn from, {len(measured)} others measured"
    )
    print(f"{'':<8} {'best path':>10} {'in the type':>12} {'drawn lines':>12}")
    print(f"{'before':<8} {figures('crnn-typed', measured)}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        write(learnt, Path(folder) / "data")
        started = time.perf_counter()
        recipe, weights = load_recipe(base / "recipe.yaml"), load_weights(base / "weights.npz")
        tuned = fine_tune(recipe, weights, Path(folder) / "data")
        card = export(tuned.trained, Path(folder) / "out")
        minutes = (time.perf_counter() - started) / 60
        print(f"{'after':<8} {figures(str(card), measured)}")
    print(f"learning took {minutes:.1f} minutes on one core")


if __name__ == "__main__":
    main()
