"""People who do not exist: names, addresses and identity numbers that fit together."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from docextract.errors import MissingExtra

if TYPE_CHECKING:
    from faker import Faker

_REGIONS = (
    ("110105", "北京市朝阳区"),
    ("310112", "上海市闵行区"),
    ("320106", "江苏省南京市鼓楼区"),
    ("330106", "浙江省杭州市西湖区"),
    ("370202", "山东省青岛市市南区"),
    ("420106", "湖北省武汉市武昌区"),
    ("440305", "广东省深圳市南山区"),
    ("510107", "四川省成都市武侯区"),
    ("610113", "陕西省西安市雁塔区"),
)
_STREETS = ("建设路", "人民东路", "长江大街", "文化巷", "滨河南路", "青年街", "和平里")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Person:
    """A resident of a region; ``number`` has the birth date, the sex and a valid check digit."""

    name: str
    male: bool
    born: date
    region: str
    address: str
    number: str


def invented_names(seed: int) -> Faker:
    """A source of Chinese names and companies; raises MissingExtra without Faker."""
    try:
        from faker import Faker
    except ImportError:
        raise MissingExtra("inventing people", "synth") from None
    faker = Faker("zh_CN")
    faker.seed_instance(seed)
    return faker


def random_person(rng: random.Random, names: Faker) -> Person:
    """Invent a person born from 1950 to 2004."""
    code, region = rng.choice(_REGIONS)
    male = rng.random() < 0.5
    born = date(1950, 1, 1) + timedelta(days=rng.randrange(20_000))
    serial = rng.randrange(1, 500) * 2 - (1 if male else 2)
    house = f"{rng.randrange(1, 900)}号{rng.randrange(1, 40)}栋{rng.randrange(101, 2900)}室"
    return Person(
        name=names.name_male() if male else names.name_female(),
        male=male,
        born=born,
        region=region,
        address=f"{region}{rng.choice(_STREETS)}{house}",
        number=checked_id(f"{code}{born:%Y%m%d}{serial:03d}"),
    )


def checked_id(body: str) -> str:
    """An identity number's 17 digits with the check digit behind them (ISO 7064, MOD 11-2).

    >>> checked_id("11010519491231002")
    '11010519491231002X'
    """
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]
