"""What printed labels are called as fields: common Chinese and English ones, and a way for others.

A label's field type is a hint only: it is taken where the value is of that type.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple


class Known(NamedTuple):
    """A field's name, and the type its values have, "" where they may have any."""

    name: str
    type: str = ""


_WORDS = {
    "code/digits": "发票代码 invoicecode",
    "number": "发票号码 号码 no. number invoiceno invoicenumber",
    "number/": "编号 单号 票号 订单号 订单编号 运单号 合同编号 保单号 流水号 "
    "orderno receiptno docno",
    "check/digits": "校验码",
    "machine/digits": "机器编号",
    "date/date": "日期 开票日期 签发日期 填表日期 订单日期 送货日期 date invoicedate issuedate",
    "birth/date": "出生日期 出生 dateofbirth birthdate dob",
    "start_date/date": "起始日期 开始日期 入住日期 startdate from checkin",
    "end_date/date": "截止日期 结束日期 离店日期 有效期至 到期日 enddate expirydate "
    "checkout duedate",
    "time/time": "时间 time",
    "start_time/time": "上车 入场时间 开始时间 entry timein",
    "end_time/time": "下车 出场时间 结束时间 exit timeout",
    "amount/amount": "金额 合计金额 amount",
    "total/amount": "合计 总计 总金额 应收 实收 小写 价税合计(小写) total grandtotal totalamount "
    "amountdue totaldue",
    "subtotal/amount": "小计 subtotal",
    "total_cn/amount_cn": "大写 金额大写 人民币大写 价税合计(大写)",
    "tax/amount": "税额 合计税额 tax vat gst",
    "tax_rate/percent": "税率 taxrate vatrate",
    "discount/": "折扣 优惠 discount",
    "price/amount": "单价 票价 价格 price unitprice",
    "cash/amount": "现金 cash paid",
    "change/amount": "找零 change",
    "quantity/integer": "数量 件数 quantity qty",
    "unit/": "单位 unit",
    "model/": "规格型号 规格 型号 model",
    "item/": "货物或应税劳务、服务名称 项目名称 品名 货物名称 item description",
    "name/": "名称 name",
    "person/person": "姓名 fullname",
    "buyer/company": "购买方 购方 客户 客户名称 收货单位 customer billto",
    "seller/company": "销售方 销方 供应商 发货单位 vendor supplier",
    "company/company": "公司 公司名称 单位名称 工作单位 company",
    "tax_number/uscc": "纳税人识别号 统一社会信用代码 统一社会信用代码/纳税人识别号 税号",
    "address/": "地址 住址 收货地址 送货地址 地址、电话 address",
    "bank/": "开户行 开户银行 开户行及账号 bank",
    "account/": "账号 卡号 银行账号 account accountno cardno",
    "id_number/id_card": "身份证号 身份证号码 公民身份号码 证件号码 证件号 idno idnumber",
    "phone/phone": "电话 手机 手机号 联系电话 电话号码 tel phone telephone mobile",
    "plate/plate": "车牌 车牌号 车号 号牌号码 号牌 plate vehicleno plateno",
    "payee/person": "收款人",
    "reviewer/person": "复核 复核人 审核",
    "drawer/person": "开票人 经手人 制单 cashier",
    "receiver/person": "收货人 收件人 签收人 receiver consignee",
    "sender/person": "寄件人 发货人 sender shipper",
    "contact/person": "联系人 contact",
    "distance/number": "里程 distance",
    "weight/number": "重量 净重 毛重 weight netweight grossweight",
    "remarks/": "备注 说明 附注 remarks remark notes note",
    "sex/": "性别 sex gender",
    "page/": "页码 page",
}
_TABLE = {
    label: Known(*key.partition("/")[::2]) for key, labels in _WORDS.items()
    for label in labels.split()
}  # fmt: skip
_TAILS = sorted(
    (w for w, of in _TABLE.items() if len(w) > 1 and not w.isascii() and of.type != "company"),
    key=len,
    reverse=True,
)
_LONGEST_LABEL = 7
_LONGEST_NAME = 40


def is_known(label: str) -> bool:
    """True for a label of the table, however it is spaced, and for one that ends with such words.

    司机姓名 ends with 姓名; what ends as organisations' names do is a value, though.
    """
    text = plain(label)
    return text in _TABLE or (len(text) <= _LONGEST_LABEL and _tail(text) is not None)


def _tail(text: str) -> Known | None:
    return next((_TABLE[word] for word in _TAILS if text.endswith(word)), None)


def plain(label: str) -> str:
    """A label without blanks and the colon at its end, in half-width small letters."""
    text = unicodedata.normalize("NFKC", label).lower()
    return re.sub(r"\s+", "", text).strip(":：.*_#-")


def known(label: str) -> Known:
    """A label's field; where the table has none, its Latin words joined by _, or no name at all."""
    text = plain(label)
    inner = re.sub(r"\(.*?\)", "", text)
    first = plain(label.split(maxsplit=1)[0]) if label.split() else ""
    for wanted in (text, inner, first, text.strip("()"), re.sub(r"[^a-z]", "", text)):
        if wanted in _TABLE:
            return _TABLE[wanted]
    own = slug(label) if re.search("[a-z]{2}", text) else ""  # a lone letter is a misread mark
    return _tail(inner) or Known(own)


def slug(label: str) -> str:
    """A name made of a label's Latin letters and digits: "Ship to" is ship_to; "" for none."""
    text = unicodedata.normalize("NFKC", label).lower()
    name = re.sub(r"[^a-z0-9]+", "_", text).strip("_")[:_LONGEST_NAME].strip("_")
    return name if not name or name[0].isalpha() else f"field_{name}"


def known_start(text: str) -> int:
    """How long a label of the table is at the start of a text that goes on with a blank; 0."""
    words = list(re.finditer(r"\S+", text))
    for word in reversed(words[:4]):
        if word.end() < len(text) and is_known(text[: word.end()]):
            return word.end()
    return 0
