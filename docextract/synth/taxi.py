"""The Shenzhen taxi receipt (深圳市出租汽车专用发票), drawn: the blank roll and filled samples.

``python -m docextract.synth.taxi FOLDER --count 3 --seed 1`` writes pictures with their labels;
``--blank`` writes the reference of the ``taxi_receipt`` template.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from docextract.synth._canvas import BLACK, BROWN, RED, Canvas, Style
from docextract.synth._fonts import Face
from docextract.synth._invoice_form import Box, Label, Slot
from docextract.synth._samples import Labels, sample_command
from docextract.types import Image

PAGE_U = (620, 1660)  # about a tenth of a millimetre
_PAPER, _INK = (226, 224, 220), (44, 40, 92)
_FIRST_ROW_U, _PITCH_U = 852.0, 57.35
_ROWS = (
    *("车号", "证号", "日期", "上车", "下车", "单价", "里程", "等候", "金额"),
    *("另收附加费", "另收电召费", "卡号", "卡余额"),
)
_VALUES_END_U = 560.0
_NEEDLES = 12  # dots an em


@dataclass(frozen=True)
class TaxiValues:
    """What one receipt says; ``drift_u`` is by how much the meter prints too low."""

    code: str
    number: str
    plate: str
    licence: str
    date: date
    on_time: time
    off_time: time
    unit_price: Decimal
    distance_km: Decimal
    wait: time
    amount: Decimal
    company: str
    drift_u: float = 0.0
    number_drift_u: float = 0.0
    ink: tuple[int, int, int] = _INK

    def labels(self) -> Labels:
        """The values by the template's field names."""
        return {
            "code": self.code,
            "number": self.number,
            "plate": self.plate,
            "date": self.date.isoformat(),
            "on_time": f"{self.on_time:%H:%M}",
            "off_time": f"{self.off_time:%H:%M}",
            "unit_price": str(self.unit_price),
            "distance_km": str(self.distance_km),
            "wait": f"{self.wait:%H:%M:%S}",
            "amount": str(self.amount),
        }


def draw_blank() -> Image:
    """Draw the roll's own print."""
    canvas = _roll(2 * PAGE_U[0])
    return canvas.finished(PAGE_U)


def draw_receipt(values: TaxiValues, *, width_px: int = 620) -> Image:
    """Draw a filled receipt as a flat picture."""
    canvas = _roll(width_px)
    _write(canvas, values.code, Slot(236, 374), Style(Face.SERIF, 46, BLACK), 27.5)
    number = Slot(236, 449 + values.number_drift_u)
    _write(canvas, values.number, number, Style(Face.SANS, 56, RED), 40)
    words = Style(Face.SONG, 28, BROWN)
    canvas.write([(c, words) for c in f"单位名称：{values.company}"], Slot(50, 584))
    for row, text in enumerate(_printed(values)):
        y = _FIRST_ROW_U + row * _PITCH_U + values.drift_u
        style = Style(Face.MONO, 44, values.ink)
        canvas.dots(text, Slot(_VALUES_END_U, y), style, rows=_NEEDLES)
    _draw_seal(canvas, Box(310, 1412, 260, 180), values.company, "发票专用章")
    return canvas.finished((width_px, round(width_px * PAGE_U[1] / PAGE_U[0])))


def _roll(width_px: int) -> Canvas:
    canvas = Canvas(PAGE_U[0] / PAGE_U[1], width_px, page_u=PAGE_U, paper=_PAPER)
    canvas.label(Label("深圳市出租汽车专用发票", 76, 549, 142), Style(Face.KAI, 50, BROWN))
    canvas.fill(Box(52, 178, 522, 3), BROWN)
    canvas.label(Label("发票联", 110, 510, 238), Style(Face.KAI, 62, BROWN))
    _draw_seal(canvas, Box(100, 60, 420, 240), "全国统一发票监制章", "国家税务总局")
    canvas.label(Label("发票代码", 74, 202, 374), Style(Face.KAI, 40, BROWN))
    canvas.label(Label("发票号码", 74, 202, 449), Style(Face.KAI, 40, BROWN))
    small = Style(Face.SONG, 30, BROWN)
    canvas.write([(c, small) for c in "投诉电话：12328"], Slot(50, 530, em=30))
    site = "发票信息查询请登录深圳市税务局网站：shenzhen.chinatax.gov.cn"
    fitted = Style(Face.SONG, 24, BROWN)
    canvas.write([(c, fitted) for c in site], Slot(48, 636, widest=528))
    canvas.label(Label("机打发票", 214, 330, 758), Style(Face.SONG, 36, BROWN))
    canvas.label(Label("手写无效", 394, 508, 758), Style(Face.SONG, 36, BROWN))
    for row, text in enumerate(_ROWS):
        words = [(c, Style(Face.SONG, 34, BROWN)) for c in f"{text}："]
        canvas.write(words, Slot(100, _FIRST_ROW_U + row * _PITCH_U))
    return canvas


