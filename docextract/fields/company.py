"""Names of companies and other organisations."""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import Field
from typing_extensions import override

from docextract.errors import InvalidValue
from docextract.fields._base import Example, FieldType, field_types
from docextract.fields._folding import collapse, fold
from docextract.fields._names import HAN_ALL, LATIN, join_han

_IMPOSSIBLE = re.compile(f"[^{HAN_ALL}{LATIN}0-9 ()·&.,、'/+-]")
_FULL_WIDTH = str.maketrans("()", "（）")


@field_types.register("company")
class Company(FieldType):
    """A Chinese or Latin organisation name, with single blanks.

    A name with Chinese characters has full-width brackets and no blanks beside them, however
    it is printed, so that the same company is always the same text.
    """

    min_length: int = Field(2, ge=1)

    value_type: ClassVar[type] = str
    ignores: ClassVar[str] = ""
    language_model: ClassVar[str | None] = "zh-business"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("杭州某某科技有限公司", "杭州某某科技有限公司"),
        Example("甲乙（北京）信息技术有限公司", "甲乙（北京）信息技术有限公司"),
        Example("甲乙(北京)信息技术有限公司", "甲乙（北京）信息技术有限公司"),
        Example("甲乙 (北京) 信息技术 有限公司", "甲乙（北京）信息技术有限公司"),
        Example("３Ｍ中国有限公司", "3M中国有限公司"),
        Example("A&B贸易（上海）有限公司", "A&B贸易（上海）有限公司"),
        Example("EXAMPLE TRADING  SDN. BHD.", "EXAMPLE TRADING SDN. BHD."),
        Example("Sample Foods (M) Sdn Bhd", "Sample Foods (M) Sdn Bhd"),
        Example("D'Or Café, Inc.", "D'Or Café, Inc."),
    )
    rejects: ClassVar[tuple[str, ...]] = (
        "",
        "司",
        "12345",
        "甲乙*公司",
        "甲乙=公司",
        "()",
        "甲乙？",
    )

    @property
    @override
    def pattern(self) -> str | None:
        return None

    @override
    def parse(self, text: str) -> str:
        value = collapse(fold(text))
        if _IMPOSSIBLE.search(value):
            raise InvalidValue("characters", "the text has symbols that no company name has")
        if not re.search(f"[{HAN_ALL}{LATIN}]", value):
            raise InvalidValue("characters", "the text has no letter")
        if re.search(f"[{HAN_ALL}]", value):
            value = join_han(value.translate(_FULL_WIDTH))
        if len(value) < self.min_length:
            raise InvalidValue("length", f"shorter than {self.min_length} symbols")
        return value
