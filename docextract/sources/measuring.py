"""How many pages a file has and how large they are, before any is decoded."""

from __future__ import annotations

import io
from dataclasses import dataclass

from docextract.errors import SourceError
from docextract.sources.formats import HEAD_BYTES, is_pdf, picture_format
from docextract.sources.loading import no_picture
from docextract.sources.pdf import open_pdf, render_side_px
from docextract.sources.pictures import open_header
from docextract.sources.tiff import open_tiff


@dataclass(frozen=True, slots=True)
class Extent:
    """A file's number of pages, and the pixels of its largest one.

    PDF pages have no pixels of their own: they are drawn as large as a template needs.
    """

    pages: int
    largest_px: int = 0


def measure(data: bytes, *, name: str) -> Extent:
    """Measure an encoded file; raises SourceError for what is no file of pages."""
    head = data[:HEAD_BYTES]
    kind = picture_format(head)
    if kind is None and is_pdf(head):
        with open_pdf(data, name, render_side_px(None)) as document:
            return Extent(document.count)
    if kind is None:
        raise SourceError(name, no_picture(head))
    header = open_header(io.BytesIO(data), kind, name)
    if kind.name != "TIFF":
        return Extent(1, header.width * header.height)
    pages = open_tiff(io.BytesIO(data), kind, name).count
    largest_px = 0
    for index in range(pages):
        try:
            header.seek(index)
        except Exception:  # a damaged frame, which says so when it is read
            break
        largest_px = max(largest_px, header.width * header.height)
    return Extent(pages, largest_px)
