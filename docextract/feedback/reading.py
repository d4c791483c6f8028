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
    extractor = Extractor(template, split=any(one.on_page is not None for one in fields))
    pages: dict[tuple[str, int], list[Result]] = {}
    right = []
    for one in fields:
        place = one.document, one.page
        if place not in pages:
            pages[place] = _read(extractor, files, *place)
        right.append(_is_right(one, _of(one, pages[place])))
    return right


def _read(extractor: Extractor, files: FileStore, document: str, page: int) -> list[Result]:
    try:
        return extractor.read_documents(files.load(document, name=document), page, name=document)
    except SourceError:
        return []


def _of(one: Corrected, results: Sequence[Result]) -> Result | None:
    """The result of a field's own document; of a page that was not split, the first."""
    number = one.on_page or 1
    return results[number - 1] if number <= len(results) else None


def _is_right(one: Corrected, result: Result | None) -> bool:
    reading = None if result is None else result.readings.get(one.field.name)
    if reading is None:
        return False
    if reading.value is None or one.text is None:
        return reading.value is None and one.text is None and reading.ok
    return reading.value == one.field.kind.parse(one.text)
