"""Template -> the pydantic model of its records, and values -> a record."""

from __future__ import annotations

from collections.abc import Mapping

from docextract.dynamic import Attribute, DynamicModel
from docextract.fields import ReadsTable
from docextract.template import Field, Template
from docextract.types import Value


class Record(DynamicModel):
    """The base of all records: frozen, and picklable although its models are made at run time."""


def record_model(template: Template) -> type[Record]:
    """The model of a template's records, one attribute a field, called as the template is.

    Templates with equal fields share one model. A nullable field may be None, and is when
    nothing is given for it. A table is a tuple of models, one a row.
    """
    name = "".join(part.capitalize() for part in template.name.split("_"))
    return Record.made(name, tuple(map(_attribute, template.fields.values())))


def build_record(model: type[Record], values: Mapping[str, Value | None]) -> Record | None:
    """The record of these values, or None when a required field has none."""
    required = (name for name, info in model.model_fields.items() if info.is_required())
    if any(values.get(name) is None for name in required):
        return None
    return model.model_validate(dict(values))


def _attribute(field: Field) -> Attribute:
    annotation = field.kind.gives | None if field.nullable else field.kind.gives
    if isinstance(field.kind, ReadsTable):
        return Attribute(
            field.name, tuple, field.title, not field.nullable, field.kind.row_attributes
        )
    return Attribute(field.name, annotation, field.title, not field.nullable)
