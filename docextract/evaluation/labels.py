"""Labelled folders: pictures and a labels.json that says what is printed on them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    JsonValue,
    TypeAdapter,
    ValidationError,
)

from docextract.errors import UsageError


class LineLabel(BaseModel):
    """A line picture: its file, field type with options, and value; ``text`` is as printed."""

    model_config = ConfigDict(frozen=True)

    file: str
    type: str
    value: str | None
    options: dict[str, JsonValue] = {}


def _as_text(label: object) -> object:
    """A table's label, a list of rows, as the text that its field type reads."""
    return json.dumps(label, ensure_ascii=False) if isinstance(label, list) else label


class _Pages(BaseModel):
    model_config = ConfigDict(frozen=True)

    template: str | None = None
    pages: dict[str, dict[str, Annotated[str, BeforeValidator(_as_text)] | None]]


@dataclass(frozen=True, slots=True)
class Labels:
    """What a folder's labels.json says: of whole pages by file, or of single lines.

    One of ``pages`` (file to field to label, None: nothing is printed) and ``lines`` is empty.
    """

    folder: Path
    template: str | None = None
    pages: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    lines: tuple[LineLabel, ...] = ()


_LINES = TypeAdapter(tuple[LineLabel, ...])


def load_labels(folder: Path) -> Labels:
    """Read ``{"template": NAME, "pages": {file: {field: text}}}`` or ``[{"file", "type", "value",
    "options"}]``; raises UsageError when there is neither. A table's label is a list of rows.
    """
    path = folder / "labels.json"
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"{path}: no such file. Name a folder that holds pictures and their labels.json"
        ) from None
    except (OSError, ValueError) as err:
        why = " ".join(str(err).split())
        raise UsageError(f"{path}: not readable labels: {why}") from None
    try:
        if isinstance(data, list):
            return Labels(folder, lines=_LINES.validate_python(data))
        found = _Pages.model_validate(data)
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(map(str, first["loc"])) or "labels"
        raise UsageError(
            f"{path}: {where}: {first['msg']}. Write "
            '{"template": NAME, "pages": {FILE: {FIELD: TEXT}}} or [{"file", "type", "value"}]'
        ) from None
    return Labels(folder, template=found.template, pages=found.pages)


def page_labels(folder: Path) -> Labels:
    """The labels of a folder of whole pages; raises UsageError when there are none."""
    labels = load_labels(folder)
    if not labels.pages:
        raise UsageError(f"{folder}: labels.json has no pages. Label whole pages of a template")
    return labels
