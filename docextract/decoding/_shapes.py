"""Characters that recognizers take for one another because they look alike."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

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


def confusions() -> Iterator[tuple[str, str, float]]:
    """Each character, what may be read for it, and the share of that reading it may claim."""
    for share, groups in _GROUPS.items():
        for group in groups:
            yield from ((meant, read, share) for meant, read in permutations(group, 2))
