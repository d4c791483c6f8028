"""A file, bytes or an array -> its Pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np

from docextract.errors import SourceError
from docextract.sources.document import Document, PageSlot
from docextract.sources.files import open_file, read
from docextract.sources.formats import HEAD_BYTES, Format, is_pdf, picture_format
from docextract.sources.pdf import open_pdf, render_side_px
from docextract.sources.pictures import decode_picture
from docextract.sources.pixels import from_array
from docextract.sources.tiff import open_tiff
from docextract.types import Image, Page

# One input: a file's path, an encoded file, or uint8 pixels (gray, BGR or BGRA).
Source: TypeAlias = str | Path | bytes | Image


def load_pages(
    source: Source, *, page_size_u: tuple[float, float] | None = None, name: str | None = None
) -> Iterator[PageSlot]:
    """Load a source's pages one by one, in order, holding one in memory.

    A damaged page among several comes as a PageSlot with its error, and the rest follows.
    A source that cannot be opened, or whose only page is damaged, raises SourceError when the
    first page is asked for. PDF pages are drawn with their longer side as long in px as that
    of ``page_size_u`` (width, height in template units), within 1200 to 4000, else 2400.
    ``name`` is what pages and errors call the source; the default is its path.
    """
    with _open(source, page_size_u, name) as document:
        if document.count == 1:
            yield PageSlot(1, document.slot(1).unwrap())
            return
        for number in range(1, document.count + 1):
            yield document.slot(number)


def load_page(
    source: Source,
    number: int,
    *,
    page_size_u: tuple[float, float] | None = None,
    name: str | None = None,
) -> Page:
    """Load page ``number``, counting from 1; raises SourceError when it cannot be had."""
    with _open(source, page_size_u, name) as document:
        if not 1 <= number <= document.count:
            raise SourceError(
                document.name, f"has no page {number}. Choose one from 1 to {document.count}"
            )
        return document.slot(number).unwrap()


@contextmanager
def _open(
    source: Source, page_size_u: tuple[float, float] | None, name: str | None
) -> Iterator[Document]:
    if isinstance(source, np.ndarray):
        image = from_array(source, name or "<array>")
        yield Document(name or "<array>", 1, lambda _index, _place: image)
        return
    place = name or ("<bytes>" if isinstance(source, bytes) else str(source))
    with (
        _stream(source, place) as stream,
        _open_document(stream, place, page_size_u) as document,
    ):
        yield document


@contextmanager
def _open_document(
    stream: BinaryIO, place: str, page_size_u: tuple[float, float] | None
) -> Iterator[Document]:
    head = read(stream, place, HEAD_BYTES)
    stream.seek(0)
    kind = picture_format(head)
    if kind is None and is_pdf(head):
        data = read(stream, place, -1)
        with open_pdf(data, place, render_side_px(page_size_u)) as document:
            yield document
    elif kind is None:
        raise SourceError(place, no_picture(head))
    elif kind.name == "TIFF":
        yield open_tiff(stream, kind, place)
    else:
        yield _open_picture(stream, kind, place)


def _open_picture(stream: BinaryIO, kind: Format, name: str) -> Document:
    data = read(stream, name, -1)
    return Document(name, 1, lambda _index, place: decode_picture(data, kind, place))


def _stream(source: str | Path | bytes, place: str) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else open_file(Path(source), place)


def no_picture(head: bytes) -> str:
    """Why a file that starts with ``head`` has no pages, and the cure."""
    if not head:
        return "is empty (0 bytes). Copy or scan it again"
    return "is neither a picture nor a PDF. Give a JPEG, PNG, TIFF, WebP, BMP, HEIC or PDF file"
