"""Calendar dates, in the ways papers print them."""

from __future__ import annotations

import datetime
import re
from functools import cache
from typing import ClassVar, Literal, TypeAlias

from pydantic import Field, model_validator
from typing_extensions import override

from docextract.errors import InvalidValue
from docextract.fields._base import TYPED_MODEL, Example, FieldType, field_types
from docextract.fields._calendar import (
    ANY_YEAR_MONTH_DAY,
    ANY_YEAR_MONTHS,
    MONTHS,
    TIME_OF_DAY,
    YEAR,
    YEAR_MONTH_DAY,
    MonthDays,
    calendar_date,
)
from docextract.fields._folding import check_form, fold

Order: TypeAlias = Literal["YMD", "DMY", "MDY"]

_SEPARATORS = ("-", "/", r"\.")
_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_TIME_TAIL = f"(?:T?{TIME_OF_DAY})?"
_BLANK = re.compile(r"\s+")


@field_types.register("date")
class Date(FieldType):
    """A date; a time of day printed after it is dropped.

    ``order`` settles what 10/03/2018 means. A form that starts with a four-digit year is read
    in any order; two-digit years and month names only with DMY and MDY. Two-digit years up to
    ``century_pivot`` are in the 2000s, later ones in the 1900s. A date before ``earliest`` or
    after ``latest`` is refused (check ``range``).
    """

    order: Order = "YMD"
    century_pivot: int = Field(68, ge=0, le=99)
    earliest: datetime.date | None = None
    latest: datetime.date | None = None

    value_type: ClassVar[type] = datetime.date
    recognizer: ClassVar[str] = TYPED_MODEL
    examples: ClassVar[tuple[Example, ...]] = (
        Example("2022年03月10日", datetime.date(2022, 3, 10)),
        Example("2022 年 3 月 1 日", datetime.date(2022, 3, 1)),
        Example("2022-03-10", datetime.date(2022, 3, 10)),
        Example("２０２２－０３－１０", datetime.date(2022, 3, 10)),
        Example("2022/3/10", datetime.date(2022, 3, 10)),
        Example("2022.03.10", datetime.date(2022, 3, 10)),
        Example("20220310", datetime.date(2022, 3, 10)),
        Example("20200229", datetime.date(2020, 2, 29)),
        Example("2019年06月01日 08:15开", datetime.date(2019, 6, 1)),
        Example("2022-03-10 14:05:33", datetime.date(2022, 3, 10)),
        Example("10/03/2022", datetime.date(2022, 3, 10), {"order": "DMY"}),
        Example("10/03/2022", datetime.date(2022, 10, 3), {"order": "MDY"}),
        Example("10-03-18", datetime.date(2018, 3, 10), {"order": "DMY"}),
        Example("10.3.2018", datetime.date(2018, 3, 10), {"order": "DMY"}),
        Example("31-12-98", datetime.date(1998, 12, 31), {"order": "DMY"}),
        Example("31-12-30", datetime.date(1930, 12, 31), {"order": "DMY", "century_pivot": 29}),
        Example("12/31/17", datetime.date(2017, 12, 31), {"order": "MDY"}),
        Example("2018-03-10", datetime.date(2018, 3, 10), {"order": "DMY"}),
        Example("10 MAR 2018", datetime.date(2018, 3, 10), {"order": "DMY"}),
        Example("10-Mar-18", datetime.date(2018, 3, 10), {"order": "DMY"}),
        Example("10MAR2018", datetime.date(2018, 3, 10), {"order": "DMY"}),
        Example("1 September 2018", datetime.date(2018, 9, 1), {"order": "DMY"}),
        Example("MAR 10, 2018", datetime.date(2018, 3, 10), {"order": "MDY"}),
        Example("Sept 10 2018", datetime.date(2018, 9, 10), {"order": "DMY"}),
        Example("29/12/2017 14:05:33", datetime.date(2017, 12, 29), {"order": "DMY"}),
        Example("10/3/2018 6:05 PM", datetime.date(2018, 3, 10), {"order": "DMY"}),
        Example("10-03-18 6:05 PM", datetime.date(2018, 3, 10), {"order": "DMY"}),
        Example("1-1-20 20:15:05", datetime.date(2020, 1, 1), {"order": "DMY"}),
        Example("2022-03-10", datetime.date(2022, 3, 10), {"earliest": "2022-03-10"}),
        Example("2022-03-10", datetime.date(2022, 3, 10), {"latest": datetime.date(2022, 3, 10)}),
    )
    rejects: ClassVar[tuple[str, ...]] = (
        "", "2022-13-10", "2022-02-30", "2021-02-29", "2022-04-31", "2022-00-10", "2022-03-00",
        "2022-03/10", "2022年03月10", "10/03/2022", "22-03-10", "10 MAR 2018", "20220431",
        "1822-03-10", "2022-03-10 25:00",
    )  # fmt: skip

    @model_validator(mode="after")
    def _limits_in_order(self) -> Date:
        if self.earliest and self.latest and self.earliest > self.latest:
            raise ValueError(f"earliest {self.earliest} is after latest {self.latest}")
        return self

    @property
    @override
    def pattern(self) -> str:
        return _day_pattern(self.order, leap_days_in="leap years") + _TIME_TAIL

    @override
    def parse(self, text: str) -> datetime.date:
        folded = fold(text, self.ignores)
        written = _day_pattern(self.order, leap_days_in="all years") + _TIME_TAIL
        check_form(written, folded, f"a date in {self.order} order")
        value = calendar_date(*self._year_month_day(_without_time(text, self.ignores, self.order)))
        if value < (self.earliest or value) or value > (self.latest or value):
            raise InvalidValue("range", "the date is before earliest or after latest")
        return value

    def _year_month_day(self, printed: str) -> tuple[int, int, int]:
        if printed.isdigit():
            return int(printed[:4]), int(printed[4:6]), int(printed[6:])
        if re.match(f"{YEAR}[-/.年]", printed):
            year, month, day = (int(n) for n in re.findall("[0-9]+", printed))
            return year, month, day
        return self._short_forms(printed)

    def _short_forms(self, printed: str) -> tuple[int, int, int]:
        name = re.search("[A-Z]+", printed.upper())
        if name is None:
            first, second, year = (int(n) for n in re.findall("[0-9]+", printed))
            day, month = (first, second) if self.order == "DMY" else (second, first)
            return self._full_year(year), month, day
        month = _MONTH_NAMES.index(name.group()[:3]) + 1
        numbers = re.findall("[0-9]+", printed)
        if len(numbers) == 1:  # "MAR102018": the blank between day and year is gone
            numbers = [numbers[0][:-4], numbers[0][-4:]]
        return self._full_year(int(numbers[1])), month, int(numbers[0])

    def _full_year(self, year: int) -> int:
        if year >= 100:
            return year
        return year + (2000 if year <= self.century_pivot else 1900)


