"""Labelled pictures to samples of evidence, as calibrations are fitted to them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from docextract.confidence import Sample
from docextract.errors import SourceError
from docextract.evaluation.labels import Labels, LineLabel
from docextract.evaluation.right import is_right
from docextract.fields import field_types, type_name
from docextract.lines import DEFAULT_MODEL, read_lines
from docextract.pipeline import Extractor
from docextract.recognition import load_card
from docextract.template import Template
from docextract.types import Image, Reading

_LINES_AT_A_TIME = 128


@dataclass(frozen=True, slots=True)
class LabelledReadings:
    """The samples of one model and field type."""

    model: str
    type: str
    samples: tuple[Sample, ...]


def line_samples(
    labels: Labels, *, model: str | None = None, types: Sequence[str] = ()
) -> Iterator[LabelledReadings]:
    """Read labelled lines, type by type, those of ``types`` only if any are given.

    Raises SourceError for a picture that cannot be loaded, UnknownName for a type.
    """
    name = load_card(model or DEFAULT_MODEL).name
    by_type: dict[str, list[LineLabel]] = defaultdict(list)
    for line in labels.lines:
        by_type[line.type].append(line)
    for kind in types or sorted(by_type):
        field_types.get(kind)
        samples: list[Sample] = []
        for rows in _alike(by_type[kind]):
            samples += _read(labels.folder, rows, model)
        yield LabelledReadings(name, kind, tuple(samples))


def page_samples(labels: Labels, template: Template) -> Iterator[LabelledReadings]:
    """Read labelled pages by a template, without its rules: lines are to speak for themselves."""
    extractor = Extractor(template.model_copy(update={"rules": ()}))
    found: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for file, marks in labels.pages.items():
        readings = extractor.read(labels.folder / file).readings
        for name in marks.keys() & readings.keys():
            field = template.fields[name]
            key = (load_card(template.recognizer_of(field)).name, type_name(field.kind))
            right = is_right(readings[name], marks[name], field.kind)
            found[key] += _sampled(readings[name], right, file)
    for (model, kind), samples in sorted(found.items()):
        yield LabelledReadings(model, kind, tuple(samples))


def _read(folder: Path, rows: Sequence[LineLabel], model: str | None) -> Iterator[Sample]:
    kind = field_types.get(rows[0].type).model_validate(rows[0].options)
    options = dict[str, object](rows[0].options)
    for start in range(0, len(rows), _LINES_AT_A_TIME):
        part = rows[start : start + _LINES_AT_A_TIME]
        images = [_line_image(folder / row.file) for row in part]
        readings = read_lines(images, rows[0].type, model=model, **options)  # type: ignore[arg-type]
        for row, reading in zip(part, readings, strict=True):
            yield from _sampled(reading, is_right(reading, row.value, kind), row.file)


def _line_image(path: Path) -> Image:
    """A line picture, which may be smaller than any page."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise SourceError(str(path), "is missing or not a picture. Correct labels.json")
    return image.astype("uint8", copy=False)


def _sampled(reading: Reading, right: bool, picture: str) -> Iterator[Sample]:
    """A sample of what calibrations are about: print that was read and passed its checks."""
    if reading.ok and reading.text and reading.evidence:
        yield Sample(reading.evidence, right, picture)


def _alike(rows: Sequence[LineLabel]) -> Iterator[list[LineLabel]]:
    """Rows by their type's options."""
    groups: Mapping[str, list[LineLabel]] = defaultdict(list)
    for row in rows:
        groups[json.dumps(row.options, sort_keys=True)].append(row)
    yield from groups.values()
