"""Times of day."""

from __future__ import annotations

import datetime
import re
from typing import ClassVar, SupportsIndex

from typing_extensions import override

from docextract.errors import InvalidValue
from docextract.fields._base import TYPED_MODEL, Example, FieldType, field_types
from docextract.fields._calendar import TIME_OF_DAY
from docextract.fields._folding import check_form, fold


class ClockTime(datetime.time):
    """A time of day that ``str`` shows as the paper does: without seconds when it has none."""

    _to_the_minute = False

    @classmethod
    def printed(cls, hour: int, minute: int, second: int | None) -> ClockTime:
        """A time whose seconds are printed, or not (None)."""
        clock = cls(hour, minute, second or 0)
        clock._to_the_minute = second is None
        return clock

    @override
    def __str__(self) -> str:
        return self.isoformat("minutes" if self._to_the_minute else "auto")

    @override
    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[object, ...]:
        second = None if self._to_the_minute else self.second
        return ClockTime.printed, (self.hour, self.minute, second)


@field_types.register("time")
class Time(FieldType):
    """A time of day, to the minute or the second, in 24 hours or with AM/PM or 上午/下午.

    Many tills print PM after a 24-hour time ("15:04 PM"); that is accepted, "15:04 AM" is not.
    """

    value_type: ClassVar[type] = datetime.time
    recognizer: ClassVar[str] = TYPED_MODEL
    examples: ClassVar[tuple[Example, ...]] = (
        Example("18:20", datetime.time(18, 20)),
        Example("9:05", datetime.time(9, 5)),
        Example("00:00:00", datetime.time(0, 0)),
        Example("14:05:33", datetime.time(14, 5, 33)),
        Example("０８：１５", datetime.time(8, 15)),
        Example("08:15开", datetime.time(8, 15)),
        Example("6:05 PM", datetime.time(18, 5)),
        Example("12:30 AM", datetime.time(0, 30)),
        Example("12:30pm", datetime.time(12, 30)),
        Example("15:04:10 PM", datetime.time(15, 4, 10)),
        Example("6:05 P.M.", datetime.time(18, 5)),
        Example("上午9:05", datetime.time(9, 5)),
        Example("下午 3:20", datetime.time(15, 20)),
        Example("14时05分", datetime.time(14, 5)),
        Example("9点5分7秒", datetime.time(9, 5, 7)),
        Example("下午2时30分", datetime.time(14, 30)),
    )
    rejects: ClassVar[tuple[str, ...]] = (
        "", "24:00", "12:60", "1205", "12:5", "12:05:61", "15:04 AM", "上午13:00", "12:05XM",
    )  # fmt: skip

    @property
    @override
    def pattern(self) -> str:
        return TIME_OF_DAY

    @override
    def parse(self, text: str) -> datetime.time:
        folded = fold(text, self.ignores)
        check_form(self.pattern, folded, "a time of day")
        numbers = [int(n) for n in re.findall("[0-9]+", folded)]
        hour, minute, second = [*numbers, 0][:3]
        hour = _hour_of_24(hour, re.sub("[^apm上下]", "", folded.lower())[:1])
        return ClockTime.printed(hour, minute, second if len(numbers) > 2 else None)


def _hour_of_24(hour: int, half: str) -> int:
    """The hour of 24 for an ``hour`` in the half of the day that starts with ``half``."""
    if half in ("p", "下"):
        return hour + 12 if hour < 12 else hour
    if half in ("a", "上"):
        if hour > 12:
            raise InvalidValue("meridiem", "the hour is after noon but the text says morning")
        return hour % 12
    return hour
