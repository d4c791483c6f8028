"""Where the two printings of the invoice form have their rulings, labels and values.

Template units, page 2400 x 1550, origin at the page's top left corner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from docextract.synth._fonts import Face

PAGE_U = (2400, 1550)


class Ruling(NamedTuple):
    """A straight ruling line's centre line."""

    x0: float
    y0: float
    x1: float
    y1: float


class Label(NamedTuple):
    """Printed words; the characters' centres go evenly from ``x0`` to ``x1`` at height ``y``."""

    text: str
    x0: float
    x1: float
    y: float


class Slot(NamedTuple):
    """Where a value is written: ``x`` is its left or right end, ``y`` the line's middle."""

    x: float
    y: float
    align: Literal["left", "right"] = "left"
    em: float | None = None
    face: Face | None = None
    widest: float = 900


class Box(NamedTuple):
    """An upright rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """The middle, (x, y)."""
        return self.x + self.width / 2, self.y + self.height / 2

    def inset(self, by: float) -> Box:
        """The rectangle whose sides lie ``by`` further in."""
        return Box(self.x + by, self.y + by, self.width - 2 * by, self.height - 2 * by)


@dataclass(frozen=True)
class InvoiceForm:
    """One printing: its rulings, labels and slots, and the paper's true width by height."""

    aspect: float
    frame: Box
    rules_y: tuple[float, float, float]  # below buyer, below items, below totals
    columns_x: tuple[float, ...]  # between the item columns, left to right
    party_x: tuple[float, float, float]  # right of 购买方; left and right of 密码区
    seller_x: tuple[float, float, float]  # right of 销售方; left and right of 备注
    title: Label
    underline: tuple[Ruling, Ruling]
    labels: tuple[Label, ...]
    slots: Mapping[str, Slot]
    qr: Box
    circled_times: tuple[float, float, float]  # centre and radius of the mark before 大写
    title_seal: Box
    seller_seal: Box
    title_em: float
    label_em: float
    label_face: Face
    digit_face: Face
    digit_em: float
    text_em: float
    line_width: float
    yen: str  # before 合计's amounts
    total_yen: str  # before the total in figures
    cipher: tuple[Label, ...]  # the lines of 密码区, without their text
    cipher_em: float
    cipher_face: Face

    @property
    def rulings(self) -> tuple[Ruling, ...]:
        """All rulings of the table, without the title's underline."""
        left, top = self.frame.x, self.frame.y
        right, bottom = left + self.frame.width, top + self.frame.height
        buyer, items, totals = self.rules_y
        across = [Ruling(left, y, right, y) for y in (top, *self.rules_y, bottom)]
        sides = [Ruling(x, top, x, bottom) for x in (left, right)]
        first, *others = self.columns_x
        columns = [Ruling(first, buyer, first, totals)]
        columns += [Ruling(x, buyer, x, items) for x in others]
        parties = [Ruling(x, top, x, buyer) for x in self.party_x]
        parties += [Ruling(x, totals, x, bottom) for x in self.seller_x]
        return tuple(across + sides + columns + parties)


def _spread(text: str, xs: tuple[float, ...], y: float) -> tuple[Label, ...]:
    return tuple(Label(c, x, x, y) for c, x in zip(text, xs, strict=True))


def _column(text: str, x: float, ys: tuple[float, ...]) -> tuple[Label, ...]:
    return tuple(Label(c, x, x, y) for c, y in zip(text, ys, strict=True))


