"""Characters that look alike: forms of one character, and characters taken for one another.

The one table of shapes: folding texts, compiling grammars and matching lexicons all use it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from itertools import permutations
from types import MappingProxyType
from typing import NamedTuple

# Printed alike, but not equal under NFKC. The right-hand characters become the left-hand one. The
# katakana length mark is not among the dashes: it is a letter.
FORMS: Mapping[str, str] = MappingProxyType(
    {
        form: canonical
        for canonical, row in {
            "-": "‐‑‒–—―−─⁃",
            "~": "〜∼",
            ":": "∶ː",
            "/": "⁄∕",
            ".": "․",
            "'": "‘’′",
            '"': "“”″",
            "·": "•‧∙⋅・",
            "〇": "○◯",
        }.items()
        for form in row
    }
)

# The share of a character's probability that may belong to another one of its group. With the
# prior of a lexicon (at most 9 to 1) it stays below one, so that shape alone raises a doubt but
# never overrules what is clearly read.
_SAME_PRINT = 0.1
_SIMILAR = 0.01

_GROUPS = {
    _SAME_PRINT: ("0OoQ〇", "1lI|", "日曰", "口囗", "一-", "×xX", "己已巳", "戊戌戍", "夂夊"),
    _SIMILAR: (
        "2Z",
        "5S",
        "8B",
        "6b",
        "9gq",
        "D0",
        ".。",
        ",、",
        "未末",
        "土士",
        "日目",
        "人入八",
        "大太犬",
        "天夭",
        "千干于",
        "王玉主",
        "刀力",
        "牛午",
        "田由甲申",
        "木本术",
        "贝见",
        "风凤",
        "今令",
        "白自",
        "问间",
        "困因",
        "拔拨",
        "免兔",
        "侯候",
        "治冶",
        "准淮",
        "洒酒",
        "晴睛",
        "竞竟",
        "蓝篮",
        "杨扬",
        "沈沉",
        "壁璧",
        "析折",
        "技枝",
        "沪泸",
        "哀衰",
        "鸟乌",
        "圆园",
        "崇祟",
        "眯瞇",
        "茶荼",
        "毫亳",
    ),
}
# Marks may be taken for one another even where a text may hold both: its grammar says which stands
# where. Letters and digits of one text never are, or a code would lose what tells it from others.
_MARKS = (".,",)


def fold_symbol(symbol: str) -> str:
    """The canonical form of one character: NFKC where that is one character, then look-alikes."""
    normal = unicodedata.normalize("NFKC", symbol)
    kept = normal if len(normal) == 1 else symbol
    return FORMS.get(kept, kept)


class Confusion(NamedTuple):
    """What may be read for the character ``meant``, and the ``share`` (0 to 1) it may claim.

    The logarithm of the share is the price of reading one for the other.
    """

    meant: str
    read: str
    share: float


def confusions() -> Iterator[Confusion]:
    """All pairs of characters that look alike, both ways."""
    for share, groups in _GROUPS.items():
        for group in groups:
            yield from (Confusion(meant, read, share) for meant, read in permutations(group, 2))


def mark_confusions() -> Iterator[Confusion]:
    """All pairs of marks that one text may hold both of, both ways."""
    for group in _MARKS:
        yield from (Confusion(meant, read, _SIMILAR) for meant, read in permutations(group, 2))
