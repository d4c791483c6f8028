"""An invented delivery note (送货单) with a table of goods, drawn: the blank form and samples.

``python -m docextract.synth.delivery_note FOLDER --count 3 --seed 1`` writes pictures with their
labels; ``--blank`` writes the references of the ``delivery_note`` template. A note of more goods
than a page holds goes on over further pages (``draw_pages``).
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np

from docextract.fields.amount_cn import to_capital
from docextract.synth._canvas import BLACK, Canvas, Style
from docextract.synth._fonts import Face
from docextract.synth._invoice_form import Label, Ruling, Slot
from docextract.synth._samples import Labels, save_reference, save_samples
from docextract.synth.photo import scanned
from docextract.types import Image

PAGE_U = (2100, 2970)  # a tenth of a millimetre
EDGES_U = (110, 220, 900, 1030, 1220, 1430, 1700, 1990)  # of the columns
HEADINGS = ("序号", "货物名称及规格", "单位", "数量", "单价", "金额", "备注")
FIRST_TOP_U, NEXT_TOP_U, LOWEST_U = 560.0, 400.0, 2540.0  # of the rows: on page 1, on others
_EM, _PITCH_U, _AIR_U = 40.0, 52.0, 26.0
_NAME_CHARS = 16  # of full width, on a line
_RULE_U = 3.0
_REFERENCE_PX = (1050, 1485)
_GOODS = (
    *("六角螺栓 M8×40 镀锌", "内六角圆柱头螺钉", "平垫圈 φ10", "不锈钢弹簧垫圈", "膨胀螺栓"),
    *("复印纸 A4 70g 500张/包", "中性笔 黑色 0.5mm", "档案盒 55mm 蓝色", "透明胶带 45mm×100m"),
    *("硅橡胶密封圈 内径120mm 耐高温", "三相异步电动机 Y90L-4 1.5kW", "轴承 6205-2RS"),
    *("聚氯乙烯绝缘电缆 BVR 4平方毫米 红色 国标", "铜芯护套线 RVV 3×2.5", "断路器 DZ47-63 C32"),
    *("一次性医用外科口罩 独立包装 无菌型 每盒五十只", "洗手液 500ml", "垃圾袋 加厚 60×80cm"),
)
_UNITS = ("个", "只", "包", "箱", "米", "卷", "台", "套", "盒", "支")
_NOTES = ("", "", "", "", "急用", "样品", "补货")
_BUYERS = ("青山机械厂", "东海科技有限公司", "明远贸易有限公司", "和平小学", "新城物业服务有限公司")


@dataclass(frozen=True)
class Goods:
    """One line of the table."""

    name: str
    unit: str
    quantity: Decimal
    price: Decimal
    note: str = ""

    @property
    def amount(self) -> Decimal:
        """What it costs, to the cent."""
        return (self.quantity * self.price).quantize(Decimal("0.01"))

    @property
    def lines(self) -> list[str]:
        """The name as it is printed, over several lines where it is long."""
        lines, room = [""], float(_NAME_CHARS)
        for char in self.name:
            width = 0.5 if char.isascii() else 1.0
            if width > room:
                lines, room = [*lines, ""], float(_NAME_CHARS)
            lines[-1] += char
            room -= width
        return [line.strip() for line in lines]

    @property
    def height_u(self) -> float:
        """The row's height."""
        return len(self.lines) * _PITCH_U + _AIR_U


@dataclass(frozen=True)
class Note:
    """What one delivery note says; without ``ruled`` no lines part its rows."""

    code: str
    day: date
    buyer: str
    goods: tuple[Goods, ...]
    ruled: bool = True

    @property
    def amount(self) -> Decimal:
        """What all goods cost."""
        return sum((goods.amount for goods in self.goods), Decimal(0))

    def labels(self) -> Labels:
        """The values by the template's field names."""
        rows = [
            {
                "name": goods.name,
                "unit": goods.unit,
                "quantity": str(goods.quantity),
                "price": str(goods.price),
                "amount": str(goods.amount),
                "note": goods.note or None,
            }
            for goods in self.goods
        ]
        return {
            "code": self.code,
            "date": self.day.isoformat(),
            "buyer": self.buyer,
            "lines": json.dumps(rows, ensure_ascii=False),
            "amount": str(self.amount),
            "amount_cn": to_capital(self.amount),
        }


