"""The symbols that drawn lines are made of: everything a typed field may be printed with."""

from __future__ import annotations

import string

from docextract.types import OTHER, Alphabet

_LATIN = " " + string.digits + string.ascii_uppercase + string.ascii_lowercase
_MARKS = string.punctuation + "¥£€₩₹฿₫₱円원đ°·×"
_CAPITALS = "零壹贰叁肆伍陆柒捌玖拾佰仟万亿元圆角分整正人民币负数"
_NUMERALS = "〇一二三四五六七八九十百千"
_CALENDAR = "年月日时分秒点上下午开"
_PLATES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼学警港澳挂领试超使"
_WORDS = "免税不征联系电话手机传真号码第共页合计金额价小写单编"
_TRAINS = "车座站无硬软卧铺商务特空调快速高级动优选代入次中普惠孝学"
_UNITS = "公里米升克吨个件台箱只套包条根块片袋瓶盒张本支对双辆项批桶卷把平方立度"
_CHOICES = "男女有否是长期至"

SYMBOLS = tuple(
    dict.fromkeys(
        _LATIN + _MARKS + _CAPITALS + _NUMERALS + _CALENDAR + _PLATES + _WORDS
        + _TRAINS + _UNITS + _CHOICES
    )
)  # fmt: skip


def typed_alphabet() -> Alphabet:
    """The alphabet of a recognizer of typed fields: the blank, then SYMBOLS, then OTHER."""
    return Alphabet(("", *SYMBOLS, OTHER), blank=0)
