"""PDF -> one picture a page, drawn by PDFium at the resolution the template needs."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import numpy as np

from docextract.errors import SourceError
from docextract.sources.document import Document
from docextract.sources.pictures import damaged
from docextract.sources.pixels import check_size, to_bgr
from docextract.types import Image

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

PDFIUM = threading.Lock()  # PDFium is not thread-safe, not even between documents
_DEFAULT_SIDE_PX = 2400.0
_SIDE_RANGE_PX = (1200.0, 4000.0)


def render_side_px(page_size_u: tuple[float, float] | None) -> float:
    """How long, in px, to draw a page's longer side: as in the template, within bounds."""
    if page_size_u is None:
        return _DEFAULT_SIDE_PX
    least, most = _SIDE_RANGE_PX
    return min(max(*page_size_u, least), most)


@contextmanager
def open_pdf(data: bytes, name: str, side_px: float) -> Iterator[Document]:
    """Open a PDF file's bytes; raises SourceError when it is damaged, locked or empty."""
    with PDFIUM:
        pdf = _open(data, name)
    try:
        with PDFIUM:
            count = _count_pages(pdf, name)
        yield Document(name, count, lambda index, place: _render(pdf, index, place, side_px))
    finally:
        with PDFIUM:
            pdf.close()


def _open(data: bytes, name: str) -> PdfDocument:
    import pypdfium2.raw as pdfium
    from pypdfium2 import PdfDocument

    # PdfDocument(data) would report a PDF without pages as the last error of an earlier file.
    handle = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if handle:
        return PdfDocument(handle)
    if pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD:
        raise SourceError(name, "is a PDF locked with a password. Save a copy without one")
    raise damaged(name, "PDF", ValueError("PDFium cannot open it"))


def _count_pages(pdf: PdfDocument, name: str) -> int:
    from pypdfium2 import PdfiumError

    count = len(pdf)
    if count == 0:
        raise SourceError(name, "is a PDF without pages. Export it again")
    with suppress(PdfiumError):  # a broken form is no reason to refuse the page under it
        pdf.init_forms()  # without it, what was typed into form fields is not drawn
    return count


def _render(pdf: PdfDocument, index: int, place: str, side_px: float) -> Image:
    with PDFIUM:
        try:
            return _draw(pdf, index, place, side_px)
        except SourceError:
            raise
        except Exception as error:
            raise damaged(place, "PDF", error) from error


def _draw(pdf: PdfDocument, index: int, place: str, side_px: float) -> Image:
    page = pdf[index]
    try:
        width_pt, height_pt = page.get_size()
        scale = side_px / max(width_pt, height_pt)
        check_size(place, math.ceil(width_pt * scale), math.ceil(height_pt * scale))
        bitmap = page.render(scale=scale)
        try:
            return to_bgr(np.array(bitmap.to_numpy()))  # a copy: the bitmap's memory goes
        finally:
            bitmap.close()
    finally:
        page.close()
