"""The Chinese VAT invoice (增值税电子普通发票), drawn: blank forms."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from docextract.synth._fonts import Face, load_font
from docextract.synth._invoice_form import FORMS, PAGE_U, InvoiceForm, Ruling

Color = tuple[int, int, int]
BROWN: Color = (150, 80, 40)
BLACK: Color = (0, 0, 0)
RED: Color = (235, 20, 25)
REFERENCE_PX = (1200, 775)
_OVERSAMPLE = 3


class Canvas:
    """A page drawn in template units at three times the wanted pixels."""

    def __init__(self, form: InvoiceForm, width_px: int) -> None:
        self.size_px = (width_px, round(width_px / form.aspect))
        width, height = (n * _OVERSAMPLE for n in self.size_px)
        self.sx, self.sy = width / PAGE_U[0], height / PAGE_U[1]
        self.image = Image.new("RGB", (width, height), "white")
        self.draw = ImageDraw.Draw(self.image)

    def ruling(self, ruling: Ruling, width: float, color: Color = BROWN) -> None:
        """Draw a straight line of ``width`` template units, square at its ends."""
        x0, y0, x1, y1 = ruling
        half = width / 2
        self.draw.rectangle(
            (
                round((x0 - half) * self.sx),
                round(y0 * self.sy - half * self.sx),
                round((x1 + half) * self.sx) - 1,
                round(y1 * self.sy + half * self.sx) - 1,
            ),
            fill=color,
        )

    def glyph(self, char: str, x: float, y: float, face: Face, em: float, color: Color) -> None:
        """Draw one character with its cell centred at (x, y)."""
        font = load_font(face, round(em * self.sx))
        self.draw.text(
            (x * self.sx, y * self.sy + _baseline(face, em * self.sx)),
            char,
            font=font,
            fill=color,
            anchor="ms",
        )

    def finished(self) -> Image.Image:
        """Return the page at the wanted size."""
        return self.image.resize(self.size_px, Image.Resampling.BOX)


def _baseline(face: Face, em_px: float) -> float:
    """How far below a line's middle its baseline lies: half of the face's 国."""
    _, top, _, bottom = load_font(face, 200).getbbox("国", anchor="ls")
    return -(top + bottom) / 2 / 200 * em_px


def _draw_form(canvas: Canvas, form: InvoiceForm) -> None:
    for ruling in (*form.rulings, *form.underline):
        canvas.ruling(ruling, form.line_width)
    face, em = form.label_face, form.label_em
    for text, x0, x1, y in form.labels:
        step = (x1 - x0) / max(len(text) - 1, 1)
        for i, char in enumerate(text):
            canvas.glyph(char, x0 + i * step, y, face, em, BROWN)


def _draw_title(canvas: Canvas, form: InvoiceForm, province: str) -> None:
    text, x0, x1, y = form.title
    step = (x1 - x0) / (len(text) - 1)
    for i, char in enumerate(province + text, start=-len(province)):
        canvas.glyph(char, x0 + i * step, y, form.label_face, form.title_em, BROWN)


def draw_blank(layout: str) -> Image.Image:
    """Draw the empty form of a layout, 1200 x 775 px, as registration matches it."""
    form = FORMS[layout]
    canvas = Canvas(form, 2 * REFERENCE_PX[0])
    _draw_form(canvas, form)
    _draw_title(canvas, form, "")
    return canvas.image.resize(REFERENCE_PX, Image.Resampling.BOX)


def save_blanks(folder: Path) -> None:
    """Write ``invoice-a.png`` and ``invoice-b.png``, each with a palette of 32 colours."""
    for layout in FORMS:
        small = draw_blank(layout).quantize(32, dither=Image.Dither.NONE)
        small.save(folder / f"invoice-{layout}.png", optimize=True)
