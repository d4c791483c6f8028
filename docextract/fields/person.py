"""Names of people."""

from __future__ import annotations

import re
from typing import ClassVar

from typing_extensions import override

from docextract.fields._base import Example, FieldType, field_types
from docextract.fields._folding import check_form, collapse, fold
from docextract.fields._names import HAN, LATIN, join_han

_LATIN_NAME = f"[{LATIN}][{LATIN}'.-]{{0,29}}"
_PATTERN = (
    f"(?:[{HAN}](?: ?[{HAN}]){{1,3}}"
    f"|[{HAN}]{{1,10}}(?:·[{HAN}]{{1,10}}){{1,3}}"
    f"|{_LATIN_NAME}(?:,? {_LATIN_NAME}){{0,5}})"
)


@field_types.register("person")
class Person(FieldType):
    """A Chinese name of 2 to 4 characters, parts joined by "·", or a Latin name.

    Blanks between Chinese characters are dropped.
    """

    value_type: ClassVar[type] = str
    ignores: ClassVar[str] = ""
    examples: ClassVar[tuple[Example, ...]] = (
        Example("张三", "张三"),
        Example("张 三", "张三"),
        Example("李　四", "李四"),
        Example("欧阳某某", "欧阳某某"),
        Example("㐂子", "㐂子"),
        Example("阿依·买买提", "阿依·买买提"),
        Example("阿依•买买提", "阿依·买买提"),
        Example("JOHN DOE", "JOHN DOE"),
        Example("Mary-Jane  O'Neil", "Mary-Jane O'Neil"),
        Example("Doe, J.", "Doe, J."),
        Example("José Núñez", "José Núñez"),
    )
    rejects: ClassVar[tuple[str, ...]] = (
        "",
        "张",
        "张三李四王",
        "张三1",
        "·张三",
        "张三·",
        "J0HN",
        "张。三",
    )

    @property
    @override
    def pattern(self) -> str:
        return _PATTERN

    @override
    def parse(self, text: str) -> str:
        folded = collapse(fold(text))
        check_form(self.pattern, folded, "a person's name")
        return join_han(folded) if re.search(f"[{HAN}]", folded) else folded
