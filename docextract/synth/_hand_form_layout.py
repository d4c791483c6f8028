"""Where the invented insurance form has its lines, words, boxes to tick and places to write.

Template units, page 1240 x 1754, origin at the page's top left corner.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from docextract.synth._invoice_form import Box, Ruling, Slot

PAGE_U = (1240, 1754)
LEFT, RIGHT, TOP, BOTTOM = 80, 1160, 200, 1640
_SIDE = 30  # of a box to tick


class Words(NamedTuple):
    """A line of words from ``x`` to the right; ``y`` is its middle."""

    text: str
    x: float
    y: float
    em: float = 22


class TickBox(NamedTuple):
    """A box to tick, the words beside it, and a pale letter inside, if any."""

    box: Box
    words: str
    letter: str = ""


def _row(y: float, *boxes: tuple[str, float, str]) -> dict[str, TickBox]:
    """Boxes of one line by name, each with its left edge and words."""
    return {name: TickBox(Box(x, y - _SIDE / 2, _SIDE, _SIDE), text) for name, x, text in boxes}


BANDS: tuple[tuple[float, str], ...] = (  # the upper edge of each, and its words
    (200, "一、保险公司填写 FOR OFFICE USE"),
    (430, "二、投保人 PROPOSER"),
    (670, "三、车辆 VEHICLE"),
    (960, "四、保障项目 COVERS"),
    (1190, "五、付款 PAYMENT"),
    (1410, "六、声明 DECLARATION"),
)
BAND_HEIGHT = 40
LOAN_BAND = Box(LEFT, 1330, RIGHT - LEFT, 50)

HEADINGS: tuple[Words, ...] = (
    Words("长风财产保险（虚构） Longwind Insurance, an invented company", 80, 50, 24),
    Words("机动车保险投保单", 80, 104, 52),
    Words("Motor Insurance Proposal Form", 80, 160, 30),
    Words("请用正楷填写并在方框内打勾 Tick the boxes that apply", 610, 160, 20),
)

LABELS: tuple[Words, ...] = (
    Words("投保单号 Proposal No.", 100, 275),
    Words("日期 Date", 800, 275),
    Words("业务 Business", 100, 335),
    Words("车型 Class", 100, 395),
    Words("姓名 Name", 100, 505),
    Words("性别 Gender", 700, 505),
    Words("身份证号 ID No.", 100, 565),
    Words("电话 Phone", 700, 565),
    Words("投保人为车主 Proposer owns the vehicle", 100, 625),
    Words("号牌 Plate", 100, 745),
    Words("座位 Seats", 480, 745),
    Words("保险金额 Sum insured", 780, 745),
    Words("去年出险 Claims last year", 100, 865),
    Words("车辆改装 Vehicle modified", 640, 865),
    Words("交费 Instalments", 100, 1265),
    Words("保险费 Premium", 780, 1265),
    Words("投保人已阅读并同意条款，所填内容属实。", 160, 1480, 20),
    Words("I have read the terms, and what I state is true.", 560, 1480, 20),
    Words("同意接收电子保单 Send me the policy by e-mail", 160, 1530, 20),
    Words("需要纸质发票 Send me a printed invoice", 160, 1580, 20),
    Words("签名 Signature", 660, 1600, 20),
)

CHOICES: Mapping[str, Mapping[str, TickBox]] = {
    "business": _row(
        335,
        ("new", 330, "新保 New"),
        ("renewal", 560, "续保 Renewal"),
        ("transfer", 830, "转保 Transfer"),
    ),
    "vehicle": _row(
        395,
        ("private", 330, "私家车 Private"),
        ("commercial", 560, "营运车 Commercial"),
        ("motorcycle", 830, "摩托车 Motorcycle"),
    ),
    "gender": _row(505, ("male", 860, "男 Male"), ("female", 1000, "女 Female")),
    "claims": {
        "yes": TickBox(Box(400, 850, _SIDE, _SIDE), "是 Yes", "Y"),
        "no": TickBox(Box(510, 850, _SIDE, _SIDE), "否 No", "N"),
    },
    "covers": {
        **_row(
            1040,
            ("damage", 100, "车辆损失 Own damage"),
            ("liability", 450, "第三者责任 Liability"),
            ("theft", 820, "盗抢 Theft"),
        ),
        **_row(
            1090,
            ("glass", 100, "玻璃破碎 Glass"),
            ("passengers", 450, "车上人员 Passengers"),
            ("scratches", 820, "车身划痕 Scratches"),
        ),
        **_row(
            1140,
            ("engine", 100, "发动机涉水 Engine"),
            ("rescue", 450, "道路救援 Road rescue"),
            ("fire", 820, "自燃 Fire"),
        ),
    },
    "instalments": _row(
        1265,
        ("yearly", 330, "年 Year"),
        ("quarterly", 470, "季 Quarter"),
        ("monthly", 630, "月 Month"),
    ),
    "loan": _row(
        1355,
        ("mortgage", 330, "抵押 Mortgage"),
        ("hire purchase", 560, "分期 Hire purchase"),
        ("lease", 860, "租赁 Lease"),
    ),
}
MANY = frozenset({"covers"})

CHECKBOXES: Mapping[str, TickBox] = {
    "owner": TickBox(Box(540, 610, _SIDE, _SIDE), ""),
    "modified": TickBox(Box(970, 850, _SIDE, _SIDE), ""),
    "agreed": TickBox(Box(110, 1465, _SIDE, _SIDE), ""),
    "paperless": TickBox(Box(110, 1515, _SIDE, _SIDE), ""),
    "invoice": TickBox(Box(110, 1565, _SIDE, _SIDE), ""),
}

CELLS = tuple(Box(330 + 36 * i, 255, 36, 40) for i in range(10))  # one a digit of the number
SIGNATURE = Box(810, 1530, 320, 90)
SLOTS: Mapping[str, Slot] = {
    "date": Slot(930, 275),
    "name": Slot(330, 505),
    "id_number": Slot(330, 565),
    "phone": Slot(850, 565),
    "plate": Slot(240, 745),
    "seats": Slot(620, 745),
    "sum_insured": Slot(1140, 805, "right"),
    "premium": Slot(1140, 1265, "right"),
}

RULINGS: tuple[Ruling, ...] = (
    *(Ruling(LEFT, y, RIGHT, y) for y in (TOP, 305, 365, 535, 595, 775, 835, 895, BOTTOM)),
    *(Ruling(x, TOP, x, BOTTOM) for x in (LEFT, RIGHT)),
    *(Ruling(x, 710, x, 835) for x in (460, 760)),
    Ruling(810, 1618, 1130, 1618),
)
