"""Values as forms mostly hold them, by field type: names of people, sums of money, recent days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, TypeAlias

from docextract.errors import InvalidValue, MissingExtra
from docextract.fields import FieldType, type_name
from docextract.fields.date import Date
from docextract.fields.number import Number
from docextract.synth.lines import numbers, words
from docextract.synth.pages.spelling import spelled

if TYPE_CHECKING:
    from faker import Faker

_TRIES = 80
_FIRST_DAY, _LAST_DAY = dt.date(2005, 1, 1), dt.date(2029, 12, 31)
_PLACES = (2, 1, 0, 3, 4, 8)  # decimals, tried until the field takes one


class Person:
    """Who fills forms in: a source of chance and of invented names. Raises MissingExtra."""

    def __init__(self) -> None:
        try:
            from faker import Faker
        except ModuleNotFoundError:
            raise MissingExtra("drawing pages", "synth") from None
        self.names: Faker = Faker("zh_CN")
        self.rng = Random(0)

    def begin(self, seed: str) -> None:
        """Start a form; the same seed gives the same choices."""
        self.rng = Random(seed)
        self.names.seed_instance(self.rng.getrandbits(64))


_Maker: TypeAlias = Callable[[FieldType, Person], str | None]


def natural_text(kind: FieldType, person: Person) -> str | None:
    """A text of the kind that has a value; None for types that nothing more is known of."""
    maker = _MAKERS.get(type_name(kind))
    if maker is None:
        return None
    for _ in range(_TRIES):
        text = maker(kind, person)
        try:
            if text is not None and kind.parse(text) is not None:
                return text
        except InvalidValue:
            continue
    return None


def _amount(kind: FieldType, person: Person) -> str | None:
    """Up to a million, small sums more often."""
    sum_of_money = Decimal(10 ** person.rng.uniform(0.3, person.rng.choice((2.5, 3.5, 6))))
    return _rounded(sum_of_money, kind, person.rng)


def _number(kind: FieldType, person: Person) -> str | None:
    text = _rounded(Decimal(10 ** person.rng.uniform(0, 2.8)), kind, person.rng)
    unit = kind.unit if isinstance(kind, Number) and person.rng.random() < 0.8 else ""
    return None if text is None else text + unit


def _rounded(value: Decimal, kind: FieldType, rng: Random) -> str | None:
    """The number with as many decimals as the field has."""
    texts = (spelled(round(value, places), kind, rng) for places in _PLACES)
    return next((text for text in texts if text is not None), None)


def _date(kind: FieldType, person: Person) -> str | None:
    earliest, latest = _FIRST_DAY, _LAST_DAY
    if isinstance(kind, Date):
        earliest = kind.earliest or min(earliest, kind.latest or earliest)
        latest = kind.latest or max(latest, earliest)
    day = earliest + dt.timedelta(person.rng.randrange((latest - earliest).days + 1))
    return spelled(day, kind, person.rng)


def _text(kind: FieldType, person: Person) -> str:
    del kind
    names, draw = person.names, person.rng.random()
    if draw < 0.4:
        return str(names.address().split(" ")[0])
    return str(names.company() if draw < 0.7 else names.job())


_MAKERS: Mapping[str, _Maker] = {
    "amount": _amount,
    "amount_cn": _amount,
    "number": _number,
    "date": _date,
    "text": _text,
    "integer": lambda _, person: numbers.integer(person.rng),
    "percent": lambda _, person: numbers.percent(person.rng),
    "time": lambda _, person: numbers.time(person.rng),
    "phone": lambda _, person: numbers.phone(person.rng),
    "bank_card": lambda _, person: numbers.bank_card(person.rng),
    "alnum": lambda _, person: words.alnum(person.rng),
    "person": lambda _, person: str(person.names.name()),
    "company": lambda _, person: str(person.names.company()),
}
