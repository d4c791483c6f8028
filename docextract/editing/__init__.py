"""A template's text, edited in small parts: all that was not meant stays, comments, too."""

from docextract.editing.bundle import NAME, Bundle, blank, is_beside, open_bundle
from docextract.editing.edits import (
    add_field,
    add_rule,
    free_name,
    read_outline,
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
from docextract.editing.keys import Key, field_keys
from docextract.editing.naming import belongs, renamed_beside
from docextract.editing.outline import FieldOutline, Outline, outline

__all__ = [
    "NAME",
    "Bundle",
    "EditError",
    "FieldOutline",
    "Key",
    "Outline",
    "add_field",
    "add_rule",
    "belongs",
    "blank",
    "field_keys",
    "free_name",
    "is_beside",
    "open_bundle",
    "outline",
    "read_outline",
    "remove_box",
    "remove_field",
    "remove_rule",
    "rename_field",
    "rename_template",
    "renamed_beside",
    "set_box",
    "set_option",
    "set_rule",
    "set_type",
]