FORM_A = InvoiceForm(
    aspect=1694 / 1094,
    frame=Box(85.9, 324.4, 2244.7, 1054.0),
    rules_y=(569.9, 1061.3, 1151.0),
    columns_x=(666.9, 956.2, 1088.4, 1310.4, 1534.7, 1868.0, 1992.0),
    party_x=(174.3, 1369.8, 1421.8),
    seller_x=(174.3, 1369.8, 1421.8),
    title=Label("增值税电子普通发票", 964.5, 1592.6, 126),
    underline=(Ruling(793.5, 200.5, 1615.5, 200.5), Ruling(793.5, 209.6, 1615.5, 209.6)),
    labels=(
        Label("发票代码", 1719, 1824.5, 106),
        Label(":", 1845, 1845, 106),
        Label("发票号码", 1719, 1824.5, 163),
        Label(":", 1845, 1845, 163),
        Label("开票日期", 1719, 1824.5, 218.5),
        Label(":", 1845, 1845, 218.5),
        Label("校验码", 1718, 1821, 277),
        Label(":", 1845, 1845, 277),
        Label("机器编号", 114.5, 220.5, 290),
        Label(":", 241, 241, 290),
        *_column("购买方", 128, (377.5, 441, 506)),
        *_column("密码区", 1393.5, (384, 445.5, 510)),
        *_spread("名称:", (206, 385, 405), 355.5),
        Label("纳税人识别号", 206, 381.5, 412.5),
        Label(":", 405, 405, 412.5),
        *_spread("地址、电话:", (205, 258, 286, 326, 378, 400), 470),
        Label("开户行及账号", 206, 382, 532),
        Label(":", 405, 405, 532),
        Label("货物或应税劳务、服务名称", 184.5, 570, 601),
        Label("规格型号", 763, 871, 601),
        Label("单位", 1008.5, 1042.5, 601),
        Label("数量", 1167.5, 1239, 601),
        Label("单价", 1395.5, 1467, 600),
        Label("金额", 1652, 1724, 601),
        Label("税率", 1915.5, 1951, 601),
        Label("税额", 2109, 2181, 601),
        Label("合计", 304.5, 447, 1035),
        Label("价税合计（大写）", 257, 504, 1104),
        Label("（小写）", 1843.7, 1949.6, 1104),
        *_column("销售方", 128, (1205, 1266.5, 1327)),
        *_column("备注", 1393, (1214, 1318.5)),
        *_spread("名称:", (206, 385, 405), 1182.5),
        Label("纳税人识别号", 206, 381.5, 1233.5),
        Label(":", 405, 405, 1233.5),
        *_spread("地址、电话:", (205, 258, 286, 326, 378, 400), 1286.5),
        Label("开户行及账号", 206, 382, 1342.5),
        Label(":", 405, 405, 1342.5),
        *_spread("收款人:", (138, 190, 242, 268), 1408),
        *_spread("复核:", (793, 846, 868), 1408),
        *_spread("开票人:", (1266, 1320, 1373, 1395), 1408),
        *_spread("销售方:（章）", (1754, 1807, 1862, 1881, 1894, 1951, 1993), 1408),
    ),
    slots={
        "code": Slot(1866, 106),
        "number": Slot(1866, 163),
        "date": Slot(1866, 218.5),
        "check": Slot(1866, 275.5),
        "machine": Slot(270, 290.5),
        "buyer": Slot(434, 356.5),
        "buyer_id": Slot(434, 417),
        "seller": Slot(424, 1184.5),
        "seller_id": Slot(424, 1238),
        "address": Slot(424, 1292, em=25),
        "bank": Slot(424, 1343),
        "amount": Slot(1853, 1034, "right"),
        "tax": Slot(2320, 1034, "right"),
        "total_cn": Slot(724, 1105),
        "total": Slot(1970, 1104.5),
        "payee": Slot(313, 1408),
        "reviewer": Slot(913, 1408),
        "drawer": Slot(1442, 1408),
        "item": Slot(96, 651, widest=560),
        "unit": Slot(1005, 651),
        "quantity": Slot(1302, 651, "right"),
        "unit_price": Slot(1529, 651, "right"),
        "item_amount": Slot(1853, 651, "right"),
        "rate": Slot(1981, 651, "right"),
        "item_tax": Slot(2320, 651, "right"),
    },
    qr=Box(129, 37, 225.3, 222.3),
    circled_times=(699.7, 1105, 19),
    title_seal=Box(1033, 80, 332, 222),
    seller_seal=Box(1878, 1203, 440, 326),
    title_em=78.5,
    label_em=35.3,
    label_face=Face.KAI,
    digit_face=Face.SANS,
    digit_em=35.3,
    text_em=35.3,
    line_width=3.7,
    yen="￥",
    total_yen="￥",
    cipher=tuple(Label("", 1463, 2293, y) for y in (364, 419.5, 475, 530)),
    cipher_em=42,
    cipher_face=Face.SANS,
)

