"""Amounts, dates, telephone numbers and other figures as papers mostly print them."""

from __future__ import annotations

import datetime as dt
from random import Random

_BEFORE = ("¥", "¥ ", "RM", "RM ", "$", "$ ", "€", "£", "CNY ", "USD ", "MYR ", "HK$", "S$", "-")
_AFTER = (" SR", " ZR", "元", " S", " Z", " RM", "-")
_FIRST_DAY = dt.date(1950, 1, 1)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LABELS = (
    "TEL:", "TEL : ", "Tel: ", "Tel : ", "FAX: ", "FAX : ", "Fax:", "Phone: ", "HP: ", "H/P: ",
    "T: ", "Tel.", "电话:", "电话: ", "手机:", "传真: ",
)  # fmt: skip


def amount(rng: Random) -> str:
    """An amount with two decimals, small ones more often than large ones."""
    cents = int(10 ** rng.uniform(0, 3 if rng.random() < 0.2 else rng.choice((4.5, 5.5, 8))))
    if rng.random() < 0.3:
        cents -= cents % rng.choice((5, 10, 50, 100, 1000))
    figures = f"{cents / 100:,.2f}" if rng.random() < 0.6 else f"{cents / 100:.2f}"
    draw = rng.random()
    if draw < 0.30:
        return rng.choice(_BEFORE) + figures
    if draw < 0.36:
        return figures + rng.choice(_AFTER)
    if draw < 0.38:
        return f"({figures})"
    return figures


def integer(rng: Random) -> str:
    """A whole number, with or without thousands commas."""
    value = int(10 ** rng.uniform(0, rng.choice((1, 2, 4, 9))))
    return f"{value:,}" if rng.random() < 0.5 else str(value)


def percent(rng: Random) -> str:
    """A rate in per cent."""
    return rng.choice((str(rng.randint(0, 100)), f"{rng.uniform(0, 100):.2f}", "6", "13")) + "%"


def digits(rng: Random) -> str:
    """One to twenty digits; runs of one digit, as in serial numbers, are frequent."""
    text = "".join(rng.choices("0123456789", k=rng.randint(1, 20)))
    if rng.random() < 0.25:
        at, run = rng.randrange(len(text)), rng.choice("0000123456789") * rng.randint(2, 6)
        text = text[:at] + run + text[at:]
    return grouped(text, rng) if rng.random() < 0.1 else text


def grouped(text: str, rng: Random) -> str:
    """The text in groups of three to five with blanks between."""
    size = rng.randint(3, 5)
    return " ".join(text[i : i + size] for i in range(0, len(text), size))


def date(rng: Random) -> str:
    """A day in one of the ways that papers write it, some with the time."""
    day = _FIRST_DAY + dt.timedelta(rng.randrange(36500) if rng.random() < 0.3 else _recent(rng))
    text = _written(day, rng)
    return f"{text} {time(rng)}" if rng.random() < 0.15 else text


def _recent(rng: Random) -> int:
    return rng.randint(21900, 29200)  # 2010 to 2029


def _written(day: dt.date, rng: Random) -> str:
    y, m, d = str(day.year), f"{day.month:02}", f"{day.day:02}"
    if rng.random() < 0.25:
        y = y[2:]
    if rng.random() < 0.15:
        m, d = str(day.month), str(day.day)
    sep = rng.choice("//--. ") if rng.random() < 0.95 else " / "
    draw = rng.random()
    if draw < 0.25:
        gap = " " * (rng.random() < 0.3)
        return f"{day.year}{gap}年{gap}{m}{gap}月{gap}{d}{gap}日"
    if draw < 0.52:
        return sep.join((y, m, d))
    if draw < 0.85:
        return sep.join((d, m, y))
    if draw < 0.92:
        return f"{day.year}{day.month:02}{day.day:02}"
    month = rng.choice((str.upper, str.title))(_MONTHS[day.month - 1])
    return sep.join((d, month, y))


def time(rng: Random) -> str:
    """A time of day."""
    h, m, s = rng.randrange(24), rng.randrange(60), rng.randrange(60)
    text = f"{h:02}:{m:02}" if rng.random() < 0.8 else f"{h}:{m:02}"
    if rng.random() < 0.4:
        text += f":{s:02}"
    return text + rng.choice((" AM", " PM", "AM", "pm")) if rng.random() < 0.15 else text


def phone(rng: Random) -> str:
    """A telephone number of China or elsewhere, some behind their label."""
    draw = rng.random()
    if draw < 0.35:
        number = "1" + rng.choice("3456789") + _some(9, rng)
        number = f"{number[:3]}{_sep(rng)}{number[3:7]}{_sep(rng)}{number[7:]}"
    elif draw < 0.65:
        area = rng.choice(("010", "021", "0" + _some(2, rng), "0" + _some(3, rng)))
        area = f"({area})" if rng.random() < 0.2 else area
        number = area + rng.choice(("-", " ", "")) + _some(rng.choice((7, 8)), rng)
    elif draw < 0.9:
        head = "0" + _some(rng.choice((1, 2)), rng)
        number = head + rng.choice("-- ") + _some(rng.choice((6, 7, 8)), rng)
    else:
        number = "+" + _some(2, rng) + rng.choice("- ") + _some(rng.randint(7, 10), rng)
    return rng.choice(_LABELS) + number if rng.random() < 0.4 else number


def _some(count: int, rng: Random) -> str:
    return "".join(rng.choices("0123456789", k=count))


def _sep(rng: Random) -> str:
    return rng.choice((" ", "-")) if rng.random() < 0.3 else ""


def bank_card(rng: Random) -> str:
    """A card number in groups of four, as it is embossed."""
    text = rng.choice("3456") + _some(rng.choice((15, 15, 18)), rng)
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))
