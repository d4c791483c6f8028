"""The gallery of shipped templates: python docs/gallery.py writes docs/gallery.md and its pictures.

Each template's first drawn sample is read, and shown with what was read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
from pydantic import BaseModel
from tables import table

from docextract import Extractor, Result
from docextract.resources import resource_dir
from docextract.template import template_names

DOCS = Path(__file__).resolve().parent
PAGE, PICTURES = DOCS / "gallery.md", DOCS / "gallery"
HEAD = """\
# The templates that come with docextract

Each was read from a drawn sample (synthetic; nobody's papers), by `python docs/gallery.py`, which
writes this page. Green: sure. Orange: the value is there, but less sure. Red: a check failed.
"""
_LARGEST_PX = (900, 1100)
_QUALITY = 60


def samples() -> Iterator[tuple[str, Path]]:
    """Each template that has drawn samples, with the first of them."""
    for name in template_names():
        pictures = sorted((resource_dir("templates") / name).glob("*.jpg"))
        if pictures:
            yield name, pictures[0]


def entry(name: str, result: Result) -> str:
    """A template's part of the page: its picture and its record."""
    rows = (
        (f"`{field}`", f"`{_written(reading.value)}`", f"{reading.confidence:.2f}")
        for field, reading in result.readings.items()
    )
    shown = f"![{name}: a drawn sample with every field's place and value](gallery/{name}.jpg)"
    source = f"[{name}.yaml](../templates/{name}.yaml)"
    made = table(("field", "value", "confidence"), rows)
    return f"## {name}\n\n{source}, read as `{result.status}`\n\n{shown}\n\n{made}\n"


def _written(value: object) -> str:
    if isinstance(value, tuple) and any(isinstance(row, BaseModel) for row in value):
        return f"{len(value)} rows"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return str(value).lower()
    return "nothing" if value is None else str(value)


def save_picture(path: Path, result: Result) -> None:
    """Write the page with its readings, small."""
    image = result.draw()
    scale = min(_LARGEST_PX[0] / image.shape[1], _LARGEST_PX[1] / image.shape[0])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])


def main() -> None:
    """Write the page and its pictures."""
    parts = [HEAD]
    for name, picture in samples():
        result = Extractor(name).read(picture)
        save_picture(PICTURES / f"{name}.jpg", result)
        parts.append(entry(name, result))
    PAGE.write_text("\n".join(parts), "utf-8")


if __name__ == "__main__":
    main()
