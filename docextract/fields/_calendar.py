"""Regular expressions for days and times of day that are shared by several types."""

from __future__ import annotations

import datetime
from typing import NamedTuple

from docextract.errors import InvalidValue

# Two-digit months by length. The 29th of February passes: leap years are for calendar_date.
MONTH_DAY = (
    "(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)"
    "|02(?:0[1-9]|[12][0-9]))"
)
CLOCK = "(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
CLOCK_CN = "(?:[01]?[0-9]|2[0-3])[时点][0-5]?[0-9]分(?:[0-5]?[0-9]秒)?"
MERIDIEM = "(?:AM|PM|am|pm|Am|Pm|A\\.M\\.|P\\.M\\.)"
MERIDIEM_CN = "(?:上午|下午)"
# 开: a departure time on a train ticket.
TIME_OF_DAY = (
    f"(?:{CLOCK}(?:{MERIDIEM}|开)?|{MERIDIEM_CN}{CLOCK}|{CLOCK_CN}开?|{MERIDIEM_CN}{CLOCK_CN})"
)


class MonthDays(NamedTuple):
    """The months of one length, and the days they have, as regular expressions."""

    months: str
    days: str
    names: tuple[str, ...]


# One- or two-digit months and days, as most papers print them.
MONTHS: tuple[MonthDays, ...] = (
    MonthDays(
        "(?:0?[13578]|1[02])",
        "(?:0?[1-9]|[12][0-9]|3[01])",
        ("JAN(?:UARY)?", "MAR(?:CH)?", "MAY", "JUL(?:Y)?", "AUG(?:UST)?", "OCT(?:OBER)?",
         "DEC(?:EMBER)?"),
    ),
    MonthDays(
        "(?:0?[469]|11)",
        "(?:0?[1-9]|[12][0-9]|30)",
        ("APR(?:IL)?", "JUN(?:E)?", "SEPT?(?:EMBER)?", "NOV(?:EMBER)?"),
    ),
    MonthDays("0?2", "(?:0?[1-9]|[12][0-9])", ("FEB(?:RUARY)?",)),
)  # fmt: skip


def calendar_date(year: int, month: int, day: int) -> datetime.date:
    """The date, or InvalidValue (check ``calendar``) when there is no such day."""
    try:
        return datetime.date(year, month, day)
    except ValueError:
        raise InvalidValue("calendar", "there is no such day; read it again") from None
