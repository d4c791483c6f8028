"""The Chinese railway ticket on blue magnetic stock, drawn: the blank form and filled samples.

``python -m docextract.synth.ticket FOLDER --count 3 --seed 1`` writes pictures with their labels;
``--blank`` writes the reference of the ``train_ticket`` template.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, time, timedelta

import numpy as np

from docextract.resources import resource_dir
from docextract.synth._canvas import BLACK, Canvas, Style
from docextract.synth._fonts import Face
from docextract.synth._invoice_form import Box, Label, Slot
from docextract.synth._samples import Labels, sample_command
from docextract.types import Image

PAGE_U = (860, 530)  # tenths of a millimetre
_PAPER, _BAND, _NUMBER = (203, 226, 236), (146, 200, 222), (214, 70, 96)
_HINTS = (
    ("买票请到12306 发货请到95306", "中国铁路祝您旅途愉快"),
    ("报销凭证 遗失不补", "退票改签时须交回车站"),
)
_GRADES = ("二等座", "一等座", "商务座", "硬座", "新空调硬座")
_HINT_U = 28.0
_LARGE_U = 40.0  # units such as 年 are small beside figures of this em
_PRINT_U = 34.0  # em of most print


@dataclass(frozen=True)
class TicketValues:
    """What one ticket says; ``drift_u`` is by how much its black print lies off the paper."""

    ticket_num: str
    train_num: str
    start: str
    end: str
    date: date
    time: time
    coach: int
    seat: str
    price: str
    grade: str
    id_masked: str
    serial: str
    name: str
    hints: tuple[str, str]
    drift_u: tuple[float, float] = (0.0, 0.0)

    def labels(self) -> Labels:
        """The values by the template's field names."""
        return {
            "ticket_num": self.ticket_num,
            "train_num": self.train_num,
            "from": self.start,
            "to": self.end,
            "date": self.date.isoformat(),
            "time": f"{self.time:%H:%M}",
            "coach": str(self.coach),
            "seat": self.seat,
            "price": self.price,
            "grade": self.grade,
            "id_masked": self.id_masked,
            "serial": self.serial,
        }


def draw_blank() -> Image:
    """Draw the paper and the words that are on every ticket."""
    canvas = _paper(2 * PAGE_U[0])
    _hints(canvas, _HINTS[0], (0.0, 0.0))
    return canvas.finished(PAGE_U)


def draw_ticket(values: TicketValues, *, width_px: int = 1200) -> Image:
    """Draw a filled ticket as a flat picture of its paper."""
    canvas = _paper(width_px)
    canvas.write(_styled(values.ticket_num, 36, _NUMBER), Slot(52, 41))
    dx, dy = values.drift_u
    _hints(canvas, values.hints, values.drift_u)
    for name, centre in ((values.start, 165), (values.end, 630)):
        _station(canvas, name, (centre + dx, 98 + dy))
    train = Style(Face.SERIF, 54, BLACK)
    half = 13.5 * len(values.train_num)
    canvas.write([(c, train) for c in values.train_num], Slot(414 - half + dx, 98 + dy))
    canvas.fill(Box(346 + dx, 131 + dy, 140, 3), BLACK)
    for text, x, y, em in _written(values):
        canvas.write(_styled(text, em), Slot(x + dx, y + dy))
    _draw_code(canvas, Box(664 + dx, 330 + dy, 130, 130), values.serial)
    return canvas.finished((width_px, round(width_px * PAGE_U[1] / PAGE_U[0])))


def _paper(width_px: int) -> Canvas:
    canvas = Canvas(PAGE_U[0] / PAGE_U[1], width_px, page_u=PAGE_U, paper=_PAPER)
    canvas.fill(Box(0, 470, PAGE_U[0], 60), _BAND)
    return canvas


def _hints(canvas: Canvas, hints: tuple[str, str], drift_u: tuple[float, float]) -> None:
    """Write the words in the dashed frame, centred."""
    dx, dy = drift_u
    for text, y in zip(hints, (411, 448), strict=True):
        half = _HINT_U / 4 * sum(1 if c.isascii() else 2 for c in text)
        styled = [(c, Style(Face.SONG, _HINT_U, BLACK)) for c in text]
        canvas.write(styled, Slot(334 - half + dx, y + dy))


