"""Chinese papers: labels and names of any characters, seats, masked numbers, figures with units.

Most of the characters are beyond the typed alphabet: a recognizer learns to tell them from those
that it can write.
"""

from __future__ import annotations

import string
from functools import cache
from random import Random

from docextract.errors import MissingExtra
from docextract.synth.lines import numbers

_LABELS = (
    "发票代码", "发票号码", "开票日期", "校验码", "机器编号", "纳税人识别号", "统一社会信用代码",
    "公民身份号码", "身份证号", "姓名", "性别", "出生", "住址", "有效期限", "签发机关",
    "乘车日期", "车次", "票价", "席别", "座位号", "检票口", "车号", "证号", "日期", "上车",
    "下车", "单价", "里程", "等候", "金额", "状态", "合计", "小写", "大写", "价税合计", "税额",
    "税率", "数量", "规格", "单位", "订单号", "流水号", "终端号", "商户号", "卡号", "账号",
    "开户行", "注册资本", "成立日期", "营业期限", "联系电话", "手机", "传真", "邮编", "编号",
    "收款", "找零", "实收", "应收", "优惠", "折扣", "余额", "件数", "重量", "体积", "起始",
    "截止", "客户", "经办人", "复核", "时间",
)  # fmt: skip
_UNITS = (
    "元", "元", "角", "分", "公里", "千米", "米", "平方米", "立方米", "升", "毫升", "克", "公斤",
    "千克", "吨", "个", "件", "台", "箱", "只", "套", "包", "条", "根", "块", "片", "袋", "瓶",
    "盒", "张", "本", "支", "对", "双", "辆", "项", "批", "桶", "卷", "把", "次", "人", "天",
    "月", "年", "小时", "分钟", "度", "元/公里", "元/吨", "元/次", "车次", "号", "页", "份",
    "kWh", "m³", "KM", "km",
)  # fmt: skip
_GRADES = (
    "商务座", "特等座", "优选一等座", "一等座", "二等座", "一等卧", "二等卧", "硬座", "软座",
    "硬卧", "软卧", "高级软卧", "动卧", "高级动卧", "新空调硬座", "新空调硬卧", "新空调软卧",
    "新空调硬座普快", "新空调硬座快速", "新空调硬座特快", "新空调硬卧特快", "硬座代硬卧",
)  # fmt: skip
_CHOICES = ("男", "女", "有", "无", "是", "否", "长期", "不对号入座", "无座", "至长期")


@cache
def _common() -> str:
    """The 3,755 common characters, level 1 of GB 2312."""
    codes = bytes(b for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF) for b in (row, cell))
    return codes.decode("gb2312", "ignore")


@cache
def _names() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Surnames, given names, places."""
    try:
        from faker.providers.address.zh_CN import Provider as Places
        from faker.providers.person.zh_CN import Provider as People
    except ModuleNotFoundError:
        raise MissingExtra("drawing lines", "synth") from None
    places = (*Places.cities, *Places.districts, *(p[0] for p in Places.provinces))
    return tuple(People.last_names), tuple(People.first_names), tuple(map(str, places))


def person(rng: Random) -> str:
    """A name of a person."""
    surnames, given, _ = _names()
    return rng.choice(surnames) + rng.choice(given)


def characters(rng: Random, most: int = 8) -> str:
    """Some characters that say nothing, so that no word is learnt by heart."""
    return "".join(rng.choices(_common(), k=rng.randint(1, most)))


def chinese(rng: Random) -> str:
    """A name, place, label or any characters, some with figures among them."""
    draw = rng.random()
    if draw < 0.25:
        return person(rng)
    if draw < 0.4:
        place = rng.choice(_names()[2])
        return place + rng.choice(("站", "市", "县", "区", "公司", "", ""))
    if draw < 0.55:
        return (
            f"{characters(rng, 4)}{rng.randint(1, 999)}{rng.choice(('号', '室', '号楼', '路', ''))}"
        )
    if draw < 0.7:
        return rng.choice(_LABELS) + rng.choice((":", "：", ""))
    return characters(rng, 12)


def labelled(rng: Random) -> str:
    """A value behind a Chinese label, of known words or any."""
    values = (
        numbers.amount, numbers.date, numbers.digits, numbers.time, numbers.phone, measure, masked,
    )  # fmt: skip
    label = rng.choice(_LABELS) if rng.random() < 0.6 else characters(rng, 6)
    between = rng.choice(("：", "：", ":", ": ", " ", "", ""))
    return label + between + rng.choice(values)(rng)


def measure(rng: Random) -> str:
    """A figure with a unit."""
    value = 10 ** rng.uniform(-0.5, rng.choice((1, 2, 4)))
    figure = str(int(value)) if rng.random() < 0.4 else f"{value:.{rng.randint(1, 3)}f}"
    return figure + rng.choice(("", "", " ")) + rng.choice(_UNITS)


def price(rng: Random) -> str:
    """An amount as tickets, meters and invoices print it: ¥541.5元."""
    value = 10 ** rng.uniform(0, rng.choice((2, 3, 5)))
    figures = f"{value:,.2f}" if rng.random() < 0.5 else f"{value:.{rng.choice((1, 1, 2))}f}"
    before = rng.choice(("¥", "￥", "¥ ", "¥", "", "(小写)¥", "（小写）￥", "RMB"))
    return before + figures + rng.choice(("元", "元", "", "圆", "元整"))


def seat(rng: Random) -> str:
    """A railway ticket's small print: its numbers, coach and seat, grade, or departure."""
    draw = rng.random()
    if draw < 0.2:
        return _ticket_number(rng)
    if draw < 0.45:
        coach = f"{'加' * (rng.random() < 0.05)}{rng.randint(1, 20):02}车"
        row = f"{rng.randint(1, 20):02}{rng.choice('ABCDF')}号"
        berth = f"{rng.randint(1, 20):02}号{rng.choice('上中下')}铺"
        return coach + rng.choice((row, row, berth, f"{rng.randint(1, 118):03}号", "无座"))
    if draw < 0.7:
        return rng.choice(_GRADES)
    if draw < 0.8:
        return rng.choice(_CHOICES)
    day = f"20{rng.randint(8, 30):02}年{rng.randint(1, 12):02}月{rng.randint(1, 28):02}日"
    gap = rng.choice(("", " "))
    return f"{day}{gap}{rng.randrange(24):02}:{rng.randrange(60):02}{rng.choice(('开', '', '分'))}"


def _ticket_number(rng: Random) -> str:
    """A ticket's own number, alone or behind the office, window and day that sold it."""
    figures = "".join(rng.choices("0123456789", k=20))
    behind = rng.choice((figures[:14], figures[:14], figures[:3], ""))
    return f"{behind}{rng.choice(string.ascii_uppercase)}{figures[14:]}"


def masked(rng: Random) -> str:
    """A number with its middle hidden, some with a name behind it."""
    figures = "".join(rng.choices("0123456789", k=20))
    shown = rng.choice(
        (
            f"{figures[:10]}****{figures[10:13]}{rng.choice('0123456789X')}",
            f"{figures[:6]}********{figures[10:14]}",
            f"1{figures[:2]}****{figures[10:14]}",
            f"{figures[:4]} **** **** {figures[10:14]}",
        )
    )
    return shown + rng.choice(("", " ")) + person(rng) if rng.random() < 0.5 else shown
