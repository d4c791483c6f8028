"""Writers: the rows of a run to a file. One file a format; registering it is enough.

>>> from docextract.writers import open_writer
>>> with open_writer(Path("out.csv"), None, template) as writer:  # doctest: +SKIP
...     writer.write(row)
"""

from __future__ import annotations

from pathlib import Path

from docextract.errors import UsageError
from docextract.plain import Plain, plain_value
from docextract.template import Template
from docextract.writers._base import PartFile, Row, Writer, writers
from docextract.writers._rows import RowsWriter
from docextract.writers._split import SplitWriter

__all__ = ["PartFile", "Plain", "Row", "Writer", "open_writer", "plain_value", "writers"]


def open_writer(
    path: Path | None, format: str | None, *templates: Template, rows: str | None = None
) -> Writer:
    """Open a writer, a context manager; without a path it writes JSON lines to stdout.

    With several ``templates``, formats that are tables write a file for each, ``out-NAME.csv``.
    Without a ``format`` the path's ending tells it. ``rows`` names a field of the one template that
    is a table: each of its rows is then a row of its own. Raises UnknownName for a format nobody
    registered, UsageError for an ending nobody knows or a file that cannot be made, and
    MissingExtra when the format's package is not installed.
    """
    writer = writers.get(format or _format_of(path))
    if rows is not None:
        if len(templates) > 1:
            raise UsageError("rows of a table are written for one template. Name one template")
        return RowsWriter(path, templates[0], writer=writer, field=rows)
    if len(templates) == 1 or writer.mixes or path is None:
        return writer(path, templates[0])
    return SplitWriter(path, writer, {template.name: template for template in templates})


def _format_of(path: Path | None) -> str:
    if path is None:
        return "jsonl"
    formats = {ending: name for name, writer in writers for ending in writer.endings}
    try:
        return formats[path.suffix.lower()]
    except KeyError:
        known = ", ".join(sorted(formats))
        raise UsageError(
            f"{path}: no format ends in {path.suffix!r}. Use one of {known}, or name the format"
        ) from None
