"""Searchable PDF: each page's picture, with its text invisible on top of it.

The text is set in a typeface without shapes, whose characters PDFium is told the meaning of
(ISO 32000-1, 9.10.3: ToUnicode). So any script can be searched and copied, and no font is embedded
but one of a few hundred bytes.
"""

from __future__ import annotations

import ctypes
import io
import unicodedata
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from docextract.ocr.page_text import PageText, TextLine
from docextract.sources.pdf import PDFIUM
from docextract.types import Image, Quad

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage
    from pypdfium2.raw import fpdf_font_t

_LONGER_SIDE_PT = 842.0  # of an A4 sheet: pictures seldom say how large their paper is
_JPEG_QUALITY = 85
_WIDE, _NARROW = 1, 2  # glyphs of the typeface: an em, half an em
_DESCENT = 0.2  # of the typeface, in em
_INVISIBLE = 3  # text rendering mode (ISO 32000-1, table 106)


class SearchablePdf:
    """A PDF that is put together page by page, then saved."""

    def __init__(self) -> None:
        from pypdfium2 import PdfDocument

        with PDFIUM:
            self._pdf = PdfDocument.new()

    def add(self, page: PageText) -> None:
        """Add a page that was read, shown upright; raises SourceError when its file has gone."""
        image = page.picture()
        height_px, width_px = image.shape[:2]
        pt_a_px = _LONGER_SIDE_PT / max(height_px, width_px)
        with PDFIUM:
            leaf = self._pdf.new_page(width_px * pt_a_px, height_px * pt_a_px)
            _place_picture(self._pdf, leaf, image)
            _place_text(self._pdf, leaf, page.lines, height_px, pt_a_px)
            leaf.set_rotation(-page.turn % 360)
            leaf.gen_content()
            leaf.close()

    def save(self) -> bytes:
        """The file's bytes; nothing can be added afterwards."""
        written = io.BytesIO()
        with PDFIUM:
            self._pdf.save(written)
            self._pdf.close()
        return written.getvalue()


def _place_picture(pdf: PdfDocument, leaf: PdfPage, image: Image) -> None:
    from pypdfium2 import PdfImage, PdfMatrix

    jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1]
    picture = PdfImage.new(pdf)
    picture.load_jpeg(io.BytesIO(jpeg.tobytes()), inline=True)
    picture.set_matrix(PdfMatrix().scale(*leaf.get_size()))
    leaf.insert_obj(picture)


def _place_text(
    pdf: PdfDocument, leaf: PdfPage, lines: Iterable[TextLine], height_px: int, pt_a_px: float
) -> None:
    import pypdfium2.raw as pdfium

    lines = [line for line in lines if line.text]
    characters = dict.fromkeys(c for line in lines for c in line.text)
    codes = {character: code for code, character in enumerate(characters, start=1)}
    if not codes:
        return
    font = _load_font(pdf, codes)
    for line in lines:
        to_pt = np.array([[pt_a_px, 0], [0, -pt_a_px]])
        quad_pt = line.quad_px @ to_pt + (0, height_px * pt_a_px)
        _set_line(pdf, leaf, font, [codes[c] for c in line.text], _matrix(quad_pt, line.text))
    pdfium.FPDFFont_Close(font)


def _matrix(quad_pt: Quad, text: str) -> list[float]:
    """The matrix (a, b, c, d, e, f) from text of size 1 to a line's quad in pt."""
    ems = sum(1.0 if _is_wide(character) else 0.5 for character in text)
    along, up = (quad_pt[1] - quad_pt[0]) / ems, quad_pt[0] - quad_pt[3]
    start = quad_pt[3] + _DESCENT * up
    return [float(v) for v in (*along, *up, *start)]


def _set_line(
    pdf: PdfDocument, leaf: PdfPage, font: fpdf_font_t, codes: list[int], matrix: list[float]
) -> None:
    import pypdfium2.raw as pdfium

    text = pdfium.FPDFPageObj_CreateTextObj(pdf.raw, font, 1.0)
    pdfium.FPDFText_SetCharcodes(text, (ctypes.c_uint32 * len(codes))(*codes), len(codes))
    pdfium.FPDFTextObj_SetTextRenderMode(text, _INVISIBLE)
    pdfium.FPDFPageObj_SetMatrix(text, pdfium.FS_MATRIX(*matrix))
    pdfium.FPDFPage_InsertObject(leaf.raw, text)


def _load_font(pdf: PdfDocument, codes: dict[str, int]) -> fpdf_font_t:
    import pypdfium2.raw as pdfium

    data = Path(str(files("docextract.ocr") / "glyphless.ttf")).read_bytes()
    glyphs = [0, *(_WIDE if _is_wide(character) else _NARROW for character in codes)]
    to_glyph = b"".join(glyph.to_bytes(2, "big") for glyph in glyphs)
    return pdfium.FPDFText_LoadCidType2Font(
        pdf.raw,
        (ctypes.c_uint8 * len(data)).from_buffer_copy(data),
        len(data),
        _to_unicode(codes).encode("ascii"),
        (ctypes.c_uint8 * len(to_glyph)).from_buffer_copy(to_glyph),
        len(to_glyph),
    )


def _to_unicode(codes: dict[str, int]) -> str:
    """The character map that says which character each code stands for, 100 a section at most."""
    pairs = [
        f"<{code:04x}> <{character.encode('utf-16-be').hex()}>" for character, code in codes.items()
    ]
    sections = (pairs[start : start + 100] for start in range(0, len(pairs), 100))
    return "\n".join(
        (
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            "/CMapName /Adobe-Identity-UCS def",
            "/CMapType 2 def",
            "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange",
            *(f"{len(s)} beginbfchar\n{chr(10).join(s)}\nendbfchar" for s in sections),
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end\nend\n",
        )
    )


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