def _draw_seal(canvas: Canvas, box: Box, around: str, inside: str) -> None:
    canvas.oval(box, 7, RED)
    canvas.arc(around, box.inset(34), (-170, -10), Style(Face.SONG, 26, RED))
    x, y = box.centre
    half = 15 * len(inside)
    canvas.label(Label(inside, x - half, x + half, y + 20), Style(Face.SONG, 26, RED))


def _write(canvas: Canvas, text: str, slot: Slot, style: Style, pitch: float) -> None:
    """Write figures at even distances."""
    first = slot.x + pitch / 2
    canvas.label(Label(text, first, first + pitch * (len(text) - 1), slot.y), style)


def _printed(values: TaxiValues) -> tuple[str, ...]:
    """The lines of the meter's print-out."""
    return (
        values.plate,
        values.licence,
        f"{values.date:%Y}年{values.date:%m}月{values.date:%d}日",
        f"{values.on_time:%H:%M}",
        f"{values.off_time:%H:%M}",
        f"{values.unit_price}元",
        f"{values.distance_km}KM",
        f"{values.wait:%H:%M:%S}",
        f"¥{values.amount}元",
        "¥0.00元",
        "¥0.00元",
    )


def random_values(rng: random.Random, *, drift_u: tuple[float, float] = (-20, 75)) -> TaxiValues:
    """Invent a receipt."""
    start = datetime(2023, 1, 1) + timedelta(minutes=rng.randrange(600_000))
    waited = timedelta(seconds=rng.randrange(1200))
    km = Decimal(rng.randrange(120, 3000)) / 100
    price = Decimal(rng.choice(("2.70", "3.51")))
    fare = (km * price + 10).quantize(Decimal("1"))
    letter = rng.choice(("", "", "D"))
    shade = rng.randrange(0, 60)
    return TaxiValues(
        code=f"1440{rng.randrange(20, 25)}{rng.randrange(10**6):06d}",
        number=f"{rng.randrange(10**8):08d}",
        plate=f"B{letter or rng.choice('ABDF')}{rng.randrange(10**5):05d}"[: 8 if letter else 7],
        licence=f"9000{rng.randrange(10**6):06d}",
        date=start.date(),
        on_time=start.time(),
        off_time=(start + waited + timedelta(minutes=float(km) * 2)).time(),
        unit_price=price,
        distance_km=km.quantize(Decimal("0.01")),
        wait=(datetime.min + waited).time(),
        amount=fare + Decimal(rng.choice(("0.00", "0.50"))),
        company=f"深圳市{rng.choice('安平顺通运达')}{rng.choice('和兴利华')}出租小汽车有限公司",
        drift_u=rng.uniform(*drift_u),
        number_drift_u=rng.uniform(-18, 22),
        ink=(_INK[0] + shade, _INK[1] + shade, _INK[2] + shade),
    )


def draw_sample(seed: int) -> tuple[Image, Labels]:
    """Draw a receipt of random values, 520 to 760 px wide."""
    rng = random.Random(seed)
    values = random_values(rng)
    return draw_receipt(values, width_px=rng.randrange(520, 761)), values.labels()


def main() -> None:
    """Write samples or the reference, as the command line asks."""
    sample_command("taxi_receipt", draw_blank, draw_sample)


if __name__ == "__main__":
    main()
