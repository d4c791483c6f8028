"""The symbols that drawn lines are made of: everything a typed field may be printed with."""

from __future__ import annotations

import string

from docextract.types import Alphabet

_LATIN = " " + string.digits + string.ascii_uppercase + string.ascii_lowercase
_MARKS = string.punctuation + "¥£€₩₹฿₫₱円원đ°·×"
_CAPITALS = "零壹贰叁肆伍陆柒捌玖拾佰仟万亿元圆角分整正人民币负数"
_NUMERALS = "〇一二三四五六七八九十百千"
_CALENDAR = "年月日时分秒点上下午开"
_PLATES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼学警港澳挂领试超使"
_WORDS = "免税不征联系电话手机传真号码第共页合计金额价小写单编"

SYMBOLS = tuple(
    dict.fromkeys(_LATIN + _MARKS + _CAPITALS + _NUMERALS + _CALENDAR + _PLATES + _WORDS)
)


def typed_alphabet() -> Alphabet:
    """The alphabet of a recognizer of typed fields: the blank, then SYMBOLS."""
    return Alphabet(("", *SYMBOLS), blank=0)
