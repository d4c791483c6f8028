"""Labelled pages read and compared, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from docextract.errors import UnknownName
from docextract.evaluation.labels import Labels
from docextract.evaluation.right import is_right
from docextract.pipeline import Extractor
from docextract.result import Result
from docextract.types import Crop


@dataclass(frozen=True, slots=True, eq=False)
class MarkedPage:
    """A labelled page as it was read: which labelled fields are right, and all lines' crops."""

    labels: Mapping[str, str | None]
    result: Result
    crops: tuple[Crop, ...]
    right: Mapping[str, bool]


def marked_pages(labels: Labels, extractor: Extractor) -> Iterator[MarkedPage]:
    """Read the pages of a labelled folder one by one and mark their labelled fields.

    On a page where the form was not found, every field is wrong. Raises UnknownName for a label
    of no field, before the first page; SourceError for a picture that cannot be loaded.
    """
    fields = extractor.template.fields
    for name in (name for marks in labels.pages.values() for name in marks):
        if name not in fields:
            raise UnknownName("field", name, fields)
    for file, marks in labels.pages.items():
        result, crops = extractor.read_with_crops(labels.folder / file)
        right = {
            name: result.failure is None
            and is_right(result.readings[name], label, fields[name].kind)
            for name, label in marks.items()
        }
        yield MarkedPage(marks, result, crops, right)
