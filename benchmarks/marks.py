"""How well ticked boxes are told from empty ones, on drawn forms: python benchmarks/marks.py.

Every form is invented: boxes of many sizes beside words, in columns, on dark bands, tinted, or
with a pale letter inside. Writers have seven kinds of mark and seven pens. Pages are then printed,
scanned or photographed, and placed up to 3 px wrong. It prints the errors by the share of new ink
that is taken for a mark, which marks and pens are missed, and the logistic curve that fits.

    python benchmarks/marks.py --forms 60 --seed 1
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.marks import template_marks
from docextract.marks.judging import probability_ticked
from docextract.synth._canvas import BLACK, Canvas, Style
from docextract.synth._fonts import Face
from docextract.synth._invoice_form import Box, Ruling, Slot
from docextract.synth._ticks import MARKS, PENS, draw_mark, random_pen
from docextract.template import load_template
from docextract.types import Image, Page, Sheet

PAGE_U = (1200, 1200)
CELLS = 7
SHARE_TICKED = 0.45
WORDS = ("车损险", "第三者责任险", "Yes", "No", "Renewal", "全车盗抢险", "是", "否", "Male", "每月")
THRESHOLDS = (0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.1)


class Place(NamedTuple):
    """A printed box, what is around and inside it."""

    box: Box
    word: str
    band: bool
    tint: int
    letter: str


class Seen(NamedTuple):
    """One box of one page: what was made in it, and the share of new ink that was found."""

    mark: str  # "" for an empty box
    pen: str
    share: float


def places(rng: random.Random) -> list[Place]:
    """Boxes for one form: a cell holds one, or a column of three close together."""
    found = []
    cell = PAGE_U[0] / CELLS
    for row in range(CELLS):
        band = rng.random() < 0.25
        for column in range(CELLS):
            side = rng.uniform(22, 58)
            stacked = not band and rng.random() < 0.25
            side = min(side, 34) if stacked else side
            x = column * cell + rng.uniform(14, 40)
            y = row * cell + (12 if stacked else rng.uniform(20, 80))
            tint = rng.choice((255, 255, 255, 255, 232, 205)) if not band else 255
            letter = rng.choice("YN是") if rng.random() < 0.12 else ""
            for i in range(3 if stacked else 1):
                box = Box(x, y + i * side * 1.35, side, side * rng.choice((1, 1, 0.8)))
                found.append(Place(box, rng.choice(WORDS), band, tint, letter))
    return found


def draw(found: list[Place], width_px: int, frame_u: float) -> Canvas:
    """The blank form."""
    canvas = Canvas(1.0, width_px, page_u=PAGE_U)
    for place in found:
        x, y, width, height = place.box
        if place.band:
            canvas.fill(Box(max(0, x - 30), y - 8, 165, height + 16), (60, 90, 140))
        for edge in _edges(place.box):
            canvas.line(edge, frame_u, BLACK)
        inner = place.box.inset(frame_u / 2)
        canvas.fill(inner, (place.tint,) * 3)
        if place.letter:
            pale = Style(Face.SONG, 0.7 * height, (190, 190, 190))
            canvas.write([(place.letter, pale)], Slot(x + 0.25 * width, y + height / 2))
        words = Style(Face.SONG, 22, (255, 255, 255) if place.band else BLACK)
        text = [(char, words) for char in place.word]
        canvas.write(text, Slot(x + width + 10, y + height / 2, widest=160 - width))
    return canvas


def _edges(box: Box) -> tuple[Ruling, ...]:
    x, y, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    level = (Ruling(x, y, right, y), Ruling(x, bottom, right, bottom))
    return (*level, Ruling(x, y, x, bottom), Ruling(right, y, right, bottom))


def fill_in(canvas: Canvas, found: list[Place], rng: random.Random) -> list[tuple[str, str]]:
    """Tick boxes, write words near others, drop specks; the mark and pen of every box."""
    own = rng.choice(sorted(PENS))
    made = []
    for place in found:
        pen = own if rng.random() < 0.7 else rng.choice(sorted(PENS))
        mark = rng.choice(sorted(MARKS)) if rng.random() < SHARE_TICKED else ""
        if mark:
            draw_mark(canvas, place.box, mark, random_pen(rng, place.box, pen), rng)
        elif rng.random() < 0.2:
            side = place.box.width
            beside = place.box._replace(x=place.box.x + 1.6 * side)
            draw_mark(canvas, beside, "scribble", random_pen(rng, beside, pen), rng)
        made.append((mark, pen))
    for _ in range(60):
        x, y = rng.uniform(5, PAGE_U[0] - 5), rng.uniform(5, PAGE_U[1] - 5)
        speck = [(x, y), (x + rng.uniform(0, 2), y + rng.uniform(0, 2))]
        canvas.stroke(speck, rng.uniform(0.5, 2), (90, 90, 90))
    return made


def wear(flat: Image, rng: np.random.Generator) -> tuple[Image, NDArray[np.float64]]:
    """Print, scan or photograph: the picture, and the homography from units to its px."""
    image = flat
    if rng.random() < 0.5:
        grow = rng.random() < 0.5
        kernel = np.ones((2, 2), np.uint8)
        other = cv2.erode(image, kernel) if grow else cv2.dilate(image, kernel)
        image = cv2.addWeighted(image, 0.5, other, 0.5, 0)
    height, width = image.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + rng.uniform(-0.03, 0.03, (4, 2)) * width + 0.05 * width
    to_page = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    size = (round(1.1 * width), round(1.1 * height))
    image = cv2.warpPerspective(image, to_page, size, borderValue=(150, 150, 150))
    y, x = np.mgrid[: size[1], : size[0]] / max(size)
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 - rng.uniform(0, 0.35) * (np.cos(angle) * x + np.sin(angle) * y + 1) / 2
    slope = rng.uniform(-1, 1, 2)
    edge = (x - 0.5) * slope[0] + (y - 0.5) * slope[1]
    light *= 1 - rng.uniform(0, 0.35) / (1 + np.exp(-edge * rng.uniform(8, 60)))
    black = rng.uniform(0, 70)  # a weak contrast
    scene = (black + image.astype(np.float32) * (1 - black / 255)) * light[..., None]
    scene = cv2.GaussianBlur(scene, (0, 0), rng.uniform(0.3, 1.4))
    scene += rng.normal(0, rng.uniform(1, 7), scene.shape)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 90))]
    encoded = cv2.imencode(".jpg", np.clip(scene, 0, 255).astype(np.uint8), quality)[1]
    scale = width / PAGE_U[0]
    to_flat = np.array([[scale, 0, -0.5], [0, scale, -0.5], [0, 0, 1.0]])
    return cv2.imdecode(encoded, cv2.IMREAD_COLOR).astype(np.uint8), to_page @ to_flat


def misplaced(
    to_page: NDArray[np.float64], size_px: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """A registration's error: up to 3 px at every corner."""
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * size_px
    off = (corners + rng.uniform(-2, 2, (4, 2)) + rng.uniform(-1, 1, 2)).astype(np.float32)
    wrong = cv2.getPerspectiveTransform(corners, off) @ to_page
    return wrong / wrong[2, 2]


