"""``docextract ocr``: whole pages to text, JSON, hOCR or a searchable PDF."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docextract.cli._console import stderr, tell

if TYPE_CHECKING:
    from docextract.ocr import PageText
    from docextract.writers import PartFile

_UNREADABLE = 3


class Format(StrEnum):
    """What pages are written as."""

    TEXT = "text"
    JSON = "json"
    HOCR = "hocr"
    PDF = "pdf"


def ocr(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Pictures, PDFs, folders or quoted globs."),
    ],
    *,
    format: Annotated[Format, typer.Option("--format", "-f", help="What to write.")] = Format.TEXT,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; stdout if none.")
    ] = None,
) -> None:
    """Read all print of pages, without a template.

    Text has a line a row and an empty line between blocks; a form feed ends each page. JSON is
    one object a page, one a line, with the place and confidence of every line of print: the
    probability that the models give its text. A file that cannot be read is told on stderr; the
    rest goes on, and the exit code is 3.

    Examples:

    - `docextract ocr scan.jpg`
    - `docextract ocr scans/ --format json > pages.jsonl`
    - `docextract ocr scans/ more.pdf --format pdf --out searchable.pdf`
    """
    from docextract.errors import UsageError
    from docextract.ocr import PageReader
    from docextract.writers import PartFile

    if format is Format.PDF and out is None:
        raise UsageError("a PDF does not go to stdout. Name a file: --out FILE.pdf")
    file = PartFile(out, format) if out else None
    unread: list[str] = []
    pieces = _WRITERS[format](_told(PageReader().run(paths), unread))
    if file is None:
        for piece in pieces:
            typer.echo(piece, nl=False)
    else:
        _save(file, pieces)
    raise typer.Exit(_UNREADABLE if unread else 0)


def _told(pages: Iterable[PageText], unread: list[str]) -> Iterator[PageText]:
    """Pass the pages on; tell those that could not be read, and note them in ``unread``."""
    for page in pages:
        if page.failure is not None:
            tell(stderr(), f"failed: {page.failure.reason}")
            unread.append(page.source)
        yield page


def _text(pages: Iterable[PageText]) -> Iterator[bytes]:
    for page in pages:
        if page.failure is None:
            yield f"{page.text}\n\f".encode()


def _json(pages: Iterable[PageText]) -> Iterator[bytes]:
    from docextract.ocr import page_content

    for page in pages:
        written = json.dumps(page_content(page), ensure_ascii=False)
        yield f"{written}\n".encode(errors="replace")  # names of files may be no UTF-8


def _hocr(pages: Iterable[PageText]) -> Iterator[bytes]:
    from docextract.ocr import to_hocr

    yield to_hocr(page for page in pages if page.failure is None).encode(errors="replace")


def _pdf(pages: Iterable[PageText]) -> Iterator[bytes]:
    from docextract.ocr import SearchablePdf

    pdf, count = SearchablePdf(), 0
    for page in pages:
        if page.failure is None:
            pdf.add(page)
            count += 1
    if count == 0:
        tell(stderr(), "no page could be read, so no PDF was written")
        raise typer.Exit(_UNREADABLE)
    yield pdf.save()


_WRITERS: dict[Format, Callable[[Iterable[PageText]], Iterator[bytes]]] = {
    Format.TEXT: _text,
    Format.JSON: _json,
    Format.HOCR: _hocr,
    Format.PDF: _pdf,
}


def _save(file: PartFile, pieces: Iterable[bytes]) -> None:
    complete = False
    try:
        with file.path.open("wb") as stream:
            stream.writelines(pieces)
        complete = True
    finally:
        file.finish(complete=complete)
