"""OMRChecker's template.json to choices: each question is a field, each bubble one of its boxes.

``fieldBlocks`` place rows of bubbles: ``origin`` is the first one's top-left corner,
``bubblesGap`` the way to a question's next bubble, ``labelsGap`` the way to the next question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, JsonValue

from docextract.authoring.draft import DraftField, names
from docextract.authoring.importers.foreign import Carried, Foreign, load_model
from docextract.authoring.proposing import TAKEN
from docextract.authoring.words import slug
from docextract.errors import UsageError
from docextract.sources import load_page
from docextract.template import Box

_FILE = "template.json"
_WHAT = "OMRChecker's template.json"
_PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")
_RANGE = re.compile(r"(?P<stem>.*\D)(?P<first>\d+)\.\.(?P<last>\d+)")
_MOST = 2000  # questions a range may stand for
_BESIDE = ("config.json", "evaluation.json")
_BUBBLES = ("", "BUBBLES_THRESHOLD")

_Direction = Literal["horizontal", "vertical"]
_Positive = Annotated[float, Field(gt=0)]
_Point = tuple[float, float]


class _Kind(Foreign):
    bubbleValues: tuple[str | int, ...]  # noqa: N815
    direction: _Direction


_KINDS: Mapping[str, _Kind] = {
    "QTYPE_INT": _Kind(bubbleValues=tuple("0123456789"), direction="vertical"),
    "QTYPE_INT_FROM_1": _Kind(bubbleValues=tuple("1234567890"), direction="vertical"),
    "QTYPE_MCQ4": _Kind(bubbleValues=tuple("ABCD"), direction="horizontal"),
    "QTYPE_MCQ5": _Kind(bubbleValues=tuple("ABCDE"), direction="horizontal"),
}


class _Block(Foreign):
    origin: _Point
    fieldLabels: tuple[str, ...]  # noqa: N815
    bubblesGap: float = 0.0  # noqa: N815
    labelsGap: float = 0.0  # noqa: N815
    fieldType: str = Field("", validation_alias=AliasChoices("bubbleFieldType", "fieldType"))  # noqa: N815
    fieldDetectionType: str = ""  # noqa: N815
    bubbleValues: tuple[str | int, ...] | None = None  # noqa: N815
    bubbleDimensions: tuple[_Positive, _Positive] | None = None  # noqa: N815
    direction: _Direction | None = None
    emptyValue: JsonValue = None  # noqa: N815


class _Template(Foreign):
    page: tuple[_Positive, _Positive] = Field(
        validation_alias=AliasChoices("pageDimensions", "templateDimensions")
    )
    bubbleDimensions: tuple[_Positive, _Positive]  # noqa: N815
    fieldBlocks: dict[str, _Block]  # noqa: N815
    kinds: dict[str, _Kind] = Field(
        default_factory=dict,
        validation_alias=AliasChoices("customBubbleFieldTypes", "customFieldTypes"),
    )
    customLabels: dict[str, JsonValue] = Field(default_factory=dict)  # noqa: N815
    preProcessors: tuple[dict[str, JsonValue], ...] = ()  # noqa: N815
    outputColumns: JsonValue = None  # noqa: N815
    emptyValue: JsonValue = None  # noqa: N815


def template_file(path: Path) -> Path | None:
    """The template.json that a path means, if it means one."""
    file = path / _FILE if path.is_dir() else path
    named = file.suffix == ".json" and not file.name.endswith((".labels.json", ".ocr.json"))
    return file if named and file.name != "fields.json" and file.is_file() else None


def carry_over(file: Path, picture: Path | None) -> Carried:
    """A template.json as fields; UsageError when it is broken or no picture shows the form."""
    read = load_model(file, _Template, _WHAT)
    left_out = [*read.unknown(""), *_told(read, file)]
    bubbles: dict[str, dict[str, Box]] = {}
    for name, block in read.fieldBlocks.items():
        left_out += block.unknown(f"fieldBlocks.{name}: ")
        if block.fieldDetectionType not in _BUBBLES:
            how = block.fieldDetectionType
            left_out.append(f"fieldBlocks.{name}: left out: it is read by {how}, not by bubbles")
            continue
        _place(file, name, read, block, bubbles)
    if not bubbles:
        raise UsageError(f"{file}: fieldBlocks has no bubbles. Give {_WHAT} with some")
    given = names([slug(label) for label in bubbles], TAKEN)
    fields = tuple(
        DraftField(name, "choice", title=label, nullable=True, boxes=boxes)
        for name, (label, boxes) in zip(given, bubbles.items(), strict=True)
    )
    image = load_page(picture or _picture_beside(file), 1).image
    size = (round(read.page[0]), round(read.page[1]))
    return Carried(size, fields, image, tuple(left_out))


def _place(
    file: Path, name: str, read: _Template, block: _Block, bubbles: dict[str, dict[str, Box]]
) -> None:
    """Add the boxes of a block's questions."""
    kind = read.kinds.get(block.fieldType) or _KINDS.get(block.fieldType)
    values = block.bubbleValues or (kind.bubbleValues if kind else None)
    if values is None:
        known = ", ".join((*_KINDS, *read.kinds))
        raise UsageError(
            f"{file}: fieldBlocks.{name}: its field type {block.fieldType!r} is not known. "
            f"Known: {known}. Or give bubbleValues and direction"
        )
    direction = block.direction or (kind.direction if kind else "horizontal")
    width, height = block.bubbleDimensions or read.bubbleDimensions
    labels = [label for written in block.fieldLabels for label in _labels(file, name, written)]
    for row, label in enumerate(labels):
        if label in bubbles:
            raise UsageError(f"{file}: two questions are called {label!r}. Rename one")
        boxes = {}
        for column, value in enumerate(values):
            along, across = column * block.bubblesGap, row * block.labelsGap
            dx, dy = (across, along) if direction == "vertical" else (along, across)
            box = Box(block.origin[0] + dx, block.origin[1] + dy, width, height)
            if not _inside(box, read.page):
                raise UsageError(
                    f"{file}: fieldBlocks.{name}: bubble {value} of {label} lies beyond the "
                    f"page of {read.page[0]:g} x {read.page[1]:g}. Correct origin and gaps"
                )
            boxes[str(value)] = box
        bubbles[label] = boxes


