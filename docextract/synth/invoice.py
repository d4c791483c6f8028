"""The Chinese VAT invoice (增值税电子普通发票), drawn: blank forms and filled samples.

``python -m docextract.synth.invoice FOLDER --count 6 --seed 1`` writes pictures with their
labels; ``--blank`` writes the references of the ``invoice`` template's layouts.
"""

from __future__ import annotations

import argparse
import json
import random
from decimal import Decimal
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pil

from docextract.errors import MissingExtra
from docextract.synth._canvas import BLACK, BROWN, RED, Canvas, Style
from docextract.synth._codes import code_modules
from docextract.synth._fonts import Face
from docextract.synth._invoice_form import FORMS, Box, InvoiceForm, Label, Slot
from docextract.synth._invoice_values import InvoiceValues, random_values
from docextract.synth.photo import photograph
from docextract.types import Image

__all__ = ["InvoiceValues", "draw_blank", "draw_invoice", "random_values", "save_blanks"]

REFERENCE_PX = (1200, 775)


def draw_blank(layout: str) -> Image:
    """Draw the empty form of a layout, 1200 x 775 px, as registration matches it."""
    form = FORMS[layout]
    canvas = Canvas(form.aspect, 2 * REFERENCE_PX[0])
    draw_form(canvas, form)
    draw_title(canvas, form, "")
    return canvas.finished(REFERENCE_PX)


def draw_invoice(layout: str, values: InvoiceValues, *, width_px: int = 1694) -> Image:
    """Draw a filled invoice as a flat page of ``width_px``; the layout gives its height."""
    form = FORMS[layout]
    canvas = Canvas(form.aspect, width_px)
    draw_form(canvas, form)
    draw_title(canvas, form, values.province.short)
    draw_values(canvas, form, values)
    _draw_qr(canvas, form.qr, values.payload)
    draw_title_seal(canvas, form.title_seal, values.province.full)
    draw_seller_seal(canvas, form.seller_seal, values)
    return canvas.finished((width_px, round(width_px / form.aspect)))


def draw_form(canvas: Canvas, form: InvoiceForm) -> None:
    """Draw a printing's rulings and labels."""
    for ruling in (*form.rulings, *form.underline):
        canvas.line(ruling, form.line_width, BROWN)
    for label in form.labels:
        canvas.label(label, Style(form.label_face, form.label_em, BROWN))


def draw_title(canvas: Canvas, form: InvoiceForm, province: str) -> None:
    """Draw the title, which begins with the province."""
    text, x0, x1, y = form.title
    left = x0 - len(province) * (x1 - x0) / (len(text) - 1)
    style = Style(form.label_face, form.title_em, BROWN)
    canvas.label(Label(province + text, left, x1, y), style)


def draw_values(canvas: Canvas, form: InvoiceForm, values: InvoiceValues) -> None:
    """Write the values that the printing has slots for, and the cipher."""
    for name, text in _written(form, values).items():
        if name in form.slots:
            _write(canvas, form, form.slots[name], text)
    for place, line in zip(form.cipher, values.cipher, strict=True):
        canvas.label(place._replace(text=line), Style(form.cipher_face, form.cipher_em))
    x, y, radius = form.circled_times
    canvas.circled_times(x, y, radius, BLACK)


def _written(form: InvoiceForm, values: InvoiceValues) -> dict[str, str]:
    """The text of every slot, as the form prints it."""
    exempt = values.tax is None
    check = values.check
    return {
        "code": values.code,
        "number": values.number,
        "date": f"{values.date:%Y}年{values.date:%m}月{values.date:%d}日",
        "check": " ".join(check[i : i + 5] for i in range(0, len(check), 5)),
        "machine": values.machine,
        "buyer": values.buyer,
        "buyer_id": values.buyer_id,
        "seller": values.seller,
        "seller_id": values.seller_id,
        "address": values.address,
        "bank": values.bank,
        "item": values.item.name,
        "unit": values.item.unit,
        "quantity": str(values.quantity),
        "unit_price": f"{values.unit_price:.2f}",
        "item_amount": f"{values.amount:.2f}",
        "rate": _rate(values.item.rate),
        "item_tax": "***" if exempt else f"{values.tax:.2f}",
        "amount": f"{form.yen}{values.amount:.2f}",
        "tax": "***" if exempt else f"{form.yen}{values.tax:.2f}",
        "total_cn": values.total_cn,
        "total": f"{form.total_yen}{values.total:.2f}",
        "payee": values.payee or "",
        "reviewer": values.reviewer or "",
        "drawer": values.drawer,
    }


