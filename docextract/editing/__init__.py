"""A template's text, edited in small parts: all that was not meant stays, comments, too."""

from docextract.editing.edits import (
    add_field,
    add_rule,
    free_name,
    read_outline,
    reference_renamed,
    remove_box,
    remove_field,
    remove_rule,
    rename_field,
    rename_template,
    set_box,
    set_option,
    set_rule,
    set_type,
)
from docextract.editing.error import EditError
from docextract.editing.outline import FieldOutline, Outline, outline

__all__ = [
    "EditError",
    "FieldOutline",
    "Outline",
    "add_field",
    "add_rule",
    "free_name",
    "outline",
    "read_outline",
    "reference_renamed",
    "remove_box",
    "remove_field",
    "remove_rule",
    "rename_field",
    "rename_template",
    "set_box",
    "set_option",
    "set_rule",
    "set_type",
]
