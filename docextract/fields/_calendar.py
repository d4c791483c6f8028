"""Regular expressions for days and times of day that are shared by several types."""

from __future__ import annotations

import datetime
from typing import NamedTuple

from docextract.errors import InvalidValue

# Leap years are of the patterns, so that a 29th of February is read only where there was one.
YEAR = "(?:19|20)[0-9]{2}"
_FOURTH_YEAR = "(?:0[48]|[2468][048]|[13579][26])"
_LEAP_YEAR = f"(?:(?:19|20){_FOURTH_YEAR}|2000)"
_MONTH_DAY = (
    "(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)"
    "|02(?:0[1-9]|1[0-9]|2[0-8]))"
)
# Eight and six digits; the short form is of the 1900s.
YEAR_MONTH_DAY = f"(?:{YEAR}{_MONTH_DAY}|{_LEAP_YEAR}0229)"
ANY_YEAR_MONTH_DAY = f"{YEAR}(?:{_MONTH_DAY}|0229)"
SHORT_YEAR_MONTH_DAY = f"(?:[0-9]{{2}}{_MONTH_DAY}|{_FOURTH_YEAR}0229)"
CLOCK = "(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
CLOCK_CN = "(?:[01]?[0-9]|2[0-3])[时点][0-5]?[0-9]分(?:[0-5]?[0-9]秒)?"
MERIDIEM = "(?:AM|PM|am|pm|Am|Pm|A\\.M\\.|P\\.M\\.)"
MERIDIEM_CN = "(?:上午|下午)"
# 开: a departure time on a train ticket.
TIME_OF_DAY = (
    f"(?:{CLOCK}(?:{MERIDIEM}|开)?|{MERIDIEM_CN}{CLOCK}|{CLOCK_CN}开?|{MERIDIEM_CN}{CLOCK_CN})"
)


class MonthDays(NamedTuple):
    """Months that have the same days in the same years, as regular expressions.

    ``years`` have four digits, ``short_years`` two, of which 00 is 2000.
    """

    months: str
    days: str
    names: tuple[str, ...]
    years: str = YEAR
    short_years: str = "[0-9]{2}"


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
    MonthDays("0?2", "(?:0?[1-9]|1[0-9]|2[0-8])", ("FEB(?:RUARY)?",)),
    MonthDays("0?2", "29", ("FEB(?:RUARY)?",), _LEAP_YEAR, f"(?:00|{_FOURTH_YEAR})"),
)  # fmt: skip
# The same with a 29th of February in every year, as a person may write it.
ANY_YEAR_MONTHS = tuple(m._replace(years=YEAR, short_years="[0-9]{2}") for m in MONTHS)


def calendar_date(year: int, month: int, day: int) -> datetime.date:
    """The date, or InvalidValue (check ``calendar``) when there is no such day."""
    try:
        return datetime.date(year, month, day)
    except ValueError:
        raise InvalidValue("calendar", "there is no such day; read it again") from None