def draw_blank() -> Image:
    """Draw the empty form of a first page, 1050 x 1485 px."""
    canvas = _page(2 * _REFERENCE_PX[0])
    _draw_head(canvas, None)
    _draw_heading(canvas, FIRST_TOP_U)
    _draw_foot(canvas, None)
    return canvas.finished(_REFERENCE_PX)


def draw_next_blank() -> Image:
    """Draw the empty form of a page that goes on, 1050 x 1485 px."""
    canvas = _page(2 * _REFERENCE_PX[0])
    _draw_next_head(canvas)
    _draw_heading(canvas, NEXT_TOP_U)
    _draw_foot(canvas, None)
    return canvas.finished(_REFERENCE_PX)


def draw_pages(note: Note, *, width_px: int = 1650) -> Iterator[Image]:
    """Draw a note as flat pages."""
    size = (width_px, round(width_px * PAGE_U[1] / PAGE_U[0]))
    parts = _parted(note.goods)
    number = 0
    for page, goods in enumerate(parts):
        canvas = _page(width_px)
        top = NEXT_TOP_U if page else FIRST_TOP_U
        if page:
            _draw_next_head(canvas)
        else:
            _draw_head(canvas, note)
        _draw_heading(canvas, top)
        bottom = _draw_goods(canvas, goods, top, number, ruled=note.ruled)
        last = page == len(parts) - 1
        if last:
            bottom = _draw_total(canvas, note, bottom, ruled=note.ruled)
        _draw_sides(canvas, top, bottom, ruled=note.ruled)
        _draw_foot(canvas, note if last else None)
        number += len(goods)
        yield canvas.finished(size)


def _parted(goods: Sequence[Goods]) -> list[list[Goods]]:
    """The goods of each page; the last one has room for the total."""
    pages: list[list[Goods]] = [[]]
    room = LOWEST_U - FIRST_TOP_U
    for one in goods:
        if one.height_u + _PITCH_U + _AIR_U > room:
            pages.append([])
            room = LOWEST_U - NEXT_TOP_U
        pages[-1].append(one)
        room -= one.height_u
    return pages


def _page(width_px: int) -> Canvas:
    return Canvas(PAGE_U[0] / PAGE_U[1], width_px, page_u=PAGE_U)


def _write(canvas: Canvas, text: str, slot: Slot, em: float = _EM) -> None:
    canvas.write([(c, Style(Face.SANS if c.isascii() else Face.SONG, em)) for c in text], slot)


def _draw_head(canvas: Canvas, note: Note | None) -> None:
    canvas.label(Label("送货单", 880, 1220, 150), Style(Face.HEI, 96))
    for label, x, y in (("单号：", 1400, 290), ("收货单位：", 120, 290), ("送货日期：", 120, 390)):
        _write(canvas, label, Slot(x, y))
    _write(canvas, "请核对数量后签收，有误请当日联系。", Slot(1000, 390), 34)
    if note is not None:
        _write(canvas, note.code, Slot(1530, 290))
        _write(canvas, note.buyer, Slot(330, 290, widest=900))
        _write(canvas, f"{note.day:%Y}年{note.day:%m}月{note.day:%d}日", Slot(330, 390))


def _draw_next_head(canvas: Canvas) -> None:
    canvas.label(Label("送货单续页", 780, 1320, 150), Style(Face.HEI, 80))
    _write(canvas, "接上页。请核对数量后签收，有误请当日联系。", Slot(120, 250), 34)


def _draw_heading(canvas: Canvas, top: float) -> None:
    above = top - 90
    for left, right, words in zip(EDGES_U, EDGES_U[1:], HEADINGS, strict=False):
        _write(canvas, words, Slot((left + right - _EM * len(words)) / 2, (above + top) / 2))
    for y in (above, top):
        canvas.line(Ruling(EDGES_U[0], y, EDGES_U[-1], y), _RULE_U, BLACK)
    for x in EDGES_U:
        canvas.line(Ruling(x, above, x, top), _RULE_U, BLACK)


