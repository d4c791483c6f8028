"""Values as papers print them, and as labels write them."""

from __future__ import annotations

import calendar
import contextlib
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from random import Random

from docextract.errors import InvalidValue
from docextract.fields import FieldType
from docextract.fields.amount_cn import to_capital
from docextract.plain import one_text
from docextract.types import Value

_BEFORE = ("", "", "¥", "$", "€", "£", "RM", "HK$", "-")
_AFTER = ("", "", "元")
_MOST_DECIMALS = 8


def label_of(value: Value | None) -> str | None:
    """A value as ``labels.json`` has it; None says that nothing is printed."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, tuple):
        names = [name for name in value if isinstance(name, str)]
        return ", ".join(names) if names or not value else one_text(value)
    return str(value)


def spelled(value: Value, kind: FieldType, rng: Random) -> str | None:
    """A way to print a value that its field type reads as that value; None when there is none."""
    ways = list(_ways(value))
    rng.shuffle(ways)
    return next(
        (text for text in (*ways, label_of(value) or "") if _reads(kind, text, value)), None
    )


def _reads(kind: FieldType, text: str, value: Value) -> bool:
    try:
        return kind.parse(text) == value
    except InvalidValue:
        return False


def _ways(value: Value) -> Iterator[str]:
    if isinstance(value, dt.date):
        yield from _days(value)
    elif isinstance(value, dt.time):
        yield from (f"{value:%H:%M}", f"{value:%H:%M:%S}")
    elif isinstance(value, Decimal):
        yield from _figures(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from (str(value), f"{value:,}")


def _days(day: dt.date) -> Iterator[str]:
    year, month, number = day.year, f"{day.month:02}", f"{day.day:02}"
    yield f"{year}年{month}月{number}日"
    for mark in "-/.":
        yield mark.join((str(year), month, number))
        yield mark.join((number, month, str(year)))
        yield mark.join((month, number, str(year)))
    yield f"{number} {calendar.month_abbr[day.month]} {year}"


def _figures(value: Decimal) -> Iterator[str]:
    with contextlib.suppress(ValueError, InvalidOperation):  # below 0, or too large
        yield to_capital(value.quantize(Decimal("0.01")))
    percent = value.scaleb(2)
    yield f"{percent.normalize():f}%"
    for decimals in range(_MOST_DECIMALS + 1):
        if round(value, decimals) != value:
            continue
        for figures in (f"{value:.{decimals}f}", f"{value:,.{decimals}f}"):
            yield from (f"{before}{figures}{after}" for before in _BEFORE for after in _AFTER)
