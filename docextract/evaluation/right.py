"""When a reading is right: its value equals its label's, as the field type reads the label."""

from __future__ import annotations

import re
import unicodedata

from docextract.errors import InvalidValue
from docextract.fields import FieldType
from docextract.types import Reading, Value


def is_right(reading: Reading | None, label: str | None, kind: FieldType) -> bool:
    """Compare by value; by text without blanks where the label is not of the field's form.

    A label of None says that nothing is printed.
    """
    value = None if reading is None else reading.value
    if value is None or label is None:
        return value is None and label is None
    return _same(value, label, kind)


def means(text: str, label: str, kind: FieldType) -> bool:
    """Whether a printed text has the value that a label says."""
    try:
        value = kind.parse(text)
    except InvalidValue:
        return False
    return value is not None and _same(value, label, kind)


def _same(value: Value, label: str, kind: FieldType) -> bool:
    try:
        return value == kind.parse(label)
    except InvalidValue:
        return folded(value) == folded(label)


def folded(text: object) -> str:
    """NFKC without blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(text)))
