"""Labelled pictures to samples of evidence, as calibrations are fitted to them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2

from docextract.confidence import Sample
from docextract.errors import SourceError
from docextract.evaluation.labels import Labels, LineLabel
from docextract.evaluation.right import is_right
from docextract.fields import field_types, type_name
from docextract.lines import read_lines
from docextract.pipeline import Extractor
from docextract.template import Template
from docextract.types import Image, Reading, Vote

_LINES_AT_A_TIME = 128


@dataclass(frozen=True, slots=True)
class LabelledReadings:
    """The samples of one field type, read by one model, or by several ("a+b")."""

    model: str
    type: str
    samples: tuple[Sample, ...]


def line_samples(
    labels: Labels, *, model: str | None = None, vote: Vote | None = None, types: Sequence[str] = ()
) -> Iterator[LabelledReadings]:
    """Read labelled lines, type by type, those of ``types`` only if any are given.

    ``model`` and ``vote`` are as for ``read_lines``. Raises SourceError for a picture that
    cannot be loaded, UnknownName for a type.
    """
    by_type: dict[str, list[LineLabel]] = defaultdict(list)
    for line in labels.lines:
        by_type[line.type].append(line)
    wanted = types or sorted(by_type)
    for kind in wanted:
        field_types.get(kind)
    for kind in wanted:
        yield from _by_models(
            kind,
            (
                sample
                for rows in _alike(by_type[kind])
                for sample in _read(labels.folder, rows, model, vote)
            ),
        )


def page_samples(labels: Labels, template: Template) -> Iterator[LabelledReadings]:
    """Read labelled pages by a template, without its rules: lines are to speak for themselves."""
    extractor = Extractor(template.model_copy(update={"rules": ()}))
    found: dict[str, list[_Seen]] = defaultdict(list)
    for file, marks in labels.pages.items():
        readings = extractor.read(labels.folder / file).readings
        for name in sorted(marks.keys() & readings.keys()):
            kind = template.fields[name].kind
            right = is_right(readings[name], marks[name], kind)
            found[type_name(kind)] += _seen(readings[name], right, file)
    for type_, seen in sorted(found.items()):
        yield from _by_models(type_, seen)


class _Seen(NamedTuple):
    """A sample, and the models that looked, joined with "+"."""

    models: str
    sample: Sample


def _by_models(type_: str, seen: Iterable[_Seen]) -> Iterator[LabelledReadings]:
    found: dict[str, list[Sample]] = defaultdict(list)
    for models, sample in seen:
        found[models].append(sample)
    for models, samples in found.items():
        yield LabelledReadings(models, type_, tuple(samples))


def _read(
    folder: Path, rows: Sequence[LineLabel], model: str | None, vote: Vote | None
) -> Iterator[_Seen]:
    kind = field_types.get(rows[0].type).model_validate(rows[0].options)
    options: dict[str, object] = {**rows[0].options}
    for start in range(0, len(rows), _LINES_AT_A_TIME):
        part = rows[start : start + _LINES_AT_A_TIME]
        images = [_line_image(folder / row.file) for row in part]
        readings = read_lines(images, rows[0].type, model=model, vote=vote, **options)  # type: ignore[arg-type]
        for row, reading in zip(part, readings, strict=True):
            yield from _seen(reading, is_right(reading, row.value, kind), row.file)


def _line_image(path: Path) -> Image:
    """A line picture, which may be smaller than any page."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise SourceError(str(path), "is missing or not a picture. Correct labels.json")
    return image.astype("uint8", copy=False)


def _seen(reading: Reading, right: bool, picture: str) -> Iterator[_Seen]:
    """What calibrations are about: print that was read and passed its checks."""
    if reading.ok and reading.text and reading.evidence:
        yield _Seen("+".join(reading.models), Sample(reading.evidence, right, picture))


def _alike(rows: Sequence[LineLabel]) -> Iterator[list[LineLabel]]:
    """Rows by their type's options."""
    groups: Mapping[str, list[LineLabel]] = defaultdict(list)
    for row in rows:
        groups[json.dumps(row.options, sort_keys=True)].append(row)
    yield from groups.values()
