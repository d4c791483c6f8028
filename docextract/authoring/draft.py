"""A template that is proposed: its parts, and how they are written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from docextract.template import Box
from docextract.template.written import quoted, written


@dataclass(frozen=True, slots=True)
class DraftField:
    """A proposed field; ``options`` are its type's, ``boxes`` those of a choice by their names."""

    name: str
    type: str
    box: Box | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    title: str = ""
    prefix: str = ""
    suffix: str = ""
    nullable: bool = False
    boxes: Mapping[str, Box] = field(default_factory=dict)
    remark: str = ""


@dataclass(frozen=True, slots=True)
class DraftAnchor:
    """Printed words by which the form is found."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed template; without anchors it is found by its reference picture."""

    name: str
    size: tuple[int, int]
    fields: tuple[DraftField, ...]
    anchors: tuple[DraftAnchor, ...] = ()
    title: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """The file name of the reference picture."""
        return f"{self.name}.png"

    def text(self) -> str:
        """The template as YAML, with remarks for its author."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield from (f"# {remark}" for remark in self.remarks)
        yield "docextract: 1"
        yield f"name: {self.name}"
        if self.title:
            yield f"title: {written(self.title)}"
        width, height = self.size
        yield f"page: {{width: {width}, height: {height}}}  # px of the reference picture"
        yield f"layouts: [{{name: a, reference: {self.reference}}}]"
        if self.anchors:
            yield "register:"
            yield "  anchors:  # words printed on every copy, by which the form is found"
            for anchor in self.anchors:
                yield f"    - {{text: {written(anchor.text)}, box: {_box(anchor.box)}}}"
        yield "fields:  # box: [x, y, width, height] from the top-left corner"
        for one in self.fields:
            yield from _field_lines(one)


def _field_lines(one: DraftField) -> Iterator[str]:
    if one.remark:
        yield f"  # {one.remark}"
    options = {"type": one.type, **one.options}
    parts = [f"{key}: {written(value)}" for key, value in options.items()]
    for key in ("prefix", "suffix"):
        if text := getattr(one, key):
            parts.append(f"{key}: {quoted(text)}")
    if one.nullable:
        parts.append("nullable: true")
    if one.box is not None:
        parts.append(f"box: {_box(one.box)}")
    if one.title:
        parts.append(f"title: {written(one.title)}")
    if not one.boxes:
        yield f"  {one.name}: {{{', '.join(parts)}}}"
        return
    yield f"  {one.name}:"
    yield from (f"    {part}" for part in parts)
    yield "    boxes:"
    for name, box in one.boxes.items():
        yield f"      {quoted(name)}: {_box(box)}"


def _box(box: Box) -> str:
    return f"[{', '.join(str(round(length)) for length in _whole(box))}]"


def _whole(box: Box) -> tuple[int, int, int, int]:
    """The box in whole units, none of its edges moved by more than one."""
    left, top = int(box.x), int(box.y)
    return left, top, int(box.x + box.width) - left, int(box.y + box.height) - top


def names(wanted: Sequence[str], taken: frozenset[str]) -> list[str]:
    """Field names that are all different; an empty one becomes field_N, N its place from 1."""
    given: list[str] = []
    for place, want in enumerate(wanted, 1):
        name = first = f"{want}_" if want in taken else want or f"field_{place}"
        again = 1
        while name in given:
            again += 1
            name = f"{first}_{again}"
        given.append(name)
    return given
