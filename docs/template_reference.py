"""The reference of the template format: python docs/template_reference.py writes docs/template.md.

Everything follows from the pydantic models: keys, defaults and descriptions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel
from tables import summary, table

from docextract.fields import FieldType, TableColumn, field_types
from docextract.template import Accept, Anchor, Block, Field, Layout, PageSize, Place, Register
from docextract.template import Template as Whole
from docextract.template.field import COMMON_KEYS
from docextract.template.layout import Row
from docextract.template.model import RuleLine

PAGE = Path(__file__).resolve().parent / "template.md"
HEAD = """\
# The template format

Generated from the models that check templates: `python docs/template_reference.py` writes this
page. `docextract template schema` prints the same as a JSON Schema, for editors. How to make a
template is in [authoring.md](authoring.md).

A template is one YAML file, NAME.yaml, with its pictures beside it. Lengths are in template units:
`page` says how many of them the form is wide and high, and any scan maps onto them. A box is
`[x, y, width, height]` from the top-left corner. Unknown keys are mistakes.
"""
PARTS: tuple[tuple[str, type[BaseModel], str], ...] = (
    ("The file", Whole, "The keys at the top of the file."),
    ("`page`", PageSize, ""),
    ("`layouts`", Layout, "A list, one entry for each printing of the form."),
    ("`register`", Register, ""),
    ("`anchors`", Anchor, "Of `register`, for all layouts, or of one layout."),
    ("`rows`", Row, "Of a layout, for forms that are found by long rows of print."),
    ("`blocks`", Block, "By name; fields refer to them with `place: {block: NAME}`."),
    ("`place`", Place, "Of a field; one of these keys."),
    ("`rules`", RuleLine, "A list; a line may be the condition alone."),
    ("`accept`", Accept, ""),
)
Schema = Mapping[str, object]


def page() -> str:
    """The page's text."""
    return "\n".join((HEAD, *_parts(), *_fields())) + "\n"


def _parts() -> Iterator[str]:
    for title, model, note in PARTS:
        hidden = {"path"} if model is Whole else set()
        yield f"## {title}\n"
        if note:
            yield f"{note}\n"
        yield f"{_keys(model, hidden)}\n"


def _fields() -> Iterator[str]:
    yield "## `fields`\n"
    yield (
        "By name. Every field has a `type` and a `box` (a `choice` has `boxes` instead), and may\n"
        "have these keys, beside the options of its type.\n"
    )
    yield f"{_keys(Field, set(Field.model_fields) - COMMON_KEYS)}\n"
    yield "## `columns`\n"
    yield "Of a `table`, by name: a `type` and its options, beside these keys.\n"
    yield f"{_keys(TableColumn, {'kind'})}\n"
    yield "## Field types\n"
    for name, kind in field_types:
        yield f"### `{name}`\n"
        yield f"{summary(kind)}.\n"
        yield f"{_example(kind)}\n"
        if kind.model_fields:
            yield f"{_keys(kind, set())}\n"


def _example(kind: type[FieldType]) -> str:
    first = kind.examples[0]
    return f"Prints such as `{first.text}` are read; the value is `{first.value!r}`."


def _keys(model: type[BaseModel], hidden: Iterable[str]) -> str:
    schema = model.model_json_schema(mode="validation")
    properties = schema["properties"]
    rows = (
        (f"`{key}`", _kind(properties[key]), _default(model, key), _told(properties[key]))
        for key in model.model_fields
        if key not in hidden
    )
    return table(("key", "is", "default", "means"), rows)


def _told(schema: Schema) -> str:
    return " ".join(str(schema.get("description", "")).split())


def _default(model: type[BaseModel], key: str) -> str:
    info = model.model_fields[key]
    if info.is_required():
        return "needed"
    default = info.default
    empty = info.default_factory is not None or default is None or default in ("", ())
    if empty or isinstance(default, BaseModel):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _kind(schema: Schema) -> str:
    """What a JSON Schema allows, in words."""
    if "anyOf" in schema:
        options = [_kind(option) for option in _schemas(schema["anyOf"])]
        return " or ".join(dict.fromkeys(option for option in options if option != "null"))
    if "const" in schema:
        return f"`{_written(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{_written(value)}`" for value in _listed(schema["enum"]))
    if "$ref" in schema or "allOf" in schema:
        return "keys of its own"
    form = str(schema.get("format", schema.get("type", "")))
    return _WORDS.get(form, form) if form != "array" else _array(schema)


_WORDS = {
    "string": "text",
    "regex": "regular expression",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "object": "keys of its own",
    "path": "file name",
    "file-path": "file name",
}


def _array(schema: Schema) -> str:
    if "prefixItems" in schema or schema.get("minItems") == schema.get("maxItems") is not None:
        return f"{schema.get('minItems', '')} numbers"
    inner = schema.get("items")
    return f"list of {_kind(inner)}" if isinstance(inner, Mapping) else "list"


def _schemas(value: object) -> list[Schema]:
    return [option for option in _listed(value) if isinstance(option, Mapping)]


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
