"""Make docextract/ocr/glyphless.ttf, the typeface of a searchable PDF's invisible text.

    python scripts/make_glyphless.py

Glyph 1 is an em wide, glyph 2 half an em, and neither shows anything. Needs fontTools.
"""

from __future__ import annotations

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

TARGET = Path(__file__).resolve().parents[1] / "docextract" / "ocr" / "glyphless.ttf"
ASCENT, DESCENT = 800, -200  # of 1000 units an em


def diagonal(width: int) -> Glyph:
    """A glyph without area, there and back along a line, that fills its box all the same.

    PDFium passes over text whose box is flat.
    """
    pen = TTGlyphPen(None)
    pen.moveTo((0, DESCENT))
    pen.lineTo((width, ASCENT))
    pen.closePath()
    return pen.glyph()


def main() -> None:
    """Make the file."""
    font = FontBuilder(1000, isTTF=True)
    widths = {".notdef": 1000, "wide": 1000, "narrow": 500}
    font.setupGlyphOrder([*widths])
    font.setupCharacterMap({0x3000: "wide", 0x20: "narrow"})
    font.setupGlyf({name: diagonal(width) for name, width in widths.items()})
    font.setupHorizontalMetrics({name: (width, 0) for name, width in widths.items()})
    font.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    names = {"familyName": "Glyphless", "styleName": "Regular", "psName": "Glyphless"}
    font.setupNameTable(names)
    font.setupOS2(
        sTypoAscender=ASCENT, sTypoDescender=DESCENT, usWinAscent=ASCENT, usWinDescent=-DESCENT
    )
    font.setupPost()
    font.font.recalcTimestamp = False
    head = font.font["head"]
    head.created = head.modified = 0
    font.save(TARGET)


if __name__ == "__main__":
    main()
