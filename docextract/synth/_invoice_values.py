"""What is written on a drawn invoice: values that agree with each other."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from docextract.fields.amount_cn import to_capital

if TYPE_CHECKING:
    from faker import Faker

_CENT = Decimal("0.01")
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_CIPHER_ALPHABET = "0123456789+-*/<>"
_BANKS = ("工商银行", "建设银行", "农业银行", "中国银行", "招商银行", "交通银行")


class Province(NamedTuple):
    """A tax office's region: its name in the title, its full name and GB/T 2260 code."""

    short: str
    full: str
    code: str


class Item(NamedTuple):
    """What was sold, by what unit, at which tax rate; None is exempt from tax."""

    name: str
    unit: str
    rate: Decimal | None


_PROVINCES = (
    Province("北京", "北京市", "1100"),
    Province("上海", "上海市", "3100"),
    Province("江苏", "江苏省", "3200"),
    Province("浙江", "浙江省", "3300"),
    Province("山东", "山东省", "3700"),
    Province("湖北", "湖北省", "4200"),
    Province("广东", "广东省", "4400"),
    Province("重庆", "重庆市", "5000"),
    Province("四川", "四川省", "5100"),
    Province("陕西", "陕西省", "6100"),
)
_ITEMS = (
    Item("*运输服务*客运服务费", "次", Decimal("0.03")),
    Item("*餐饮服务*餐费", "次", Decimal("0.06")),
    Item("*信息技术服务*软件服务费", "项", Decimal("0.06")),
    Item("*印刷品*图书", "册", Decimal("0.09")),
    Item("*纸制品*办公用纸", "箱", Decimal("0.13")),
    Item("*家用电器*电热水壶", "台", Decimal("0.13")),
    Item("*蔬菜*鲜蔬菜", "千克", None),
    Item("*运输服务*公共交通费", "次", None),
)


@dataclass(frozen=True)
class InvoiceValues:
    """All that is written on one invoice; ``tax`` is None when the sale is exempt."""

    province: Province
    code: str
    number: str
    date: date
    check: str
    machine: str
    buyer: str
    buyer_id: str
    seller: str
    seller_id: str
    address: str
    bank: str
    item: Item
    quantity: int
    unit_price: Decimal
    amount: Decimal
    tax: Decimal | None
    payee: str | None
    reviewer: str | None
    drawer: str
    cipher: tuple[str, ...]

    def __post_init__(self) -> None:
        if (self.tax is None) != (self.item.rate is None):
            raise ValueError("InvoiceValues.tax must be None exactly when item.rate is None")

    @property
    def total(self) -> Decimal:
        """Amount and tax together."""
        return self.amount + (self.tax or Decimal(0))

    @property
    def total_cn(self) -> str:
        """The total in capital characters."""
        return to_capital(self.total)

    @property
    def payload(self) -> str:
        """What the QR code says (the State Taxation Administration's eight fields)."""
        parts = (
            *("01", "10", self.code, self.number, f"{self.amount:.2f}"),
            *(f"{self.date:%Y%m%d}", self.check, self.number[-4:]),
        )
        return ",".join(parts) + ","

    def labels(self) -> dict[str, str | None]:
        """The true value of every field of the ``invoice`` template that is a line of text."""
        return {
            "code": self.code,
            "number": self.number,
            "date": self.date.isoformat(),
            "check": self.check,
            "machine": self.machine,
            "buyer": self.buyer,
            "seller": self.seller,
            "seller_id": self.seller_id,
            "amount": f"{self.amount:.2f}",
            "tax": None if self.tax is None else f"{self.tax:.2f}",
            "total": f"{self.total:.2f}",
            "total_cn": self.total_cn,
            "payee": self.payee,
            "reviewer": self.reviewer,
            "drawer": self.drawer,
        }


def random_values(rng: random.Random, faker: Faker) -> InvoiceValues:
    """Invent one invoice; the same states of ``rng`` and ``faker`` give the same one."""
    province, item = rng.choice(_PROVINCES), rng.choice(_ITEMS)
    day = date(2019, 1, 1) + timedelta(days=rng.randrange(5 * 365))
    quantity = rng.choice((1, 1, 1, 2, 3, 10))
    unit_price = Decimal(f"{10 ** rng.uniform(0.7, 4.6):.2f}")
    amount = unit_price * quantity
    company = rng.random() < 0.6
    return InvoiceValues(
        province=province,
        code=f"0{province.code}{day:%y}00{rng.randrange(1, 10)}11",
        number=_digits(rng, 8),
        date=day,
        check=_digits(rng, 20),
        machine=_digits(rng, 12),
        buyer=faker.company() if company else faker.name(),
        buyer_id=credit_code(rng, rng.choice(_PROVINCES).code) if company else "",
        seller=faker.company(),
        seller_id=credit_code(rng, province.code),
        address=f"{province.full}{faker.street_address()}{_digits(rng, 11)}",
        bank=f"{rng.choice(_BANKS)}{province.short}分行{_digits(rng, 16)}",
        item=item,
        quantity=quantity,
        unit_price=unit_price,
        amount=amount,
        tax=None if item.rate is None else (amount * item.rate).quantize(_CENT),
        payee=_person(rng, faker),
        reviewer=_person(rng, faker),
        drawer=faker.name(),
        cipher=tuple("".join(rng.choices(_CIPHER_ALPHABET, k=28)) for _ in range(4)),
    )


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices("0123456789", k=count))


def _person(rng: random.Random, faker: Faker) -> str | None:
    return faker.name() if rng.random() < 0.9 else None


def credit_code(rng: random.Random, region: str) -> str:
    """A company's unified social credit code; ``region`` is the first four digits of GB/T 2260."""
    from stdnum.cn.uscc import calc_check_digit

    body = f"91{region}{_digits(rng, 2)}MA{''.join(rng.choices(_USCC_ALPHABET, k=7))}"
    return body + str(calc_check_digit(body))
