"""pydantic's errors about a template -> lines that say place, value and cure."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from docextract.errors import UnknownName, did_you_mean
from docextract.fields import TableColumn, field_types, takes_boxes
from docextract.template.box import PageSize
from docextract.template.document import Document, Loc, Mistake, show
from docextract.template.field import COMMON_KEYS, Field
from docextract.template.layout import Anchor, Layout, Register
from docextract.template.model import Accept, RuleLine, Template
from docextract.template.place import Block, Place


class _Fault(NamedTuple):
    loc: Loc
    kind: str
    cure: str


def explain(error: ValidationError, document: Document) -> tuple[Mistake, ...]:
    """All mistakes in an error, one a location, in the order of the file's lines."""
    faults: dict[Loc, list[_Fault]] = {}
    for fault in _flatten(error, (), document.data):
        faults.setdefault(fault.loc, []).append(fault)
    mistakes = {
        Mistake(document.line(loc), _sentence(here, document.data)) for loc, here in faults.items()
    }
    return tuple(sorted(mistakes))


def _flatten(error: ValidationError, prefix: Loc, data: object) -> Iterator[_Fault]:
    for detail in error.errors(include_url=False):
        loc = _written(prefix + detail["loc"], data, detail["type"] == "missing")
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, ValidationError):
            yield from _flatten(cause, loc, data)
        else:
            yield _Fault(loc, detail["type"], str(cause) if cause else detail["msg"])


def _written(loc: Loc, data: object, missing: bool) -> Loc:
    """Drop the steps that are pydantic's own (``kind``, ``[key]``, names of union members)."""
    steps: list[str | int] = []
    for index, step in enumerate(loc):
        inside = _step(data, step)
        if inside is not None:
            data = inside[0]
            steps.append(step)
        elif index == len(loc) - 1 and (missing or step == "type"):
            steps.append(step)
    return tuple(steps)


def _step(data: object, step: str | int) -> tuple[object] | None:
    if isinstance(data, Mapping) and step in data:
        return (data[step],)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return (data[step],)
    return None


def _sentence(faults: list[_Fault], data: Mapping[str, object]) -> str:
    loc, kind, _ = faults[0]
    place = show(loc)
    if kind == "missing":
        return f"{place} is missing. {_keys(loc[:-1], data).get(str(loc[-1]), 'Add it.')}"
    if kind == "extra_forbidden":
        known = _keys(loc[:-1], data)
        cure = did_you_mean(str(loc[-1]), known) if known else "Remove it."
        return f"{place} is not a known key. {cure}"
    cures = dict.fromkeys(_cure(fault.cure) for fault in faults)
    return f"{place} is {_value(loc, data)}. {' Or: '.join(cures)}"


def _cure(message: str) -> str:
    text = message.replace("Input should", "It should", 1)
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _value(loc: Loc, data: object) -> str:
    for step in loc:
        inside = _step(data, step)
        if inside is None:
            return "missing"
        data = inside[0]
    brief = reprlib.Repr()
    brief.maxstring, brief.maxother = 60, 60
    return brief.repr(data)


_MODELS: dict[tuple[str, ...], type[BaseModel]] = {
    (): Template,
    ("page",): PageSize,
    ("layouts",): Layout,
    ("register",): Register,
    ("register", "anchors"): Anchor,
    ("layouts", "anchors"): Anchor,
    ("accept",): Accept,
    ("rules",): RuleLine,
}


def _keys(parent: Loc, data: Mapping[str, object]) -> dict[str, str]:
    """The keys that may stand at ``parent``, each with its description."""
    if len(parent) == 2 and parent[0] == "fields":
        return _field_keys(parent, data)
    if len(parent) == 3 and parent[0] == "fields" and parent[2] == "place":
        return _described(Place)
    if len(parent) == 4 and parent[0] == "fields" and parent[2] == "columns":
        return _column_keys(parent, data)
    if len(parent) == 2 and parent[0] == "blocks":
        return _described(Block)
    model = _MODELS.get(tuple(step for step in parent if isinstance(step, str)))
    keys = _described(model) if model else {}
    return {key: text for key, text in keys.items() if key != "path"}


def _field_keys(parent: Loc, data: Mapping[str, object]) -> dict[str, str]:
    name = _value((*parent, "type"), data).strip("'")
    keys = COMMON_KEYS - {"box"} if takes_boxes(name) else COMMON_KEYS
    common = {key: text for key, text in _described(Field).items() if key in keys}
    common["type"] = f"Known: {', '.join(field_types.names())}."
    try:
        return common | _described(field_types.get(name))
    except UnknownName:
        return common


def _column_keys(parent: Loc, data: Mapping[str, object]) -> dict[str, str]:
    keys = {key: text for key, text in _described(TableColumn).items() if key != "kind"}
    keys["type"] = f"Known: {', '.join(field_types.names())}."
    try:
        return keys | _described(field_types.get(_value((*parent, "type"), data).strip("'")))
    except UnknownName:
        return keys


def _described(model: type[BaseModel]) -> dict[str, str]:
    return {key: info.description or "" for key, info in model.model_fields.items()}
