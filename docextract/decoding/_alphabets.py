"""A recognizer's alphabet, folded: which symbols print one character."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from docextract.shapes import fold_symbol
from docextract.types import Alphabet


class AlphabetKey:
    """An alphabet as a cache key: equal when equal, but hashed by a few of its symbols only."""

    __slots__ = ("_hash", "alphabet")

    def __init__(self, alphabet: Alphabet) -> None:
        symbols = alphabet.symbols
        self.alphabet = alphabet
        self._hash = hash((len(symbols), alphabet.blank, symbols[:4], symbols[-4:]))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AlphabetKey):
            return NotImplemented
        return self.alphabet is other.alphabet or self.alphabet == other.alphabet


@lru_cache(maxsize=8)
def fold_alphabet(key: AlphabetKey) -> tuple[str, ...]:
    """Each symbol's folded form; empty for the blank and for symbols of several characters."""
    blank = key.alphabet.blank
    folded = (fold_symbol(s) for s in key.alphabet.symbols)
    return tuple(f if len(f) == 1 and v != blank else "" for v, f in enumerate(folded))


def swap_case(char: str) -> str:
    """The other case of an ASCII letter; any other character itself."""
    return char.swapcase() if char.isascii() else char


def fold_onto(canonical: tuple[str, ...], folded: tuple[str, ...]) -> NDArray[np.int32]:
    """The canonical symbol (index, -1 for none) of each folded form, in either case."""
    index = {c: i for i, c in enumerate(canonical)}
    either_case = {swap_case(c): i for c, i in index.items()} | index
    return np.array([either_case.get(f, -1) for f in folded], np.int32)