def _rate(rate: Decimal | None) -> str:
    return "免税" if rate is None else f"{rate:.0%}"


def _write(canvas: Canvas, form: InvoiceForm, slot: Slot, text: str) -> None:
    digits = Style(slot.face or form.digit_face, slot.em or form.digit_em)
    words = Style(Face.SONG, slot.em or form.text_em)
    canvas.write([(c, digits if c.isascii() or c == "¥" else words) for c in text], slot)


def _draw_qr(canvas: Canvas, box: Box, payload: str) -> None:
    canvas.picture(code_modules(payload), box)


def draw_title_seal(canvas: Canvas, box: Box, province: str) -> None:
    """Draw the tax office's oval seal, which is printed over the title."""
    canvas.oval(box, 9, RED)
    canvas.oval(box.inset(14), 2, RED)
    canvas.arc("全国统一发票监制章", box.inset(38), (-165, -15), Style(Face.KAI, 31, RED))
    x, y = box.centre
    canvas.label(Label("国家税务总局", x - 70, x + 70, y), Style(Face.SONG, 29, RED))
    canvas.arc(f"{province}税务局", box.inset(40), (122, 58), Style(Face.SONG, 27, RED))


def draw_seller_seal(canvas: Canvas, box: Box, values: InvoiceValues) -> None:
    """Draw the seller's seal for invoices."""
    canvas.oval(box, 10, RED)
    canvas.arc(values.seller, box.inset(38), (-187, 7), Style(Face.SONG, 43, RED))
    x, y = box.centre
    number = Label(values.seller_id, x - 132, x + 132, y + 2)
    canvas.label(number, Style(Face.SANS, 29, RED))
    canvas.label(Label("发票专用章", x - 94, x + 94, y + 58), Style(Face.SONG, 46, RED))


def save_blanks(folder: Path) -> None:
    """Write ``invoice-a.png`` and ``invoice-b.png``, each with a palette of 32 colours."""
    for layout in FORMS:
        rgb = cv2.cvtColor(draw_blank(layout), cv2.COLOR_BGR2RGB)
        small = Pil.fromarray(rgb).quantize(32, dither=Pil.Dither.NONE)
        small.save(folder / f"invoice-{layout}.png", optimize=True)


def save_samples(folder: Path, *, count: int, seed: int, layout: str | None = None) -> None:
    """Write ``count`` filled invoices and ``labels.json``.

    Without a ``layout`` every third one is a ``b``; one in four is a photograph.
    Raises MissingExtra without Faker.
    """
    pages: dict[str, dict[str, str | None]] = {}
    for i in range(count):
        chosen = layout or ("b" if i % 3 == 2 else "a")
        image, values = draw_sample(chosen, seed=seed * 1000 + i, photo=i % 4 == 1)
        name = f"{i + 1:02d}-{chosen}.jpg"
        cv2.imwrite(str(folder / name), image, [cv2.IMWRITE_JPEG_QUALITY, 72])
        pages[name] = values.labels()
    text = json.dumps({"template": "invoice", "pages": pages}, ensure_ascii=False, indent=1)
    (folder / "labels.json").write_text(text + "\n", encoding="utf-8")


def draw_sample(layout: str, *, seed: int, photo: bool = False) -> tuple[Image, InvoiceValues]:
    """Draw an invoice of random values, 1130 to 1700 px wide; raises MissingExtra without Faker."""
    try:
        from faker import Faker
    except ImportError:
        raise MissingExtra("inventing invoices", "test") from None
    faker = Faker("zh_CN")
    faker.seed_instance(seed)
    rng = random.Random(seed)
    values = random_values(rng, faker)
    image = draw_invoice(layout, values, width_px=rng.randrange(1130, 1701))
    if photo:
        image, _ = photograph(image, np.random.default_rng(seed))
    return image, values


def main() -> None:
    """Write samples or blank forms, as the command line asks."""
    parser = argparse.ArgumentParser(prog="python -m docextract.synth.invoice")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--layout", choices=sorted(FORMS))
    parser.add_argument("--blank", action="store_true", help="write the two references instead")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.blank:
        save_blanks(args.folder)
    else:
        save_samples(args.folder, count=args.count, seed=args.seed, layout=args.layout)


if __name__ == "__main__":
    main()
