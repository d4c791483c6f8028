"""What names of people and organisations are made of."""

from __future__ import annotations

import re

# Unified ideographs and extension A as ranges inside a character class, and 〇.
HAN = "㐀-䶿一-鿿〇"
HAN_ALL = HAN + "𠀀-𲎯"  # with the supplementary planes, for checks outside automata
LATIN = "A-Za-zÀ-ÖØ-öø-ɏ"

_BLANK_BY_HAN = re.compile(f"(?<=[{HAN_ALL}（）·]) | (?=[{HAN_ALL}（）·])")


def join_han(text: str) -> str:
    """Drop the blanks that touch a Chinese character; printers only space it out."""
    return _BLANK_BY_HAN.sub("", text)
