"""Values as templates write them: YAML on one line, in the flow style."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

_PLAIN = re.compile(r"[a-z_][a-z0-9_.-]*")
_WORDS = frozenset({"yes", "no", "true", "false", "on", "off", "null", "y", "n"})


def written(value: object) -> str:
    """A value that JSON could hold, as YAML: texts bare where they mean the same without quotes.

    >>> written({"type": "digits", "length": [10, 12], "title": "No. 1"})
    '{type: digits, length: [10, 12], title: "No. 1"}'
    """
    if isinstance(value, str):
        return _scalar(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_scalar(str(key))}: {written(v)}' for key, v in value.items())}}}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(written, value))}]"
    return json.dumps(value)


def quoted(text: str) -> str:
    """A text in quotes, with what does not print escaped."""
    return "".join(
        char if char.isprintable() else f"\\U{ord(char):08x}"
        for char in json.dumps(text, ensure_ascii=False)
    )


def _scalar(text: str) -> str:
    """A text bare where YAML takes it as it is, else in quotes."""
    bare = (not text.isascii() and text.isalpha()) or _PLAIN.fullmatch(text)
    return text if bare and text not in _WORDS else quoted(text)