FORM_B = InvoiceForm(
    aspect=1104 / 735,
    frame=Box(50.0, 332.1, 2295.6, 1040.8),
    rules_y=(575.7, 1059.7, 1147.2),
    columns_x=(645.7, 939.1, 1073.9, 1302.2, 1529.3, 1869.6, 1996.7),
    party_x=(141.3, 1363.0, 1415.2),
    seller_x=(141.3, 1362.0, 1416.3),
    title=Label("增值税电子普通发票", 957.3, 1569.7, 149),
    underline=(Ruling(774, 208.8, 1613, 208.8), Ruling(774, 219.3, 1613, 219.3)),
    labels=(
        Label("发票代码", 1713, 1821.7, 125.5),
        Label(":", 1849.5, 1849.5, 125.5),
        Label("发票号码", 1713, 1821.7, 180.3),
        Label(":", 1849.5, 1849.5, 180.3),
        Label("开票日期", 1713, 1821.7, 237.3),
        Label(":", 1849.5, 1849.5, 237.3),
        *_spread("校验码:", (1713, 1765.5, 1824, 1851), 291),
        Label("机器编号", 76, 186, 304.7),
        Label(":", 212, 212, 304.7),
        *_column("购买方", 95.6, (390, 453.5, 514.5)),
        *_column("密码区", 1387, (389, 453.5, 514.5)),
        *_spread("名称:", (171, 350, 377.5), 367),
        Label("纳税人识别号", 171.5, 353.3, 424),
        Label(":", 379.5, 379.5, 424),
        *_spread("地址、电话:", (171.5, 206.5, 230, 320.7, 354.5, 379.5), 483),
        Label("开户行及账号", 171.5, 353.3, 543),
        Label(":", 379.5, 379.5, 543),
        Label("货物或应税劳务、服务名称", 126, 526, 607.5),
        Label("规格型号", 739, 849, 607.5),
        Label("单位", 989, 1027.3, 607.5),
        Label("数量", 1154.3, 1204.3, 607.5),
        Label("单价", 1387, 1439, 608.5),
        Label("金额", 1650, 1700, 607.5),
        Label("税率", 1919.5, 1954.5, 606.5),
        Label("税额", 2117.5, 2167.5, 608.5),
        Label("合计", 276, 371.7, 1036.5),
        *_spread("价税合计(大写)", (224, 261, 295.7, 332.6, 364, 384, 416, 442.5), 1108),
        *_spread("(小写)", (1797, 1818, 1851, 1877), 1108),
        *_column("销售方", 95.6, (1209.5, 1265.3, 1322.3)),
        *_column("备注", 1387, (1210.5, 1322.3)),
        *_spread("名称:", (171, 350, 377.5), 1183),
        Label("纳税人识别号", 171.5, 353.3, 1233.6),
        Label(":", 379.5, 379.5, 1233.6),
        *_spread("地址、电话:", (171.5, 206.5, 230, 320.7, 354.5, 379.5), 1288.5),
        Label("开户行及账号", 171.5, 353.3, 1342.3),
        Label(":", 379.5, 379.5, 1342.3),
        *_spread("收款人:", (106.5, 150, 194.5, 220.7), 1408.7),
        *_spread("复核:", (739, 791.4, 816.3), 1408.7),
        *_spread("开票人:", (1222, 1265.2, 1312, 1336), 1408.7),
        *_spread("销售方:(章)", (1771, 1808.7, 1843.5, 1879.4, 1902, 1923, 1946), 1408.7),
    ),
    slots={
        "code": Slot(1863, 124.5),
        "number": Slot(1863, 179.5),
        "date": Slot(1863, 236),
        "check": Slot(1863, 291),
        "machine": Slot(232, 303.7),
        "buyer": Slot(395, 369),
        "buyer_id": Slot(395, 425),
        "seller": Slot(395, 1183),
        "seller_id": Slot(396, 1233.6, em=48, face=Face.MONO),
        "address": Slot(395, 1290.6),
        "bank": Slot(395, 1341),
        "amount": Slot(1867, 1041.7, "right", em=40, face=Face.MONO),
        "tax": Slot(2340, 1043.8, "right", em=40, face=Face.MONO),
        "total_cn": Slot(706, 1107),
        "total": Slot(1935, 1111.3, em=46, face=Face.MONO),
        "payee": Slot(277, 1408.7),
        "reviewer": Slot(842, 1408.7),
        "drawer": Slot(1385, 1408.7),
        "item": Slot(54, 658, widest=580),
        "unit": Slot(988, 658),
        "quantity": Slot(1299, 658, "right"),
        "unit_price": Slot(1527, 658, "right"),
        "item_amount": Slot(1867, 658, "right"),
        "rate": Slot(1984, 658, "right"),
        "item_tax": Slot(2342, 658, "right"),
    },
    qr=Box(95.7, 75.9, 204.3, 198.2),
    circled_times=(676, 1105, 26),
    title_seal=Box(1027, 105, 342, 222),
    seller_seal=Box(1920, 1198, 404, 298),
    title_em=76.5,
    label_em=36.2,
    label_face=Face.SONG,
    digit_face=Face.SERIF,
    digit_em=33,
    text_em=36.2,
    line_width=4.3,
    yen="¥",
    total_yen="¥ ",
    cipher=tuple(Label("", 1500, 2246, y) for y in (357, 415, 473, 531)),
    cipher_em=46,
    cipher_face=Face.MONO,
)

FORMS: Mapping[str, InvoiceForm] = {"a": FORM_A, "b": FORM_B}