@cache
def _day_pattern(order: Order, *, leap_days_in: Literal["leap years", "all years"]) -> str:
    """All printed forms of a day, without a time behind it."""
    real = leap_days_in == "leap years"
    forms = [YEAR_MONTH_DAY if real else ANY_YEAR_MONTH_DAY]
    for month in MONTHS if real else ANY_YEAR_MONTHS:
        forms += _year_first(month)
        if order != "YMD":
            forms += [*_year_last(month, order), *_named(month)]
    return f"(?:{'|'.join(forms)})"


def _year_first(month: MonthDays) -> list[str]:
    forms = [f"{month.years}{sep}{month.months}{sep}{month.days}" for sep in _SEPARATORS]
    return [*forms, f"{month.years}年{month.months}月{month.days}日"]


def _year_last(month: MonthDays, order: Order) -> list[str]:
    first, second = month.days, month.months
    if order == "MDY":
        first, second = second, first
    return [f"{first}{sep}{second}{sep}{_any_year(month)}" for sep in _SEPARATORS]


def _named(month: MonthDays) -> list[str]:
    name = f"(?:{'|'.join(_any_case(n) for n in month.names)})"
    forms = [f"{month.days}{sep}{name}{sep}{_any_year(month)}" for sep in ("", "-", "/")]
    # Without the comma a day and a two-digit year would run together.
    return [*forms, f"{name}\\.?{month.days}(?:,{_any_year(month)}|{month.years})"]


def _any_year(month: MonthDays) -> str:
    return f"(?:{month.years}|{month.short_years})"


def _any_case(name: str) -> str:
    return re.sub("[A-Z]", lambda m: f"[{m.group()}{m.group().lower()}]", name)


def _without_time(text: str, ignores: str, order: Order) -> str:
    """Fold ``text`` and cut the time of day off.

    Without its blank "2018/3/1 14:05" could end after 1 or after 11. The cut is at a printed
    blank if there is one; else day and month are padded alike, and the hour has two digits.
    """
    folded, day = fold(text, ignores), re.compile(_day_pattern(order, leap_days_in="all years"))
    cuts = [
        end
        for end in range(1, len(folded) + 1)
        if day.fullmatch(folded[:end]) and re.fullmatch(_TIME_TAIL, folded[end:])
    ]
    blanks = {len(fold(text[: blank.start()], ignores)) for blank in _BLANK.finditer(text)}

    def oddity(end: int) -> tuple[bool, bool, bool]:
        last_two = [n for n in re.findall("[0-9]+", folded[:end])[-2:] if int(n) < 10]
        uneven = len({len(n) for n in last_two}) > 1
        return end not in blanks, uneven, folded[end + 1 : end + 2] == ":"

    return folded[: min(cuts, key=oddity)]
