"""What a field may say, as a deterministic automaton over a recognizer's alphabet."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from docextract.decoding._automaton import determinise, minimise, trim
from docextract.decoding._regex import Label, parse_regex
from docextract.errors import GrammarError
from docextract.types import Alphabet

IntArray = NDArray[np.int64]

# Printed alike, but not equal under NFKC. The right-hand form is the canonical one.
_LOOK_ALIKES = {
    alike: canonical
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
    for alike in row
}


def fold_symbol(symbol: str) -> str:
    """The canonical form of one character: NFKC where that is one character, then look-alikes."""
    normal = unicodedata.normalize("NFKC", symbol)
    kept = normal if len(normal) == 1 else symbol
    return _LOOK_ALIKES.get(kept, kept)


@dataclass(frozen=True, eq=False)
class Grammar:
    """A trimmed minimal automaton (S states, K canonical symbols); state 0 is the start.

    ``fold`` (V,) maps an alphabet index to its canonical symbol's index, -1 outside the language.
    ``blanks`` lists the alphabet indices that emit nothing: the CTC blank and the ignored symbols.
    ``next`` (S, K) holds the state after a symbol, -1 for none; ``final`` (S,) where texts end.
    """

    alphabet: Alphabet
    symbols: tuple[str, ...]
    fold: NDArray[np.int32]
    blanks: IntArray
    next: NDArray[np.int32]
    final: NDArray[np.bool_]

    def accepts(self, text: str) -> bool:
        """True when ``text``, written in canonical symbols, belongs to the language."""
        labels = [self._index.get(c, -1) for c in text]
        return -1 not in labels and self.accepts_labels(labels)

    def accepts_labels(self, labels: Iterable[int], state: int = 0) -> bool:
        """True when the canonical symbol indices lead from ``state`` to a final state."""
        rows = self.rows
        for label in labels:
            state = rows[state][label]
            if state < 0:
                return False
        return bool(self.final[state])

    def restricted(self, keep: IntArray) -> Grammar:
        """The grammar of the texts that use only the canonical symbols ``keep`` (indices)."""
        position = np.full(len(self.symbols) + 1, -1, np.int32)
        position[keep] = np.arange(len(keep))
        table, final = trim(self.next[:, keep], self.final)
        symbols = tuple(self.symbols[k] for k in keep)
        return replace(self, symbols=symbols, fold=position[self.fold], next=table, final=final)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {s: i for i, s in enumerate(self.symbols)}

    @cached_property
    def rows(self) -> list[list[int]]:
        """``next`` as lists, for walks symbol by symbol."""
        rows: list[list[int]] = self.next.tolist()
        return rows

    @cached_property
    def columns(self) -> IntArray:
        """The alphabet indices that matter, blanks first, then grouped by canonical symbol."""
        inside = np.flatnonzero(self.fold >= 0)
        grouped = inside[np.argsort(self.fold[inside], kind="stable")]
        return np.concatenate([self.blanks, grouped])

    @cached_property
    def column_starts(self) -> IntArray:
        """Where each group of ``columns`` starts, (K + 1,): the blanks, then each symbol."""
        sizes = np.bincount(self.fold[self.fold >= 0], minlength=len(self.symbols))
        starts = np.cumsum([0, len(self.blanks), *sizes])
        return starts[:-1].astype(np.int64)

    @cached_property
    def successors(self) -> IntArray:
        """Gather index (S + 1, K + 1) into a flat table of the same shape.

        Row q, column k > 0 points at (next[q, k - 1], k); column 0, the blank, at q itself. Row
        S is the dead state.
        """
        states, k = self.next.shape
        target = np.full((states + 1, k + 1), states, np.int64)
        target[:-1, 0] = np.arange(states)
        target[:-1, 1:] = np.where(self.next < 0, states, self.next)
        flat: IntArray = target * (k + 1) + np.arange(k + 1)
        return flat


class _AlphabetKey:
    """An alphabet as a cache key: equal when equal, but hashed by a few of its symbols only."""

    __slots__ = ("_hash", "alphabet")

    def __init__(self, alphabet: Alphabet) -> None:
        symbols = alphabet.symbols
        self.alphabet = alphabet
        self._hash = hash((len(symbols), alphabet.blank, symbols[:4], symbols[-4:]))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _AlphabetKey):
            return NotImplemented
        return self.alphabet is other.alphabet or self.alphabet == other.alphabet


def compile_grammar(
    pattern: str, alphabet: Alphabet, *, ignores: str = " ", state_limit: int = 20_000
) -> Grammar:
    """Compile a regular expression over folded text into an automaton over ``alphabet``; cached.

    Texts come out folded: full-width, half-width and look-alike forms (NFKC of single characters
    and a small table) become one canonical symbol, whichever form the pattern is written in. An
    ASCII letter the language has in one case only takes the other case's probability too: C/c,
    O/o, S/s, X/x are one shape. ``ignores`` emit nothing wherever they are printed, unless the
    pattern itself names them. The pattern always covers the whole text.

    Raises GrammarError when the pattern is not a regular expression, uses look-around,
    back-references or anchors, is empty over this alphabet, or needs more than ``state_limit``
    states (before minimisation).
    """
    return _compile(pattern, _AlphabetKey(alphabet), ignores, state_limit)


@lru_cache(maxsize=512)
def _compile(pattern: str, key: _AlphabetKey, ignores: str, state_limit: int) -> Grammar:
    nfa = parse_regex(pattern, limit=8 * state_limit)
    folded = _fold_alphabet(key)
    named = {fold_symbol(c) for label in nfa.labels if not label.negated for c in label.chars}
    ignored = {fold_symbol(c) for c in ignores} - named
    universe = _universe(nfa.labels, folded, ignored)
    sets = [_members(label, universe) for label in nfa.labels]
    symbols, classes = _classes(sets)
    table, final = determinise(nfa, classes, limit=state_limit, pattern=pattern)
    table, final = trim(table, final)
    if not final.any():
        raise GrammarError(_why_empty(pattern, named, folded))
    table, final = minimise(table, final)
    table = table[:, [classes.index(met) for met in symbols.values()]]
    used = np.flatnonzero((table >= 0).any(axis=0))
    canonical = tuple(np.array(list(symbols), object)[used])
    fold = _fold_onto(canonical, folded)
    silent = [v for v, s in enumerate(folded) if s in ignored and v != key.alphabet.blank]
    blanks = np.array([key.alphabet.blank, *silent], np.int64)
    return Grammar(key.alphabet, canonical, fold, blanks, table[:, used], final)


@lru_cache(maxsize=8)
def _fold_alphabet(key: _AlphabetKey) -> tuple[str, ...]:
    """Each symbol's folded form; empty for the blank and for symbols of several characters."""
    blank = key.alphabet.blank
    folded = (fold_symbol(s) for s in key.alphabet.symbols)
    return tuple(f if len(f) == 1 and v != blank else "" for v, f in enumerate(folded))