def form(seed: int, folder: Path) -> Iterator[Seen]:
    """Draw one form, its reference and a filled page, and measure all boxes."""
    rng, noise = random.Random(seed), np.random.default_rng(seed)
    found = places(rng)
    frame_u = rng.uniform(1.2, 3.5)
    reference = draw(found, 1200, frame_u).finished((1200, 1200))
    cv2.imwrite(str(folder / "form.png"), reference)
    boxes = "\n".join(
        f"  b{i}: {{type: checkbox, box: [{', '.join(f'{v:.1f}' for v in place.box)}]}}"
        for i, place in enumerate(found)
    )
    text = f"""docextract: 1
name: form
page: {{width: {PAGE_U[0]}, height: {PAGE_U[1]}}}
layouts: [{{name: a, reference: form.png}}]
fields:
{boxes}
"""
    (folder / "form.yaml").write_text(text, "utf-8")
    template = load_template(folder / "form.yaml")
    reader = template_marks(template)
    width_px = int(noise.integers(750, 2200))
    filled = draw(found, width_px, frame_u)
    made = fill_in(filled, found, rng)
    page, to_page = wear(filled.finished((width_px, width_px)), noise)
    homography = misplaced(to_page, page.shape[1], noise)
    sheet = Sheet(Page(page), "a", homography, residual_px=1.0, score=1.0, method="drawn")
    for i, (mark, pen) in enumerate(made):
        box = template.box(f"b{i}", "a")
        share = reader.new_ink(sheet, f"b{i}", box)
        yield Seen(mark, pen, share)


def fitted(seen: list[Seen]) -> tuple[float, float]:
    """The even share and the steepness of the logistic curve in the share's logarithm."""
    x = np.log(np.maximum([s.share for s in seen], 0.001))
    y = np.array([bool(s.mark) for s in seen], float)
    columns = np.c_[np.ones_like(x), x - np.log(0.02)]
    weights = np.zeros(2)
    for _ in range(60):  # Newton, held back a little so that separable boxes have an end
        p = 1 / (1 + np.exp(-columns @ weights))
        slope = columns.T @ (p - y) + 0.1 * weights
        curve = columns.T @ (columns * (p * (1 - p))[:, None]) + 0.1 * np.eye(2)
        weights -= np.linalg.solve(curve, slope)
    return float(0.02 * np.exp(-weights[0] / weights[1])), float(weights[1])


def report(seen: list[Seen]) -> None:
    ticked = [s for s in seen if s.mark]
    empty = [s for s in seen if not s.mark]
    print(f"drawn boxes: {len(empty)} empty, {len(ticked)} ticked")
    print("| share of new ink from | empty taken for ticked | ticked taken for empty |")
    print("| --- | --- | --- |")
    for threshold in THRESHOLDS:
        false = sum(s.share >= threshold for s in empty)
        missed = sum(s.share < threshold for s in ticked)
        print(f"| {threshold} | {false} | {missed} |")
    surely = [s for s in seen if abs(probability_ticked(s.share) - 0.5) >= 0.4]
    wrong = sum((probability_ticked(s.share) > 0.5) != bool(s.mark) for s in surely)
    print(f"with a confidence of 0.9 or more: {len(surely)}, of those wrong: {wrong}")
    even, steepness = fitted(seen)
    print(f"logistic curve: even at {even:.4f}, steepness {steepness:.2f}")
    for title, of in (("mark", "mark"), ("pen", "pen")):
        for name in sorted({getattr(s, of) for s in ticked}):
            those = [s.share for s in ticked if getattr(s, of) == name]
            low = sum(share < even for share in those)
            print(f"{title} {name}: n={len(those)}, missed {low}, least share {min(those):.3f}")
    shares = np.array([s.share for s in empty])
    print(
        "empty: shares at 50, 90, 99, 99.9 %:", np.percentile(shares, (50, 90, 99, 99.9)).round(4)
    )


def main() -> None:
    """Draw, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--forms", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    seen: list[Seen] = []
    with tempfile.TemporaryDirectory() as folder:
        for i in range(args.forms):
            seen += form(1000 * args.seed + i, Path(folder))
    report(seen)


if __name__ == "__main__":
    main()
