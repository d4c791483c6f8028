"""Azure Form Recognizer (Document Intelligence) custom labelling to fields.

A project is a folder: ``fields.json`` lists the fields and their types, ``PICTURE.labels.json``
says where each is on a picture, in shares of its width and height (in units of the page of
``PICTURE.ocr.json`` in some versions), and what is written there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from pydantic import JsonValue

from docextract.authoring.draft import DraftField, names
from docextract.authoring.importers.foreign import Carried, Foreign, load_model
from docextract.authoring.kinds import Guess, guess
from docextract.authoring.printed import Printed
from docextract.authoring.proposing import TAKEN
from docextract.authoring.reference import Sample
from docextract.authoring.words import slug
from docextract.errors import UsageError
from docextract.sources import load_page
from docextract.template import Box
from docextract.types import Image

_FIELDS = "fields.json"
_LABELS = ".labels.json"
_WHAT = "a folder labelled with Form Recognizer: fields.json and PICTURE.labels.json"
_SHARES = 1.5  # coordinates up to 1 are shares of the page; a little beyond its edge is no harm
_MARGIN = 0.35  # paper around a labelled value, of its height
_TYPES: Mapping[str, Guess] = {
    "date": Guess("date"),
    "time": Guess("time"),
    "integer": Guess("integer"),
    "number": Guess("number"),
    "currency": Guess("amount"),
    "phoneNumber": Guess("phone"),
    "selectionMark": Guess("checkbox"),
}
_FORMATS: Mapping[str, Guess] = {
    "dmy": Guess("date", {"order": "DMY"}),
    "mdy": Guess("date", {"order": "MDY"}),
    "ymd": Guess("date", {"order": "YMD"}),
    "currency": Guess("amount"),
    "alphanumeric": Guess("alnum", {"upper": False}),
}
_PLAIN = ("not-specified", "none", "")
_GUESSED = ("string", "number")  # types too wide to be of help: what is labelled says more


class _Field(Foreign):
    fieldKey: str  # noqa: N815
    fieldType: str = "string"  # noqa: N815
    fieldFormat: str | None = None  # noqa: N815
    itemType: JsonValue = None  # noqa: N815
    fields: JsonValue = None


class _Fields(Foreign):
    fields: tuple[_Field, ...]
    definitions: JsonValue = None


class _Value(Foreign):
    page: int = 1
    text: str = ""
    boundingBoxes: tuple[tuple[float, ...], ...] = ()  # noqa: N815


class _Label(Foreign):
    label: str
    key: JsonValue = None
    value: tuple[_Value, ...] | None = None
    labelType: str = ""  # noqa: N815


class _Labels(Foreign):
    document: str = ""
    labels: tuple[_Label, ...]
    labelingState: JsonValue = None  # noqa: N815


class _OcrPage(Foreign):
    width: float
    height: float


class _OcrResult(Foreign):
    readResults: tuple[_OcrPage, ...] = ()  # noqa: N815
    pages: tuple[_OcrPage, ...] = ()


class _Ocr(Foreign):
    analyzeResult: _OcrResult  # noqa: N815


class _Spot:
    """Where a field is and what stands there, over all labelled pictures."""

    def __init__(self) -> None:
        self.boxes: list[Box] = []
        self.texts: list[str] = []


def is_project(folder: Path) -> bool:
    """True for a folder with labels of this kind."""
    return (folder / _FIELDS).is_file() or any(folder.glob(f"*{_LABELS}"))


def carry_over(folder: Path) -> Carried:
    """A labelled folder as fields; UsageError when it cannot be read or labels no field."""
    listed = load_model(folder / _FIELDS, _Fields, _WHAT)
    files = sorted(folder.glob(f"*{_LABELS}"))
    if not files:
        raise UsageError(f"{folder}: has no PICTURE{_LABELS}. Give {_WHAT}")
    left_out = listed.unknown(f"{_FIELDS}: ")
    pages = {file: load_model(file, _Labels, _WHAT) for file in files}
    picture = load_page(_picture_of(files[0], pages[files[0]]), 1).image
    spots: dict[str, _Spot] = {}
    for file, labels in pages.items():
        left_out += labels.unknown(f"{file.name}: ")
        left_out += _gather(file, labels, picture, spots)
    fields = tuple(_fields(listed, spots, left_out))
    if not fields:
        raise UsageError(f"{folder}: no field of {_FIELDS} is labelled. Give {_WHAT}")
    known = {field.fieldKey for field in listed.fields}
    left_out += [
        f"label {name}: {_FIELDS} has no such field" for name in spots if name not in known
    ]
    left_out += _ticked(fields)
    height, width = picture.shape[:2]
    return Carried((width, height), fields, _blanked(picture, fields), tuple(left_out))


def _picture_of(file: Path, labels: _Labels) -> Path:
    """The labelled picture, which lies beside its labels."""
    found = [file.parent / n for n in (Path(labels.document).name, file.name[: -len(_LABELS)]) if n]
    for path in found:
        if path.is_file():
            return path
    raise UsageError(f"{found[0]}: no such file, but {file.name} labels it. Put the picture there")


def _gather(file: Path, labels: _Labels, picture: Image, spots: dict[str, _Spot]) -> Iterator[str]:
    """Collect where a picture's labels are, in px of the first picture; yields what is left out."""
    for label in labels.labels:
        values = [value for value in label.value or () if value.page == 1]
        if len(values) < len(label.value or ()):
            yield f"{file.name}: {label.label}: what lies on further pages: a template has one page"
        yield from label.unknown(f"{file.name}: {label.label}: ")
        if label.key is not None:
            yield f"{file.name}: {label.label}: where its key is printed: fields are found by place"
        corners = [np.array(quad).reshape(-1, 2) for v in values for quad in _quads(file, label, v)]
        if not corners:
            continue
        around = np.concatenate(corners)
        if around.max() > _SHARES:
            around = around / _page_size(file)
        around = around * picture.shape[1::-1]
        (left, top), (right, bottom) = around.min(axis=0), around.max(axis=0)
        spot = spots.setdefault(label.label, _Spot())
        spot.boxes.append(Box(float(left), float(top), float(right - left), float(bottom - top)))
        spot.texts.append(" ".join(value.text for value in values))


