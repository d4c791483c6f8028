"""What was read, as a file to take away, by the same writers as the command line."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from docextract.ocr import PageText
from docextract.result import Result
from docextract.service.engine import Engine
from docextract.writers import open_writer

FORMATS = ("csv", "xlsx", "jsonl")
_PAGE_BREAK = "\n\f\n"


@dataclass(frozen=True, slots=True, eq=False)
class Download:
    """A file's bytes, name and media type."""

    name: str
    data: bytes
    media_type: str = "application/octet-stream"


def records(results: Sequence[Result], format: str, engine: Engine) -> Download:
    """The records of pages; tables of several templates are a ZIP with a file for each.

    Raises UnknownName for a format that nobody writes, and MissingExtra. Files are in a temporary
    folder while they are written.
    """
    known = {one.name: one for one in map(engine.template, engine.template_names)}
    used = {result.template for result in results}
    templates = [known[name] for name in used] if used <= known.keys() else [*known.values()]
    with TemporaryDirectory(prefix="docextract-web-") as folder:
        path = Path(folder) / f"records.{format}"
        with open_writer(path, format, *(templates or known.values())) as writer:
            for result in results:
                writer.write(result.row())
        files = sorted(Path(folder).iterdir())
        if len(files) == 1:
            return Download(files[0].name, files[0].read_bytes())
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, file.name)
        return Download("records.zip", packed.getvalue(), "application/zip")


def texts(pages: Sequence[PageText]) -> Download:
    """All print of pages, with a form feed between them."""
    text = _PAGE_BREAK.join(page.text for page in pages)
    return Download("text.txt", text.encode(), "text/plain; charset=utf-8")
