"""Corrected lines as labelled pictures, for ``docextract train --data``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2

from docextract.errors import InvalidValue, SourceError, UsageError
from docextract.feedback.corrected import Corrected
from docextract.fields import is_print
from docextract.reviewing import line_picture
from docextract.settling import Slot
from docextract.sources import load_page
from docextract.store import FileStore

LABELS = "labels.json"


def document_of(sha256: str) -> str:
    """What the names of a document's lines begin with, before a hyphen."""
    return sha256[:16]


def save_lines(fields: Sequence[Corrected], files: FileStore, folder: Path) -> int:
    """Write the lines of what is not held out, and their labels.json; gives how many there are.

    Left out are lines whose print is not known: a value's prefix may be printed or not, and tells
    only where a candidate has it. So are pages whose files have gone. Raises UsageError when the
    folder cannot be written.
    """
    rows = []
    try:
        folder.mkdir(parents=True)
        for one in fields:
            text = printed(one)
            if one.held_out or text is None or not _saved(one, files, folder / _name(one)):
                continue
            rows.append({"file": _name(one), "text": text})
        (folder / LABELS).write_text(json.dumps(rows, ensure_ascii=False, indent=0), "utf-8")
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written: {error.strerror}") from None
    return len(rows)


def printed(one: Corrected) -> str | None:
    """What is printed, prefix and suffix with it; None where that is not known."""
    field = one.field
    if one.text is None or not is_print(field.kind):
        return None
    slot = Slot(field.name, field.kind, field.nullable, field.prefix, field.suffix)
    for text, _logp in one.kept.candidates:
        try:
            if one.means(slot.body(text)):
                return text
        except InvalidValue:
            continue
    return None if field.prefix or field.suffix else one.text


def _name(one: Corrected) -> str:
    page = one.page if one.on_page is None else f"{one.page}-{one.on_page}"
    return f"{document_of(one.document)}-{page}-{one.field.name}.png"


def _saved(one: Corrected, files: FileStore, path: Path) -> bool:
    quad = one.kept.reading(one.field.name, one.field.kind).quad_px
    if quad is None:
        return False
    try:
        data = files.load(one.document, name=path.stem)
        page = load_page(data, one.page, page_size_u=one.kept.page_size_u, name=path.stem)
    except SourceError:
        return False
    return cv2.imwrite(str(path), line_picture(page.image, quad))