def _quads(file: Path, label: _Label, value: _Value) -> tuple[tuple[float, ...], ...]:
    for quad in value.boundingBoxes:
        if len(quad) < 6 or len(quad) % 2:
            raise UsageError(
                f"{file}: {label.label}: a box has {len(quad)} numbers, not x, y of its corners. "
                f"Give {_WHAT}"
            )
    return value.boundingBoxes


def _page_size(file: Path) -> tuple[float, float]:
    """The page's size in the units of labels that are no shares of it."""
    path = file.with_name(f"{file.name[: -len(_LABELS)]}.ocr.json")
    what = f"the picture's {path.name}, which says how large a page is in the labels' units"
    result = load_model(path, _Ocr, what).analyzeResult
    pages = result.readResults or result.pages
    if not pages or pages[0].width <= 0 or pages[0].height <= 0:
        raise UsageError(f"{path}: has no page with a width and height. Give {what}")
    return pages[0].width, pages[0].height


def _fields(
    listed: _Fields, spots: Mapping[str, _Spot], left_out: list[str]
) -> Iterator[DraftField]:
    wanted = [(field, spots[field.fieldKey]) for field in listed.fields if field.fieldKey in spots]
    given = iter(names([slug(field.fieldKey) for field, _ in wanted], TAKEN))
    for field in listed.fields:
        place = f"{_FIELDS}: {field.fieldKey}"
        if field.fieldKey not in spots:
            why = (
                "tables are not there yet"
                if field.itemType or field.fields
                else "nothing is labelled"
            )
            left_out.append(f"{place}: left out: {why}")
            continue
        left_out += field.unknown(f"{place}: ")
        spot, name = spots[field.fieldKey], next(given)
        if field.fieldType == "signature":
            left_out.append(f"{place}: left out: docextract reads no signatures")
            continue
        found = _kind(field, spot.texts, place, left_out)
        yield DraftField(
            name,
            found.type,
            _room(spot.boxes) if found.type != "checkbox" else Box.around(spot.boxes),
            found.options,
            title=field.fieldKey,
            prefix=found.prefix,
            suffix=found.suffix,
        )


def _kind(field: _Field, texts: Sequence[str], place: str, left_out: list[str]) -> Guess:
    """The field's type: of its format, of its type, or what the labelled texts look like."""
    form = field.fieldFormat or ""
    if form in _FORMATS:
        return _FORMATS[form]
    if form not in _PLAIN:
        left_out.append(f"{place}: its format {form!r}: docextract has no such option")
    if field.fieldType in _GUESSED:
        return guess(texts)[0]
    if field.fieldType not in _TYPES:
        left_out.append(f"{place}: its type {field.fieldType!r}: read as text")
    return _TYPES.get(field.fieldType, Guess("text"))


def _room(boxes: Sequence[Box]) -> Box:
    around = Box.around(boxes)
    margin = _MARGIN * min(box.height for box in boxes)
    left, top = max(0.0, around.x - margin), max(0.0, around.y - margin)
    right = around.x + around.width + margin
    return Box(left, top, right - left, around.y + around.height + margin - top)


def _ticked(fields: Sequence[DraftField]) -> Iterator[str]:
    if any(field.type == "checkbox" for field in fields):
        yield (
            "boxes to tick are told against the blank form: put a picture of it, with nothing "
            "ticked, in the place of the reference"
        )


def _blanked(picture: Image, fields: Sequence[DraftField]) -> Image:
    boxes = [field.box for field in fields if field.box is not None and field.type != "checkbox"]
    lines = [Printed("", box, ()) for box in boxes]
    return Sample(picture, lines).blanked(boxes) if boxes else picture
