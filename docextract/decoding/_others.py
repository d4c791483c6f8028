"""Characters around a value that an alphabet lacks, and that its OTHER stands for."""

from __future__ import annotations

from docextract.decoding._alphabets import AlphabetKey, swap_case
from docextract.decoding._claims import Claim
from docextract.decoding._forms import forms_of
from docextract.decoding._regex import parse_regex
from docextract.shapes import fold_symbol

_MOST = 64  # lacking characters of one class; each is a symbol of the automaton


def others(pattern: str, key: AlphabetKey, *, limit: int) -> frozenset[str]:
    """The Chinese characters that ``pattern`` names and OTHER stands for, if the alphabet has it.

    A class that names very many has none: it would be a symbol each.
    """
    if key.alphabet.other is None:
        return frozenset()
    printed = forms_of(key)
    found: set[str] = set()
    for label in parse_regex(pattern, limit=limit).labels:
        named = () if label.negated else map(fold_symbol, label.chars)
        lacking = {c for c in named if c not in printed and "\u4e00" <= c <= "\u9fff"}
        if len(lacking) <= _MOST:
            found |= lacking
    return frozenset(found)


def other_claims(symbols: tuple[str, ...], key: AlphabetKey) -> tuple[Claim, ...]:
    """The claims on OTHER of those canonical ``symbols`` that the alphabet cannot write."""
    other, printed = key.alphabet.other, forms_of(key)
    if other is None:
        return ()
    lacking = (s not in printed and swap_case(s) not in printed for s in symbols)
    return tuple(Claim(k, other, 1.0) for k, lacks in enumerate(lacking) if lacks)
