"""Readers for the fields of a template, and lines read without one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from docextract.confidence import Calibrations
from docextract.decoding import LanguageModel, load_language, load_lexicon
from docextract.errors import GrammarError, TemplateError, UsageError, validation_mistakes
from docextract.fields import FieldType, ReadsTable, field_types, is_print
from docextract.lines.calibrated import field_calibrations, template_calibrations
from docextract.lines.company import field_reader
from docextract.lines.looks import FieldReader, look
from docextract.lines.reader import Knowledge
from docextract.lines.tightening import tightened
from docextract.recognition import Load, Recognizer, load_recognizer
from docextract.settling import Slot
from docextract.template import Field, Template
from docextract.template.confusions import confusion_shares
from docextract.types import Crop, Image, Quad, Reading, Vote


def template_readers(template: Template, load: Load) -> dict[str, FieldReader]:
    """The readers of a template's fields of print, whose recognizers ``load`` gives by name.

    Those of a table's columns are called FIELD.COLUMN.

    Raises UnknownName, ModelError, MissingExtra, and TemplateError for a lexicon or language
    model that is missing or wrong, or a recognizer that cannot write a field's texts.
    """
    own = template_calibrations(template)
    return {
        name: _calibrated(_field_reader(template, field, load), template.model_of(field), own)
        for name, field in _printed(template)
    }


def _printed(template: Template) -> Iterator[tuple[str, Field]]:
    for name, field in template.fields.items():
        if isinstance(field.kind, ReadsTable):
            yield from template.column_fields(name).items()
        elif is_print(field.kind):
            yield name, field


def read_lines(
    crops: Sequence[Image],
    type: str,
    *,
    model: str | None = None,
    lm: str | None = None,
    vote: Vote | None = None,
    **options: object,
) -> list[Reading]:
    """Read line images (BGR uint8 arrays) as values of one field type.

    Paper above and below the print is cut off first, as it is from the lines of pages; free text
    is read as it comes, by models that know paper around lines.
    ``model`` reads alone; without it the type's own model reads, and the general one where that
    leaves doubt. ``vote`` asks further models where there is doubt (True), for every line
    ("always"), or never (False). ``lm`` is the language model of free text, "none" for none; the
    type's own when absent. ``options`` are the field type's own, as in a template:
    ``read_lines(crops, "amount", currency="MYR")``. Raises UnknownName, MissingExtra, or
    UsageError for a wrong option.
    """
    slot = Slot("line", _kind(type, options))
    knowledge = Knowledge(_language(_language_name(slot.kind, lm), Path()))
    reader = field_reader(slot, knowledge, _shared_recognizer, model=model, vote=vote)
    reader = _calibrated(reader, model)
    cut = tightened if slot.kind.pattern is not None else _whole
    lines = [Crop(slot.name, cut(crop), _outline(crop)) for crop in crops]
    reads, _ = look(lines, {slot.name: reader})
    return [read.reading for read in reads]


def _field_reader(template: Template, field: Field, load: Load) -> FieldReader:
    slot = Slot(field.name, field.kind, field.nullable, field.prefix, field.suffix)
    folder = template.path.parent
    place = f"fields.{field.name}"
    key = "lm"
    try:
        language = _language(_language_name(field.kind, field.lm), folder)
        key = "lexicon"
        lexicon = load_lexicon(field.lexicon, folder=folder) if field.lexicon else None
    except UsageError as err:
        raise TemplateError(str(template.path), [f"{place}.{key}: {err}"]) from None
    try:
        reader = field_reader(
            slot,
            Knowledge(
                language,
                lexicon,
                hard=field.lexicon_mode == "hard",
                confusions=confusion_shares(field.confusions),
            ),
            load,
            model=template.model_of(field),
            vote=template.vote if field.vote is None else field.vote,
        )
    except GrammarError as err:
        raise TemplateError(str(template.path), [f"{place}: {err}"]) from None
    return replace(reader, clean=field.clean)


def _calibrated(
    reader: FieldReader, named: str | None, own: Calibrations | None = None
) -> FieldReader:
    models = [one.recognizer.name for one in reader.readers]
    return replace(reader, calibrations=field_calibrations(models, named=named, own=own))


def _language_name(kind: FieldType, wanted: str | None) -> str | None:
    """The language model to read a field with; only free text has one."""
    if kind.pattern is not None or wanted == "none":
        return None
    return wanted or kind.language_model


def _language(name: str | None, folder: Path) -> LanguageModel | None:
    return None if name is None else _shared_language(name, folder)


@lru_cache(maxsize=8)
def _shared_language(name: str, folder: Path) -> LanguageModel:
    return load_language(name, folder=folder)


@lru_cache(maxsize=4)
def _shared_recognizer(name: str) -> Recognizer:
    return load_recognizer(name)


def _kind(type_name: str, options: Mapping[str, object]) -> FieldType:
    try:
        kind = field_types.get(type_name).model_validate(options)
    except ValidationError as err:
        wrong = validation_mistakes(err)
        raise UsageError(f"options of field type {type_name!r}: {wrong}") from None
    if not is_print(kind):
        raise UsageError(f"field type {type_name!r} is not a line of print")
    return kind


def _whole(crop: Image) -> Image:
    return crop


def _outline(crop: Image) -> Quad:
    height, width = crop.shape[:2]
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
