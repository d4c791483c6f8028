"""JSON lines: one object a row, written at once, so that a killed run keeps what it has."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from docextract.plain import plain_value
from docextract.template import Template
from docextract.writers._base import Row, Writer, check_writable, writers
from docextract.writers._table import utf8


@writers.register("jsonl")
class JsonlWriter(Writer):
    """Decimals are strings, so that no digit is lost; dates and times are ISO 8601."""

    endings = (".jsonl", ".ndjson")
    mixes = True

    def __init__(self, path: Path | None, template: Template) -> None:  # noqa: ARG002
        self._owned = path is not None
        if path is None:
            self._file = sys.stdout
        else:
            check_writable(path)
            self._file = path.open("w", encoding="utf-8", newline="\n")

    def write(self, row: Row) -> None:
        """Write one line and hand it to the operating system."""
        self._file.write(utf8(json.dumps(_content(row), ensure_ascii=False)) + "\n")
        self._file.flush()

    def close(self, *, complete: bool) -> None:  # noqa: ARG002
        """Close the file; what was written stays."""
        if self._owned:
            self._file.close()


def _content(row: Row) -> dict[str, object]:
    return {
        "source": row.source,
        "page": row.page,
        **({} if row.document is None else {"document": row.document, "quad": row.quad}),
        "template": row.template,
        "layout": row.layout,
        "status": row.status,
        "reason": row.reason,
        "error": row.error,
        "values": {name: plain_value(value) for name, value in row.values.items()},
        "confidences": dict(row.confidences),
        "failed": {name: list(checks) for name, checks in row.failed.items()},
        **(
            {"cells": {name: list(map(dict, rows)) for name, rows in row.cells.items()}}
            if row.cells
            else {}
        ),
        **({"crops": dict(row.crops)} if row.crops else {}),
    }