def _draw_goods(
    canvas: Canvas, goods: Sequence[Goods], top: float, first: int, *, ruled: bool
) -> float:
    """Draw rows; returns where they end."""
    for number, one in enumerate(goods, first + 1):
        y = top + _AIR_U / 2 + _PITCH_U / 2
        for i, line in enumerate(one.lines):
            _write(canvas, line, Slot(EDGES_U[1] + 14, y + i * _PITCH_U))
        wider = _EM / 2 * max(0, len(str(number)) - 2)  # than two figures: they begin further left
        _write(canvas, str(number), Slot(EDGES_U[0] + 36 - wider, y))
        _write(canvas, one.unit, Slot(EDGES_U[2] + 44, y))
        for edge, value in zip(EDGES_U[4:], (one.quantity, one.price, one.amount), strict=False):
            _write(canvas, str(value), Slot(edge - 14, y, "right"))
        _write(canvas, one.note, Slot(EDGES_U[6] + 20, y))
        top += one.height_u
        if ruled:
            canvas.line(Ruling(EDGES_U[0], top, EDGES_U[-1], top), _RULE_U, BLACK)
    return top


def _draw_total(canvas: Canvas, note: Note, top: float, *, ruled: bool) -> float:
    y, bottom = top + (_PITCH_U + _AIR_U) / 2, top + _PITCH_U + _AIR_U
    canvas.label(Label("合计", EDGES_U[1] + 100, EDGES_U[1] + 300, y), Style(Face.SONG, _EM))
    _write(canvas, str(note.amount), Slot(EDGES_U[6] - 14, y, "right"))
    if ruled:
        canvas.line(Ruling(EDGES_U[0], bottom, EDGES_U[-1], bottom), _RULE_U, BLACK)
    return bottom


def _draw_sides(canvas: Canvas, top: float, bottom: float, *, ruled: bool) -> None:
    for x in EDGES_U if ruled else ():
        canvas.line(Ruling(x, top, x, bottom), _RULE_U, BLACK)


def _draw_foot(canvas: Canvas, note: Note | None) -> None:
    for label, x, y in (
        ("金额大写：", 120, 2620),
        ("小写：", 1450, 2620),
        ("送货人签字：", 120, 2760),
        ("收货人签字：", 1150, 2760),
    ):
        _write(canvas, label, Slot(x, y))
    _write(canvas, "第一联存根第二联客户", Slot(1650, 2880), 34)
    if note is not None:
        _write(canvas, to_capital(note.amount), Slot(330, 2620, widest=1080))
        _write(canvas, f"¥{note.amount}", Slot(1580, 2620, widest=420))


def random_note(rng: random.Random, *, rows: int, ruled: bool = True) -> Note:
    """Invent a delivery note of so many rows."""
    goods = tuple(
        Goods(
            name=rng.choice(_GOODS),
            unit=rng.choice(_UNITS),
            quantity=Decimal(rng.randrange(1, 600)),
            price=Decimal(rng.randrange(10, 60_000)).scaleb(-2),
            note=rng.choice(_NOTES),
        )
        for _ in range(rows)
    )
    return Note(
        code=f"SH{rng.randrange(10**8):08d}",
        day=date(2022, 1, 1) + timedelta(days=rng.randrange(1200)),
        buyer=rng.choice(_BUYERS),
        goods=goods,
        ruled=ruled,
    )


def draw_sample(seed: int) -> tuple[Image, Labels]:
    """Draw a scanned one-page note of 3 to 14 rows; every third one without lines between rows."""
    rng = random.Random(seed)
    note = random_note(rng, rows=rng.randrange(3, 15), ruled=seed % 3 != 0)
    (flat,) = draw_pages(note, width_px=rng.randrange(1500, 1800))
    return scanned(flat, np.random.default_rng(seed)), note.labels()


def main() -> None:
    """Write samples or the references, as the command line asks."""
    parser = argparse.ArgumentParser(description="Drawings for the template delivery_note.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--blank", action="store_true", help="write the references instead")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.blank:
        save_reference(args.folder / "delivery_note.png", draw_blank())
        save_reference(args.folder / "delivery_note-next.png", draw_next_blank())
    else:
        save_samples(
            args.folder,
            "delivery_note",
            draw_sample,
            count=args.count,
            seed=args.seed,
            photographed=False,
        )


if __name__ == "__main__":
    main()
