"""The paper VAT invoice for deductions (增值税专用发票), drawn: the blank form and filled samples.

``python -m docextract.synth.invoice_special FOLDER --count 3 --seed 1`` writes pictures with their
labels; ``--blank`` writes the reference of the ``invoice_special`` template.
"""

from __future__ import annotations

import random
from dataclasses import replace

from docextract.synth._canvas import Canvas
from docextract.synth._cards import scanned
from docextract.synth._fonts import Face
from docextract.synth._invoice_form import FORM_A, InvoiceForm, Label, Slot
from docextract.synth._invoice_values import InvoiceValues, random_values
from docextract.synth._people import invented_names
from docextract.synth._samples import Labels, sample_command
from docextract.synth.invoice import (
    REFERENCE_PX,
    draw_form,
    draw_seller_seal,
    draw_title,
    draw_title_seal,
    draw_values,
)
from docextract.types import Image

_TABLE_Y = 300  # above stand the title, numbers and the date, which are this form's own
_ELECTRONIC = ("code", "number", "date", "check", "machine")

FORM: InvoiceForm = replace(
    FORM_A,
    title=Label("增值税专用发票", 1026, 1530, 126),
    labels=(
        *(label for label in FORM_A.labels if label.y > _TABLE_Y),
        Label("No", 1752, 1790, 122),
        Label("开票日期", 1719, 1824.5, 262),
        Label(":", 1845, 1845, 262),
    ),
    slots={
        **{name: slot for name, slot in FORM_A.slots.items() if name not in _ELECTRONIC},
        "code": Slot(250, 122, em=64, face=Face.SANS),
        "number": Slot(1840, 122, em=66, face=Face.SANS),
        "date": Slot(1866, 262),
    },
)


def draw_blank() -> Image:
    """Draw the empty form, 1200 x 775 px."""
    canvas = Canvas(FORM.aspect, 2 * REFERENCE_PX[0])
    draw_form(canvas, FORM)
    draw_title(canvas, FORM, "")
    return canvas.finished(REFERENCE_PX)


def draw_invoice(values: InvoiceValues, *, sealed: bool, width_px: int = 1694) -> Image:
    """Draw a filled invoice as a flat page, with or without the seller's seal."""
    canvas = Canvas(FORM.aspect, width_px)
    draw_form(canvas, FORM)
    draw_title(canvas, FORM, values.province.short)
    draw_values(canvas, FORM, values)
    draw_title_seal(canvas, FORM.title_seal, values.province.full)
    if sealed:
        draw_seller_seal(canvas, FORM.seller_seal, values)
    return canvas.finished((width_px, round(width_px / FORM.aspect)))


def labels(values: InvoiceValues, *, sealed: bool) -> Labels:
    """The values by the template's field names."""
    own = (
        "code",
        "number",
        "buyer",
        "buyer_id",
        "seller",
        "seller_id",
        "payee",
        "reviewer",
        "drawer",
    )
    return {
        **{name: getattr(values, name) for name in own},
        "date": values.date.isoformat(),
        "amount": f"{values.amount:.2f}",
        "tax": f"{values.tax:.2f}",
        "total": f"{values.total:.2f}",
        "total_cn": values.total_cn,
        "seal": "true" if sealed else "false",
    }


def invented(seed: int) -> InvoiceValues:
    """Invent an invoice between companies, with tax; raises MissingExtra without Faker."""
    rng, names = random.Random(seed), invented_names(seed)
    while True:
        values = random_values(rng, names)
        if values.tax is not None and values.buyer_id:
            break
    code = f"{values.province.code}{values.date:%y}{rng.randrange(1, 10)}130"
    return replace(values, code=code)


def draw_sample(seed: int) -> tuple[Image, Labels]:
    """Draw an invoice of random values as a scanner sees it, 1080 to 1240 px wide."""
    values, rng = invented(seed), random.Random(seed)
    sealed = rng.random() < 0.7
    flat = draw_invoice(values, sealed=sealed, width_px=rng.randrange(1080, 1241))
    return scanned(flat, seed), labels(values, sealed=sealed)


def main() -> None:
    """Write samples or the reference, as the command line asks."""
    sample_command("invoice_special", draw_blank, draw_sample)


if __name__ == "__main__":
    main()
