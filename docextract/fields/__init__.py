"""Field types: what a field may contain, as a pattern to decode in and a parser to a value.

One file a type. A type is a frozen pydantic model whose fields are the options a template may
set; registering it is enough for templates, decoding, records and the conformance test.

>>> from docextract.fields import field_types
>>> field_types.get("digits")(length=(10, 12)).parse("044001900111")
'044001900111'
"""

from docextract.fields._base import (
    GENERAL_MODEL,
    TYPED_MODEL,
    Example,
    FieldType,
    Form,
    KeepsPicture,
    ReadsArea,
    ReadsMarks,
    ReadsPicture,
    ReadsTable,
    field_types,
    is_print,
    is_told_by_marks,
    type_name,
)
from docextract.fields._boxes import BOX_SCHEMA, BoxU, to_box_u
from docextract.fields._columns import TableColumn
from docextract.fields._making import make_kind, takes_boxes

__all__ = [
    "BOX_SCHEMA",
    "GENERAL_MODEL",
    "TYPED_MODEL",
    "BoxU",
    "Example",
    "FieldType",
    "Form",
    "KeepsPicture",
    "ReadsArea",
    "ReadsMarks",
    "ReadsPicture",
    "ReadsTable",
    "TableColumn",
    "field_types",
    "is_print",
    "is_told_by_marks",
    "make_kind",
    "takes_boxes",
    "to_box_u",
    "type_name",
]