def _inside(box: Box, page: tuple[float, float]) -> bool:
    right, bottom = box.x + box.width, box.y + box.height
    return min(box.x, box.y) >= 0 and right <= page[0] and bottom <= page[1]


def _labels(file: Path, block: str, written: str) -> list[str]:
    """The questions a label stands for: q1..3 is q1, q2 and q3."""
    match = _RANGE.fullmatch(written)
    if match is None:
        return [written]
    first, last = int(match["first"]), int(match["last"])
    if not 0 <= last - first < _MOST:
        raise UsageError(
            f"{file}: fieldBlocks.{block}: {written!r} is no range of questions. Write q1..17"
        )
    return [f"{match['stem']}{number}" for number in range(first, last + 1)]


def _told(read: _Template, file: Path) -> Iterator[str]:
    """What a template.json says that a template has no place for."""
    for step in read.preProcessors:
        yield (
            f"preProcessors.{step.get('name', '')}: pages are found by the reference picture: "
            "it has to show what this step leaves of a page"
        )
    for name in read.customLabels:
        yield f"customLabels.{name}: fields are not joined: put its columns together afterwards"
    if read.outputColumns:
        yield "outputColumns: records have the fields in the template's order"
    if read.emptyValue or any(block.emptyValue for block in read.fieldBlocks.values()):
        yield "emptyValue: a question without a mark has no value"
    for name in _BESIDE:
        if (file.parent / name).is_file():
            yield f"{name}: marks are told by comparing with the blank form, and nothing is graded"


def _picture_beside(file: Path) -> Path:
    """A picture of the form beside the template, no marker among several."""
    pictures = sorted(
        path
        for path in file.parent.iterdir()
        if path.suffix.lower() in _PICTURES and "marker" not in path.stem.lower()
    )
    if len(pictures) == 1:
        return pictures[0]
    found = f"{len(pictures)} pictures" if pictures else "no picture"
    raise UsageError(
        f"{file.parent}: has {found} beside {file.name}, but one of the blank form is needed. "
        "Give it with --picture"
    )