def _swap_case(char: str) -> str:
    return char.swapcase() if char.isascii() else char


def _universe(
    labels: Iterable[Label], folded: tuple[str, ...], ignored: set[str]
) -> frozenset[str]:
    """The canonical symbols this alphabet can write and this pattern can ask for."""
    printed = set(folded) - {""}
    if any(label.negated for label in labels):
        wanted = printed.union(*(label.chars for label in labels if not label.negated))
    else:
        wanted = set().union(*(label.chars for label in labels))
    canonical = {fold_symbol(c) for c in wanted}
    return frozenset(c for c in canonical if c in printed or _swap_case(c) in printed) - ignored


def _members(label: Label, universe: frozenset[str]) -> frozenset[str]:
    named = {fold_symbol(c) for c in label.chars}
    return universe - named if label.negated else universe & named


def _classes(
    sets: list[frozenset[str]],
) -> tuple[dict[str, frozenset[int]], list[frozenset[int]]]:
    """Each symbol's class, the set of labels it meets; and the distinct classes."""
    meets: dict[str, set[int]] = defaultdict(set)
    for i, members in enumerate(sets):
        for symbol in members:
            meets[symbol].add(i)
    symbols = {s: frozenset(meets[s]) for s in sorted(meets)}
    return symbols, list(dict.fromkeys(symbols.values()))


def _fold_onto(canonical: tuple[str, ...], folded: tuple[str, ...]) -> NDArray[np.int32]:
    index = {c: i for i, c in enumerate(canonical)}
    either_case = {_swap_case(c): i for c, i in index.items()} | index
    return np.array([either_case.get(f, -1) for f in folded], np.int32)


def _why_empty(pattern: str, named: set[str], folded: tuple[str, ...]) -> str:
    missing = "".join(sorted(named - set(folded)))
    if not missing:
        return f"pattern {pattern!r}: no text matches it. Write one that some text can match."
    return (
        f"pattern {pattern!r}: the recognizer's alphabet lacks {missing!r}, so no text matches. "
        "Use a model that has them, or another pattern."
    )
