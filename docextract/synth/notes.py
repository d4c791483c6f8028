"""Invented papers that no shipped template knows, drawn: to try authoring on.

``python -m docextract.synth.notes FOLDER --kind delivery --count 3 --seed 1`` writes pictures with
their labels. ``delivery`` is a ruled Chinese delivery note, ``parking`` a Chinese parking receipt
and ``hotel`` an English hotel bill, both without ruling lines.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from docextract.synth._canvas import BLACK, Canvas, Style
from docextract.synth._fonts import Face
from docextract.synth._invoice_form import Ruling, Slot
from docextract.synth._samples import Labels, save_samples
from docextract.types import Image

_RULE_U = 2.0


class Text(NamedTuple):
    """Words or a value: its left end and the middle of its line in px of 1000, and its em."""

    text: str
    x: float
    y: float
    em: float = 26


class Paper(NamedTuple):
    """One filled paper: everything printed on it, and what its labels say."""

    size: tuple[int, int]
    form: tuple[Text, ...]
    values: tuple[Text, ...]
    labels: Labels
    rulings: tuple[Ruling, ...] = ()


def draw_note(kind: str, seed: int) -> tuple[Image, Labels]:
    """Draw a paper of random values as a scanner sees it; ``kind`` is one of ``KINDS``."""
    paper = KINDS[kind](random.Random(seed))
    width, height = paper.size
    canvas = Canvas(width / height, width, page_u=paper.size)
    for ruling in paper.rulings:
        canvas.line(ruling, _RULE_U, BLACK)
    for text in (*paper.form, *paper.values):
        styled = [(char, _style(char, text.em)) for char in text.text]
        canvas.write(styled, Slot(text.x, text.y, widest=width - text.x - 10))
    flat = canvas.finished(paper.size)
    grain = np.random.default_rng(seed).normal(0, 2.5, flat.shape)
    soft = cv2.GaussianBlur(flat, (0, 0), 0.6).astype(np.float32) * 0.9 + 20
    return np.clip(soft + grain, 0, 255).astype(np.uint8), paper.labels


def _style(char: str, em: float) -> Style:
    return Style(Face.SANS if char.isascii() else Face.SONG, em)


def _delivery(rng: random.Random) -> Paper:
    day = date(2024, 1, 1) + timedelta(days=rng.randrange(600))
    number = f"SH{rng.randrange(10**8, 10**9)}"
    customer = rng.choice(("海云", "松涛", "远山", "明月")) + rng.choice(
        ("食品有限公司", "机电设备有限公司", "文化传媒有限公司")
    )
    phone = f"139{rng.randrange(10**8):08d}"
    plate = f"粤B{rng.choice('CDEF')}{rng.randrange(10**4):04d}"
    driver = rng.choice("赵钱孙李周") + rng.choice(("文远", "嘉", "清", "安然"))
    weight = f"{rng.randrange(100, 9000) / 10:.1f}"
    boxes = rng.randrange(2, 99)
    total = Decimal(rng.randrange(10_000, 900_000)) / 100
    form = (
        Text("货物送货单", 390, 60, 44),
        Text("单号：", 60, 130),
        Text("送货日期：", 620, 130),
        Text("收货单位", 70, 195),
        Text("联系电话", 620, 195),
        Text("车牌号", 70, 265),
        Text("司机姓名", 620, 265),
        Text("毛重", 70, 335),
        Text("件数", 620, 335),
        Text("合计金额", 70, 405),
        Text("本单一式三联，签收后生效", 60, 480, 22),
    )
    values = (
        Text(number, 150, 130),
        Text(f"{day:%Y-%m-%d}", 760, 130),
        Text(customer, 230, 195),
        Text(phone, 780, 195),
        Text(plate, 230, 265),
        Text(driver, 780, 265),
        Text(f"{weight}KG", 230, 335),
        Text(str(boxes), 780, 335),
        Text(f"¥{total:,.2f}", 230, 405),
    )
    labels: Labels = {
        "number": number,
        "date": day.isoformat(),
        "customer": customer,
        "phone": phone,
        "plate": plate,
        "driver": driver,
        "weight": weight,
        "boxes": str(boxes),
        "total": f"{total:.2f}",
    }
    across = tuple(Ruling(50, y, 1050, y) for y in (160, 230, 300, 370, 440))
    down = tuple(Ruling(x, 160, x, 440) for x in (50, 210, 600, 760, 1050))
    return Paper((1100, 520), form, values, labels, across + down)


def _parking(rng: random.Random) -> Paper:
    start = time(rng.randrange(6, 12), rng.randrange(60))
    end = time(rng.randrange(12, 23), rng.randrange(60))
    day = date(2024, 1, 1) + timedelta(days=rng.randrange(600))
    number = f"{rng.randrange(10**9, 10**10)}"
    plate = f"京N{rng.choice('ABCDE')}{rng.randrange(10**4):04d}"
    paid = Decimal(rng.randrange(5, 90))
    names = ("票号：", "车牌号：", "日期：", "入场时间：", "出场时间：", "实收：")
    texts = (
        number, plate, f"{day:%Y/%m/%d}", f"{start:%H:%M}", f"{end:%H:%M}", f"{paid:.2f}元",
    )  # fmt: skip
    form = (
        Text("城市停车场收费凭据", 120, 60, 40),
        *(Text(name, 70, 150 + 60 * i, 30) for i, name in enumerate(names)),
        Text("如有疑问请咨询岗亭工作人员", 70, 540, 24),
        Text("欢迎再次光临", 210, 590, 28),
    )
    values = tuple(Text(text, 240, 150 + 60 * i, 30) for i, text in enumerate(texts))
    labels: Labels = {
        "number": number,
        "plate": plate,
        "date": day.isoformat(),
        "start": f"{start:%H:%M}",
        "end": f"{end:%H:%M}",
        "paid": f"{paid:.2f}",
    }
    return Paper((600, 640), form, values, labels)


def _hotel(rng: random.Random) -> Paper:
    arrival = date(2024, 1, 1) + timedelta(days=rng.randrange(600))
    nights = rng.randrange(1, 9)
    departure = arrival + timedelta(days=nights)
    invoice = f"HB-{rng.randrange(10**6):06d}"
    guest = (
        rng.choice(("Anna", "Peter", "Maria", "David"))
        + " "
        + rng.choice(("Miller", "Novak", "Berger", "Rossi"))
    )
    room = rng.randrange(101, 999)
    rate = Decimal(rng.randrange(5_000, 30_000)) / 100
    subtotal = rate * nights
    tax = (subtotal * Decimal("0.07")).quantize(Decimal("0.01"))
    names = (
        "Invoice No:", "Guest:", "Room:", "Arrival:", "Departure:", "Nights:", "Rate:",
        "Subtotal:", "Tax:", "Grand Total:",
    )  # fmt: skip
    texts = (
        invoice, guest, str(room), f"{arrival:%d/%m/%Y}", f"{departure:%d/%m/%Y}", str(nights),
        f"€{rate:.2f}", f"€{subtotal:,.2f}", f"€{tax:,.2f}", f"€{subtotal + tax:,.2f}",
    )  # fmt: skip
    form = (
        Text("GRAND HARBOUR HOTEL", 150, 60, 40),
        Text("Statement of account", 150, 115, 28),
        *(Text(name, 90, 190 + 58 * i, 28) for i, name in enumerate(names)),
        Text("Thank you for staying with us", 150, 810, 26),
        Text("Please keep this bill for your records", 150, 860, 24),
    )
    values = tuple(Text(text, 340, 190 + 58 * i, 28) for i, text in enumerate(texts))
    labels: Labels = {
        "invoice": invoice,
        "guest": guest,
        "room": str(room),
        "arrival": arrival.isoformat(),
        "departure": departure.isoformat(),
        "nights": str(nights),
        "rate": f"{rate:.2f}",
        "subtotal": f"{subtotal:.2f}",
        "tax": f"{tax:.2f}",
        "total": f"{subtotal + tax:.2f}",
    }
    return Paper((800, 920), form, values, labels)


KINDS: Mapping[str, Callable[[random.Random], Paper]] = {
    "delivery": _delivery,
    "parking": _parking,
    "hotel": _hotel,
}


def main() -> None:
    """Write samples, as the command line asks."""
    parser = argparse.ArgumentParser(description="Drawings that no shipped template knows.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kind", choices=sorted(KINDS), default="delivery")
    parser.add_argument("--count", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    save_samples(
        args.folder,
        args.kind,
        lambda seed: draw_note(args.kind, seed),
        count=args.count,
        seed=args.seed,
    )


if __name__ == "__main__":
    main()
