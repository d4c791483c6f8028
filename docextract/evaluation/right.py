"""When a reading is right: its value equals its label's, as the field type reads the label."""

from __future__ import annotations

import re
import unicodedata

from docextract.errors import InvalidValue
from docextract.fields import FieldType
from docextract.types import Reading


def is_right(reading: Reading | None, label: str | None, kind: FieldType) -> bool:
    """Compare by value; by text without blanks where the label is not of the field's form.

    A label of None says that nothing is printed.
    """
    value = None if reading is None else reading.value
    if value is None or label is None:
        return value is None and label is None
    try:
        return value == kind.parse(label)
    except InvalidValue:
        return folded(value) == folded(label)


def folded(text: object) -> str:
    """NFKC without blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(text)))
