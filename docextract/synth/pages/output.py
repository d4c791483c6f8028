"""Drawn pages to a folder that ``docextract eval`` reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import cv2

from docextract.errors import UsageError
from docextract.synth.pages.generator import DrawnPage

_CURE = "Name a folder that can be written to"


def write_pages(pages: Iterable[DrawnPage], folder: Path, template: str) -> int:
    """Write JPEG files and ``labels.json``; returns how many pages there are.

    ``template`` is the template's name or file, as labels name it. Raises UsageError for a folder
    that cannot be made or written to, or that has labels already.
    """
    labels = folder / "labels.json"
    if labels.exists():
        raise UsageError(f"{labels} is there already. Name a new folder for pages")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise UsageError(f"{folder}: cannot be made: {err.strerror}. {_CURE}") from None
    written: dict[str, Mapping[str, str | None]] = {}
    for number, page in enumerate(pages, 1):
        name = f"{number:04d}-{page.layout}.jpg"
        quality = [cv2.IMWRITE_JPEG_QUALITY, page.quality]
        if not cv2.imwrite(str(folder / name), page.image, quality):
            raise UsageError(f"{folder / name}: cannot be written. {_CURE}")
        written[name] = page.labels
    text = json.dumps({"template": template, "pages": written}, ensure_ascii=False, indent=1)
    try:
        labels.write_text(text + "\n", encoding="utf-8")
    except OSError as err:
        raise UsageError(f"{labels}: cannot be written: {err.strerror}. {_CURE}") from None
    return len(written)
