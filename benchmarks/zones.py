"""How machine readable zones are read: python benchmarks/zones.py [--count 40] [--width 420 760].

Draws documents, photographs them small, blurred and compressed, and prints for several limits of
acceptance how many pages would be accepted and how many of those have a wrong value.
"""

from __future__ import annotations

import argparse
import random

import cv2
import numpy as np

from docextract import Extractor
from docextract.result import Result
from docextract.synth import mrz
from docextract.synth.photo import photograph
from docextract.types import Image

LIMITS = (0.3, 0.5, 0.7, 0.9, 0.99)
BLUR_PX = (0.4, 1.1)
JPEG_QUALITY = (50, 90)


def picture(values: mrz.ZoneValues, rng: random.Random, width_px: int, seed: int) -> Image:
    """A worn photograph of a drawn document."""
    photo, _ = photograph(mrz.draw_document(values, width_px=width_px), np.random.default_rng(seed))
    blurred = cv2.GaussianBlur(photo, (0, 0), rng.uniform(*BLUR_PX))
    quality = [cv2.IMWRITE_JPEG_QUALITY, rng.randrange(*JPEG_QUALITY)]
    return cv2.imdecode(cv2.imencode(".jpg", blurred, quality)[1], cv2.IMREAD_COLOR)


def lowest(result: Result) -> float:
    """The confidence of the least sure field, 0 where one failed a check."""
    return min(r.confidence if r.ok else 0.0 for r in result.readings.values())


def is_right(result: Result, values: mrz.ZoneValues) -> bool:
    """True when all values are as they were drawn."""
    shown = {name: None if v is None else str(v) for name, v in result.values.items()}
    return shown == values.labels()


def main() -> None:
    """Read and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--width", type=int, nargs=2, default=(420, 760), metavar="PX")
    parser.add_argument("--seed", type=int, default=900)
    args = parser.parse_args()
    extractor = Extractor("mrz")
    read: list[tuple[float, bool]] = []
    for i in range(args.count):
        rng = random.Random(args.seed + i)
        values = mrz.random_values(rng, mrz.FORMATS[i % len(mrz.FORMATS)])
        result = extractor.read(picture(values, rng, rng.randrange(*args.width), i))
        if result.status != "failed":
            read.append((lowest(result), is_right(result, values)))
    print(f"{args.count} pages, {len(read)} found, {sum(right for _, right in read)} all right")
    print("| accepted from | pages | of them wrong |\n|---|---|---|")
    for limit in LIMITS:
        above = [right for least, right in read if least >= limit]
        print(f"| {limit} | {len(above)} | {len(above) - sum(above)} |")


if __name__ == "__main__":
    main()
