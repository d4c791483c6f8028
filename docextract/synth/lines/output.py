"""Drawn lines to files: a labelled folder, or one picture of many lines to look at."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from docextract.errors import InvalidValue, SourceError
from docextract.fields import field_types
from docextract.synth.lines.camera import Gray
from docextract.synth.lines.generator import DrawnLine, LineGenerator

_SHEET_PX, _LINE_PX, _GAP_PX = 1400, 32, 5


def draw_lines(
    count: int, *, seed: int, mix: Mapping[str, float] | None = None
) -> tuple[DrawnLine, ...]:
    """The first ``count`` lines of a seed; see LineGenerator for ``mix`` and errors."""
    return tuple(islice(LineGenerator(seed, mix=mix).lines(), count))


def write_lines(lines: Sequence[DrawnLine], folder: Path) -> Path:
    """Write PNG files and labels.json, ``[{"file", "type", "value", "text"}]``; returns the latter.

    The type is the field type whose value the text is, or ``text``.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise SourceError(str(folder), f"{err.strerror}. Name a folder to write to") from None
    rows = []
    for i, line in enumerate(lines):
        name = f"{i:06}.png"
        _write_picture(folder / name, line.image)
        kind, value = _typed(line)
        rows.append({"file": name, "type": kind, "value": value, "text": line.text})
    labels = folder / "labels.json"
    labels.write_text(json.dumps(rows, ensure_ascii=False, indent=0), "utf-8")
    return labels


def _typed(line: DrawnLine) -> tuple[str, str | None]:
    """The field type that a line is of, and its value as labels write it."""
    if line.kind in field_types.names():
        try:
            value = field_types.get(line.kind)().parse(line.text)
        except InvalidValue:
            return "text", line.text
        return line.kind, None if value is None else str(value)
    return "text", line.text


def line_sheet(lines: Sequence[DrawnLine], path: Path) -> None:
    """Put lines side by side, all 32 px high, on one picture."""
    bands, x = [_band()], 0
    for line in lines:
        height, width = line.image.shape
        wide = min(_SHEET_PX, max(1, round(width * _LINE_PX / height)))
        if x and x + wide > _SHEET_PX:
            bands.append(_band())
            x = 0
        bands[-1][:_LINE_PX, x : x + wide] = cv2.resize(line.image, (wide, _LINE_PX))
        x += wide + _GAP_PX
    _write_picture(path, np.vstack(bands))


def _band() -> Gray:
    return np.full((_LINE_PX + _GAP_PX, _SHEET_PX), 90, np.uint8)


def _write_picture(path: Path, image: Gray) -> None:
    try:
        written = cv2.imwrite(str(path), image)
    except cv2.error:
        written = False
    if not written:
        raise SourceError(str(path), "cannot be written. Name a .png file in a folder that exists")
