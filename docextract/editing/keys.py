"""The keys that a field of some type may have, for forms to fill in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from docextract.editing.data import plain_data
from docextract.editing.error import EditError
from docextract.template import template_schema
from docextract.template.document import DocumentError
from docextract.template.written import written

_FIRST = ("title", "box")
_LAST = ("lexicon", "lexicon_mode", "prefix", "suffix", "place", "clean")
_RARE = ("recognizer", "vote", "lm", "confusions")
_OF_THEIR_OWN = frozenset({"type", "nullable", "boxes", "columns"})  # no line of a form

Shape = Literal["flag", "choice", "text", "yaml"]


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what its value looks like, what it is without, and what it means.

    ``choices`` are those of a "choice"; a "yaml" value is written as in templates.
    """

    name: str
    shape: Shape
    choices: tuple[str, ...]
    default: str
    about: str
    is_rare: bool

    def shown(self, value: object) -> str:
        """A value as a form shows it; "" for none."""
        if value is None:
            return ""
        return value if isinstance(value, str) and self.shape != "yaml" else written(value)

    def parsed(self, text: str) -> object:
        """What a form's text means; None for nothing. Raises EditError where it is no YAML."""
        if not text.strip():
            return None
        if self.shape in {"text", "choice"}:
            return text
        try:
            return plain_data(f"value: {text}")["value"]
        except (DocumentError, KeyError):
            raise EditError(
                f"{self.name}: {text!r} is not written as templates are. "
                "Write a number, true, false, or [1, 2]"
            ) from None


@lru_cache(maxsize=64)
def field_keys(kind: str) -> tuple[Key, ...]:
    """The keys of a field type, its own options after title and box; none of an unknown type."""
    schemas = _mapping(template_schema().get("$defs"))
    properties = _mapping(_mapping(schemas.get(f"field-{kind}")).get("properties"))
    common = (*_FIRST, *_LAST, *_RARE)
    own = [name for name in properties if name not in common]
    order = [*_FIRST, *own, *_LAST, *_RARE]
    return tuple(
        _key(name, _mapping(properties[name]))
        for name in order
        if name in properties and name not in _OF_THEIR_OWN
    )


def _key(name: str, schema: Mapping[str, object]) -> Key:
    default = schema.get("default")
    shape, choices = _shape(schema)
    return Key(
        name,
        shape,
        choices,
        "" if default in (None, "", [], {}) else written(default),
        " ".join(str(schema.get("description", "")).split()),
        name in _RARE,
    )


def _shape(schema: Mapping[str, object]) -> tuple[Shape, tuple[str, ...]]:
    several = schema.get("anyOf")
    options = several if isinstance(several, list) else [schema]
    kept = [option for option in map(_mapping, options) if option.get("type") != "null"]
    if len(kept) != 1:
        return "yaml", ()
    listed = kept[0].get("enum")
    if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
        return "choice", tuple(map(str, listed))
    kind = kept[0].get("type")
    if kind == "boolean":
        return "flag", ()
    return ("text", ()) if kind == "string" and listed is None else ("yaml", ())


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
