"""The business licence of China (营业执照), landscape and portrait, drawn: blank and filled.

``python -m docextract.synth.business_license FOLDER --count 4 --seed 1`` writes pictures with
their labels; ``--blank`` writes the references of the ``business_license`` template's layouts.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from docextract.synth._canvas import BLACK, RED, Canvas, Color, Style
from docextract.synth._cards import ripples, scanned, words, wrapped
from docextract.synth._fonts import Face
from docextract.synth._invoice_form import Box, Label, Ruling
from docextract.synth._invoice_values import credit_code
from docextract.synth._people import invented_names, random_person
from docextract.synth._samples import Labels, save_reference, save_samples
from docextract.types import Image

PAGE_U = (1485, 1485)  # a fifth of a millimetre of A4; both printings lie in the upper left corner
_PAPER: Color = (250, 247, 238)
_FRAME: Color = (176, 142, 82)
_WAVES: tuple[Color, ...] = ((242, 236, 220), (240, 232, 214), (244, 240, 228))
_PITCH = 36.0
_WIDE = str.maketrans("(),;", "（），；")  # as printed; values have the plain forms
_TYPES = (
    *("有限责任公司(自然人投资或控股)", "有限责任公司(自然人独资)", "其他有限责任公司"),
    *("有限责任公司(法人独资)", "股份有限公司(非上市)", "有限责任公司"),
)
_CAPITALS = (
    *("伍佰万元整", "壹佰万元整", "叁仟万元整", "伍拾万元整", "贰仟万元整"),
    *("500万元人民币", "1000万元人民币", "3200万元人民币", "人民币200万元整"),
)
_TRADES = (
    *("计算机软硬件的技术开发", "技术咨询", "技术服务", "日用百货销售", "办公用品批发"),
    *("国内贸易代理", "建筑材料销售", "机械设备租赁", "广告设计与制作", "会议及展览服务"),
    *("货物及技术进出口", "仓储服务", "电子产品销售", "企业管理咨询", "园林绿化工程施工"),
)


class _Row(NamedTuple):
    """A label four or more characters wide at ``x``, and its value ``gap`` further right."""

    label: str
    x: float
    y: float
    gap: float = 170.0
    ems: float = 20.0


class _Printing(NamedTuple):
    """One printing: its size, and where its words and values are."""

    size_u: tuple[int, int]
    title: Label
    code_label: tuple[float, float]
    code: tuple[float, float]
    rows: Mapping[str, _Row]
    office: tuple[float, float]
    issued: tuple[float, float]


PRINTINGS: Mapping[str, _Printing] = {
    "landscape": _Printing(
        size_u=(1485, 1050),
        title=Label("营业执照", 540, 945, 175),
        code_label=(125, 215),
        code=(125, 258),
        rows={
            "name": _Row("名称", 125, 370),
            "type": _Row("类型", 125, 430),
            "legal_person": _Row("法定代表人", 125, 490),
            "scope": _Row("经营范围", 125, 550, ems=18),
            "capital": _Row("注册资本", 810, 370, 150),
            "established": _Row("成立日期", 810, 430, 150),
            "term": _Row("营业期限", 810, 490, 150),
            "address": _Row("住所", 810, 550, 150, 15),
        },
        office=(810, 830),
        issued=(1010, 915),
    ),
    "portrait": _Printing(
        size_u=(1050, 1485),
        title=Label("营业执照", 320, 730, 240),
        code_label=(230, 360),
        code=(460, 360),
        rows={
            "name": _Row("名称", 125, 450, 200),
            "type": _Row("类型", 125, 510, 200),
            "address": _Row("住所", 125, 570, 200, 24),
            "legal_person": _Row("法定代表人", 125, 665, 200),
            "capital": _Row("注册资本", 125, 725, 200),
            "established": _Row("成立日期", 125, 785, 200),
            "term": _Row("营业期限", 125, 845, 200),
            "scope": _Row("经营范围", 125, 905, 200, 24),
        },
        office=(480, 1290),
        issued=(560, 1375),
    ),
}


@dataclass(frozen=True)
class LicenseValues:
    """What one licence says; without ``until`` its term is 长期."""

    uscc: str
    name: str
    type: str
    legal_person: str
    capital: str
    established: date
    until: date | None
    address: str
    scope: str
    issued: date

    @property
    def term(self) -> str:
        """The term of business as it is printed."""
        return "长期" if self.until is None else f"{_day(self.established)}至{_day(self.until)}"

    def labels(self) -> Labels:
        """The values by the template's field names."""
        return {
            "uscc": self.uscc,
            "established": self.established.isoformat(),
            "issued": self.issued.isoformat(),
            **{name: text for name, text in self.printed().items() if name != "established"},
        }

    def printed(self) -> dict[str, str]:
        """The texts of the rows, by field."""
        return {
            "name": self.name,
            "type": self.type,
            "legal_person": self.legal_person,
            "capital": self.capital,
            "established": _day(self.established),
            "term": self.term,
            "address": self.address,
            "scope": self.scope,
        }


