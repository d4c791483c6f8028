"""The command line of drawn papers: samples with labels, or the template's reference."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from PIL import Image as Pil

from docextract.synth.photo import photograph
from docextract.types import Image

Labels: TypeAlias = dict[str, str | None]
_COLORS = 32
_JPEG_QUALITY = 72


def sample_command(
    template: str,
    draw_blank: Callable[[], Image],
    draw_sample: Callable[[int], tuple[Image, Labels]],
    *,
    draw_next: Callable[[], Image] | None = None,
) -> None:
    """Write what the command line asks for: ``FOLDER --count --seed``, or ``FOLDER --blank``.

    ``draw_next`` draws the reference of pages that go on with another, NAME-next.png.
    """
    parser = argparse.ArgumentParser(description=f"Drawings for the template {template}.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--blank", action="store_true", help="write the reference instead")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.blank:
        save_reference(args.folder / f"{template}.png", draw_blank())
        if draw_next is not None:
            save_reference(args.folder / f"{template}-next.png", draw_next())
    else:
        save_samples(args.folder, template, draw_sample, count=args.count, seed=args.seed)


def save_reference(path: Path, image: Image) -> None:
    """Write a drawing with few colours, so that its file is small."""
    rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    Pil.fromarray(rgb).quantize(_COLORS, dither=Pil.Dither.NONE).save(path, optimize=True)


def save_samples(
    folder: Path,
    template: str,
    draw_sample: Callable[[int], tuple[Image, Labels]],
    *,
    count: int,
    seed: int,
    photographed: bool = True,
) -> None:
    """Write samples, every second one as a photograph if wanted, and ``labels.json``."""
    pages: dict[str, Labels] = {}
    for i in range(count):
        number = seed * 1000 + i
        image, labels = draw_sample(number)
        if photographed and i % 2:
            image, _ = photograph(image, np.random.default_rng(number))
        name = f"{i + 1:02d}.jpg"
        cv2.imwrite(str(folder / name), image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        pages[name] = labels
    text = json.dumps({"template": template, "pages": pages}, ensure_ascii=False, indent=1)
    (folder / "labels.json").write_text(text + "\n", encoding="utf-8")
