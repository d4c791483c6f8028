"""Corrected pages read again, to see what a changed template makes of them."""

from __future__ import annotations

from collections.abc import Sequence

from docextract.errors import SourceError
from docextract.feedback.corrected import Corrected
from docextract.pipeline import Extractor
from docextract.result import Result
from docextract.store import FileStore
from docextract.template import Template


def read_right(template: Template, fields: Sequence[Corrected], files: FileStore) -> list[bool]:
    """Whether each field of a template is read right now, rules and all; each page is read once.

    A page whose file has gone counts as read wrong.
    """
    extractor = Extractor(template)
    pages: dict[tuple[str, int], Result | None] = {}
    right = []
    for one in fields:
        place = one.document, one.page
        if place not in pages:
            pages[place] = _read(extractor, files, *place)
        right.append(_is_right(one, pages[place]))
    return right


def _read(extractor: Extractor, files: FileStore, document: str, page: int) -> Result | None:
    try:
        return extractor.read_page(files.load(document, name=document), page, name=document)
    except SourceError:
        return None


def _is_right(one: Corrected, result: Result | None) -> bool:
    reading = None if result is None else result.readings.get(one.field.name)
    if reading is None:
        return False
    if reading.value is None or one.text is None:
        return reading.value is None and one.text is None and reading.ok
    return reading.value == one.field.kind.parse(one.text)
