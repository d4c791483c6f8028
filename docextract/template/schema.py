"""The JSON Schema of the YAML format, so that editors complete and check templates."""

from __future__ import annotations

from pydantic import BaseModel

from docextract.fields import field_types, takes_boxes
from docextract.template.field import COMMON_KEYS, Field
from docextract.template.model import Template

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FIELD_NAME = r"^[^\W\d_]\w*$"
Schema = dict[str, object]


def template_schema() -> Schema:
    """The schema (draft 2020-12) of template files, with every registered field type."""
    schema = _schema_of(Template)
    defs = _mapping(schema, "$defs")
    common = _mapping(_schema_of(Field), "properties")
    for name, kind in field_types:
        options = _schema_of(kind)
        defs |= _mapping(options, "$defs")
        defs[f"field-{name}"] = _field_schema(name, options, common)
    for unused in ("Field", "FieldType"):
        defs.pop(unused, None)
    properties = _mapping(schema, "properties")
    del properties["path"]
    properties["fields"] = _fields_schema(_mapping(properties, "fields"))
    required = [key for key, info in Template.model_fields.items() if info.is_required()]
    required.remove("path")
    return {"$schema": _DIALECT, **schema, "required": required, "$defs": defs}


def _fields_schema(fields: Schema) -> Schema:
    kinds = [{"$ref": f"#/$defs/field-{name}"} for name in field_types.names()]
    return {
        "type": "object",
        "description": fields.get("description", ""),
        "minProperties": 1,
        "propertyNames": {"pattern": _FIELD_NAME},
        "additionalProperties": {"anyOf": kinds},
    }


def _field_schema(name: str, options: Schema, common: Schema) -> Schema:
    """One field as written: its type, the common keys and the type's options side by side."""
    several = takes_boxes(name)
    keys = COMMON_KEYS - {"box"} if several else COMMON_KEYS
    shared = {key: value for key, value in common.items() if key in keys}
    own_required = options.get("required", [])
    assert isinstance(own_required, list)
    return {
        "type": "object",
        "description": options.get("description", ""),
        "properties": {"type": {"const": name}, **shared, **_mapping(options, "properties")},
        "required": ["type", *([] if several else ["box"]), *own_required],
        "additionalProperties": False,
    }


def _schema_of(model: type[BaseModel]) -> Schema:
    return model.model_json_schema(mode="validation")


def _mapping(schema: Schema, key: str) -> Schema:
    value = schema.get(key, {})
    assert isinstance(value, dict)
    return value