def draw_blank(printing: str) -> Image:
    """Draw a printing's own print on the template's page, 1485 x 1485 px."""
    return _sheet(PRINTINGS[printing], 2 * PAGE_U[0]).finished(PAGE_U)


def draw_license(values: LicenseValues, printing: str, *, width_px: int = 1485) -> Image:
    """Draw a licence, flat and upright, ``width_px`` wide."""
    form = PRINTINGS[printing]
    side_px = round(width_px * PAGE_U[0] / form.size_u[0])
    canvas = _sheet(form, side_px)
    words(canvas, values.uscc, form.code, 29)
    for field, value in values.printed().items():
        row, text = form.rows[field], value.translate(_WIDE)
        lines = wrapped(text, row.ems) if field in ("address", "scope") else [text]
        for i, line in enumerate(lines):
            words(canvas, line, (row.x + row.gap, row.y + i * _PITCH), 25)
    words(canvas, _day(values.issued), form.issued, 28)
    _draw_seal(canvas, form.issued)
    height_px = round(width_px * form.size_u[1] / form.size_u[0])
    return canvas.finished((side_px, side_px))[:height_px, :width_px]


def _sheet(form: _Printing, side_px: int) -> Canvas:
    canvas = Canvas(1, side_px, page_u=PAGE_U)
    width, height = form.size_u
    canvas.fill(Box(0, 0, width, height), _PAPER)
    ripples(canvas, (width * 0.9, height * 0.9), random.Random(3), _WAVES)
    canvas.fill(Box(width, 0, PAGE_U[0], PAGE_U[1]), (255, 255, 255))
    canvas.fill(Box(0, height, PAGE_U[0], PAGE_U[1]), (255, 255, 255))
    for inset, thick in ((48, 9.0), (64, 2.5)):
        left, top, right, bottom = inset, inset, width - inset, height - inset
        for ruling in (
            *(Ruling(left, top, right, top), Ruling(left, bottom, right, bottom)),
            *(Ruling(left, top, left, bottom), Ruling(right, top, right, bottom)),
        ):
            canvas.line(ruling, thick, _FRAME)
    canvas.label(form.title, Style(Face.KAI, 104, BLACK))
    words(canvas, "统一社会信用代码", form.code_label, 24)
    for row in form.rows.values():
        # Words of two characters are spread over the width of four.
        spread = Label(row.label, row.x + 14, row.x + max(4, len(row.label)) * 28 - 14, row.y)
        canvas.label(spread, Style(Face.KAI, 28, BLACK))
    words(canvas, "登记机关", form.office, 32, face=Face.KAI)
    return canvas


def _draw_seal(canvas: Canvas, issued: tuple[float, float]) -> None:
    """The registry's seal, whose lower rim runs over the date."""
    box = Box(issued[0] + 120, issued[1] - 185, 200, 200)
    canvas.oval(box, 5, RED)
    canvas.arc("某某市市场监督管理局", box.inset(26), (-200, 20), Style(Face.SONG, 20, RED))


def _day(day: date) -> str:
    return f"{day:%Y}年{day:%m}月{day:%d}日"


def random_values(seed: int) -> LicenseValues:
    """Invent a licence; raises MissingExtra without Faker."""
    rng, names = random.Random(seed), invented_names(seed)
    owner = random_person(rng, names)
    established = date(2003, 1, 1) + timedelta(days=rng.randrange(7000))
    years = rng.choice((None, None, 10, 20, 30))
    ends = None
    if years is not None:
        ends = date(established.year + years, established.month, 1) - timedelta(days=1)
    return LicenseValues(
        uscc=credit_code(rng, owner.number[:4]),
        name=names.company(),
        type=rng.choice(_TYPES),
        legal_person=owner.name,
        capital=rng.choice(_CAPITALS),
        established=established,
        until=ends,
        address=owner.address,
        scope=";".join(rng.sample(_TRADES, rng.randrange(2, 6))),
        issued=max(established, date(2016, 1, 1)) + timedelta(days=rng.randrange(1500)),
    )


def draw_sample(seed: int) -> tuple[Image, Labels]:
    """Draw a licence of random values as a scanner sees it; printings take turns in pairs."""
    rng, values = random.Random(seed), random_values(seed)
    printing = tuple(PRINTINGS)[seed // 2 % 2]
    wide = printing == "landscape"
    width_px = rng.randrange(1500, 1801) if wide else rng.randrange(1150, 1351)
    flat = draw_license(values, printing, width_px=width_px)
    return scanned(flat, seed), values.labels()


def main() -> None:
    """Write samples or the references, as the command line asks."""
    parser = argparse.ArgumentParser(description="Drawings for the template business_license.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--blank", action="store_true", help="write the references instead")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.blank:
        for printing in PRINTINGS:
            save_reference(args.folder / f"business_license-{printing}.png", draw_blank(printing))
    else:
        save_samples(args.folder, "business_license", draw_sample, count=args.count, seed=args.seed)


if __name__ == "__main__":
    main()
