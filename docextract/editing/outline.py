"""What a template's text says, also where it has mistakes: as much as can be shown and edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docextract.editing.data import plain_data
from docextract.fields import to_box_u
from docextract.template import Box


@dataclass(frozen=True, slots=True)
class FieldOutline:
    """One field as it is written: its type and its keys, options and common ones alike."""

    name: str
    type: str
    values: Mapping[str, object]

    @property
    def title(self) -> str:
        """What people call the field, "" where nothing says so."""
        return str(self.values.get("title", ""))

    @property
    def boxes(self) -> dict[str, Box]:
        """Its box by its name; or, of a choice, each box as FIELD.BOX. Wrong ones are left out."""
        several = self.values.get("boxes")
        if isinstance(several, Mapping):
            return _boxes({f"{self.name}.{name}": box for name, box in several.items()})
        return _boxes({self.name: self.values.get("box")})


@dataclass(frozen=True, slots=True)
class LayoutOutline:
    """One printing of the form, and the boxes of fields that stand elsewhere in it."""

    name: str
    reference: str
    boxes: Mapping[str, Box]
    continues: bool


@dataclass(frozen=True, slots=True)
class RuleOutline:
    """One rule's condition; ``is_keyed`` where it is written with what to call it."""

    condition: str
    is_keyed: bool


@dataclass(frozen=True, slots=True)
class Outline:
    """A template as it is written. ``size_u`` is the page's, (1, 1) where it is wrong."""

    name: str
    title: str
    size_u: tuple[int, int]
    layouts: tuple[LayoutOutline, ...]
    fields: Mapping[str, FieldOutline]
    rules: tuple[RuleOutline, ...]

    def boxes(self, layout: int) -> dict[str, Box]:
        """All boxes of a layout, by number; of one that continues, its own."""
        own = self.layouts[layout].boxes if layout < len(self.layouts) else {}
        if layout < len(self.layouts) and self.layouts[layout].continues:
            return dict(own)
        usual = {name: box for field in self.fields.values() for name, box in field.boxes.items()}
        return {name: own.get(name, box) for name, box in usual.items()}


def outline(text: str) -> Outline:
    """The outline of a template's text; DocumentError when it is no YAML mapping."""
    data = plain_data(text)
    page = _mapping(data.get("page"))
    fields = _mapping(data.get("fields"))
    return Outline(
        str(data.get("name", "")),
        str(data.get("title", "")),
        (_length(page.get("width")), _length(page.get("height"))),
        tuple(map(_layout, _list(data.get("layouts")))),
        {name: _field(name, _mapping(field)) for name, field in fields.items()},
        tuple(map(_rule, _list(data.get("rules")))),
    )


def _layout(written: object) -> LayoutOutline:
    layout = _mapping(written)
    return LayoutOutline(
        str(layout.get("name", "")),
        str(layout.get("reference", "")),
        _boxes(_mapping(layout.get("boxes"))),
        layout.get("continues") is True,
    )


def _field(name: str, written: Mapping[str, object]) -> FieldOutline:
    kind = written.get("type")
    values = {key: value for key, value in written.items() if key != "type"}
    return FieldOutline(name, kind if isinstance(kind, str) else "", values)


def _rule(written: object) -> RuleOutline:
    if isinstance(written, Mapping):
        return RuleOutline(str(written.get("rule", "")), is_keyed=True)
    return RuleOutline(str(written), is_keyed=False)


def _boxes(written: Mapping[str, object]) -> dict[str, Box]:
    found = {}
    for name, box in written.items():
        try:
            found[name] = Box(*to_box_u(box))
        except ValueError:
            continue
    return found


def _length(written: object) -> int:
    return written if type(written) is int and written > 0 else 1


def _mapping(written: object) -> Mapping[str, object]:
    return {str(k): v for k, v in written.items()} if isinstance(written, Mapping) else {}


def _list(written: object) -> list[object]:
    return list(written) if isinstance(written, list) else []