def _written(values: TicketValues) -> tuple[tuple[str, float, float, float], ...]:
    """The lines of print: text, left end, middle, em."""
    day = f"{values.date:%Y}年{values.date:%m}月{values.date:%d}日"
    seat = values.seat if values.seat == "无座" else f"{values.seat}号"
    centred = 635 - 17 * len(values.grade)
    return (
        (f"{day}{values.time:%H:%M}开", 46, 182, 42),
        (f"{values.coach:02d}车{seat}", 526, 182, 42),
        (f"¥{values.price}元", 49, 228, 42),
        (values.grade, centred, 226, _PRINT_U),
        ("限乘当日当次车", 48, 271, 33),
        (f"{values.id_masked}{values.name}", 49, 361, 35),
        (values.serial, 55, 497, 27),
        (f"{values.start}售", 390, 497, 32),
    )


def _station(canvas: Canvas, name: str, centre: tuple[float, float]) -> None:
    """A name, spread when it is short, and the small 站 behind it."""
    x, y = centre
    step = {2: 115, 3: 75}.get(len(name), 222 / max(len(name), 1))
    half, em = step * (len(name) - 1) / 2, min(52.0, step)
    canvas.label(Label(name, x - half - 20, x + half - 20, y), Style(Face.SONG, em, BLACK))
    end = x + max(half, 75) + 35
    canvas.label(Label("站", end, end, y + 6), Style(Face.SONG, 36, BLACK))


def _styled(text: str, em: float, color: tuple[int, int, int] = BLACK) -> list[tuple[str, Style]]:
    """Figures in a sans face, small units, and words."""
    styles = []
    for char in text:
        latin = char.isascii()
        small = char in "年月日开车号元¥"
        face = Face.SANS if latin else Face.SONG
        styles.append((char, Style(face, em * (0.6 if small and em > _LARGE_U else 1.0), color)))
    return styles


def _draw_code(canvas: Canvas, box: Box, text: str) -> None:
    """A square of modules that looks like the ticket's encrypted code and says nothing."""
    rng = np.random.default_rng(sum(map(ord, text)))
    canvas.picture((rng.random((37, 37)) > 0.5).astype(np.uint8) * 255, box)


def random_values(rng: random.Random, *, drift: bool = True) -> TicketValues:
    """Invent a ticket."""
    number = f"{rng.choice('ABCDEFGHJKLMNPRSTUVWXYZ')}{rng.randrange(10**6):06d}"
    stations = [s for s in _entries("railway_stations") if 2 <= len(s) <= 4]
    day = date(2016, 1, 1) + timedelta(days=rng.randrange(1800))
    sold = f"{rng.randrange(10**5):05d}{rng.randrange(10**5):05d}{day:%m%d}"
    seat = "无座" if rng.random() < 0.1 else f"{rng.randrange(1, 20):02d}{rng.choice('ABCDF')}"
    region = f"{rng.choice(('1101', '3101', '4401', '5101'))}{rng.randrange(1, 20):02d}"
    born, ends = rng.randrange(1940, 2010), f"{rng.randrange(1000):03d}"
    return TicketValues(
        ticket_num=rng.choice(("", f"{rng.randrange(1000):03d}")) + number,
        train_num=f"{rng.choice('GDCKTZ')}{rng.randrange(1, 9999)}",
        start=rng.choice(stations),
        end=rng.choice(stations),
        date=day,
        time=time(rng.randrange(5, 24), rng.randrange(60)),
        coach=rng.randrange(1, 17),
        seat=seat,
        price=f"{rng.randrange(9, 999)}.{rng.choice('05')}",
        grade=rng.choice(_GRADES),
        id_masked=f"{region}{born}****{ends}{rng.choice('0123456789X')}",
        serial=f"{sold}{number}",
        name=rng.choice(_entries("surnames")) + rng.choice("明华丽军敏静强磊洋艳"),
        hints=rng.choice(_HINTS),
        drift_u=(rng.uniform(-18, 18), rng.uniform(-10, 10)) if drift else (0.0, 0.0),
    )


def _entries(lexicon: str) -> list[str]:
    lines = (resource_dir("lexicons") / f"{lexicon}.txt").read_text("utf-8").splitlines()
    return [line.split("\t")[0] for line in lines if line and not line.startswith("#")]


def draw_sample(seed: int) -> tuple[Image, Labels]:
    """Draw a ticket of random values, 900 to 1400 px wide."""
    rng = random.Random(seed)
    values = random_values(rng)
    return draw_ticket(values, width_px=rng.randrange(900, 1401)), values.labels()


def main() -> None:
    """Write samples or the reference, as the command line asks."""
    sample_command("train_ticket", draw_blank, draw_sample)


if __name__ == "__main__":
    main()
