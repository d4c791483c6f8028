"""What a field may say, as a deterministic automaton over a recognizer's alphabet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from docextract.checks import Check
from docextract.decoding._alphabets import AlphabetKey, fold_alphabet, fold_onto
from docextract.decoding._arcs import list_arcs
from docextract.decoding._automaton import trim
from docextract.decoding._claims import Claim, find_claims
from docextract.decoding._language import Language, automaton, named_symbols
from docextract.decoding._others import merged, other_claims, others
from docextract.decoding._passes import Arcs
from docextract.errors import GrammarError
from docextract.fields import Form
from docextract.shapes import Confusion, fold_symbol
from docextract.types import Alphabet

IntArray = NDArray[np.int64]

_STATE_LIMIT = 20_000


@dataclass(frozen=True, eq=False)
class Grammar:
    """A trimmed minimal automaton (S states, K canonical symbols); state 0 is the start.

    ``fold`` (V,) maps an alphabet index to its canonical symbol's index, -1 outside the language.
    ``blanks`` lists the alphabet indices that emit nothing: the CTC blank and the ignored symbols.
    ``next`` (S, K) holds the state after a symbol, -1 for none; ``final`` (S,) where texts end.
    ``claims`` say which canonical symbols take a share of what else is read.
    """

    alphabet: Alphabet
    symbols: tuple[str, ...]
    fold: NDArray[np.int32]
    blanks: IntArray
    next: NDArray[np.int32]
    final: NDArray[np.bool_]
    claims: tuple[Claim, ...] = ()

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
        fold = position[self.fold]
        kept = (claim._replace(symbol=int(position[claim.symbol])) for claim in self.claims)
        claims = tuple(claim for claim in kept if claim.symbol >= 0)
        return replace(self, symbols=symbols, fold=fold, next=table, final=final, claims=claims)

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
        return self._groups[0]

    @cached_property
    def column_starts(self) -> IntArray:
        """Where each group of ``columns`` starts, (K + 1,): the blanks, then each symbol."""
        return self._groups[1]

    @cached_property
    def column_prices(self) -> NDArray[np.float64]:
        """The logarithms of the shares that the groups take of ``columns``; 0 is all of it."""
        return self._groups[2]

    @cached_property
    def _groups(self) -> tuple[IntArray, IntArray, NDArray[np.float64]]:
        own = np.flatnonzero(self.fold >= 0)
        read = np.concatenate([self.blanks, own, [c.read for c in self.claims]]).astype(np.int64)
        group = np.concatenate(
            [0 * self.blanks, self.fold[own] + 1, [c.symbol + 1 for c in self.claims]]
        ).astype(np.int64)
        prices = np.zeros(len(read))
        prices[len(read) - len(self.claims) :] = np.log([c.share for c in self.claims])
        order = np.argsort(group, kind="stable")
        starts = np.searchsorted(group[order], np.arange(len(self.symbols) + 1))
        return read[order], starts, prices[order]

    @cached_property
    def arcs(self) -> Arcs:
        """``next`` as arrays of what leads where."""
        return list_arcs(self.next, self.final)


def compile_grammar(
    pattern: str, alphabet: Alphabet, *, ignores: str = " ", state_limit: int = _STATE_LIMIT
) -> Grammar:
    """Compile a regular expression over folded text into an automaton over ``alphabet``; cached.

    As ``compile_forms`` for one form without checks.
    """
    (grammar,) = compile_forms((Form(pattern),), alphabet, ignores=ignores, state_limit=state_limit)
    return grammar


def compile_forms(
    forms: tuple[Form, ...],
    alphabet: Alphabet,
    *,
    prefix: str = "",
    suffix: str = "",
    ignores: str = " ",
    confusions: tuple[Confusion, ...] = (),
    state_limit: int = _STATE_LIMIT,
) -> tuple[Grammar, ...]:
    """Compile what a line may say, with its checks, into automata over ``alphabet``; cached.

    A line is ``prefix``, a value in one of the ``forms``, ``suffix``; all are regular expressions
    over folded text, and together they cover the whole of it. A form's checks multiply its
    automaton: a state is then a place in the pattern and what the checks know so far. Forms with
    the same checks share one automaton, others have their own: to follow two checks at once would
    multiply their states once more.

    Texts come out folded: full-width, half-width and look-alike forms (NFKC of single characters
    and a small table) become one canonical symbol, whichever form the pattern is written in. An
    ASCII letter the language has in one case only takes the other case's probability too: C/c,
    O/o, S/s, X/x are one shape. ``ignores`` emit nothing wherever they are printed, unless the
    pattern itself names them. Where the alphabet has OTHER, that stands for the characters of
    ``prefix`` and ``suffix`` that the alphabet lacks, and where these take any character, for all
    that stand nowhere else. ``confusions`` change what may be read for
    what, and at which price (see ``find_claims``).

    Raises GrammarError when a pattern is not a regular expression, uses look-around,
    back-references or anchors, when no text is left over this alphabet that passes the checks,
    or when more than ``state_limit`` states are needed (before minimisation).
    """
    languages = tuple(Language(alike, prefix, suffix) for alike in _by_checks(forms))
    return _compile(languages, AlphabetKey(alphabet), ignores, confusions, state_limit)


def _by_checks(forms: Iterable[Form]) -> Iterable[tuple[Form, ...]]:
    groups: dict[tuple[Check, ...], list[Form]] = defaultdict(list)
    for form in forms:
        groups[form.checks].append(form)
    return map(tuple, groups.values())


@lru_cache(maxsize=512)
def _compile(
    languages: tuple[Language, ...],
    key: AlphabetKey,
    ignores: str,
    confusions: tuple[Confusion, ...],
    state_limit: int,
) -> tuple[Grammar, ...]:
    grammars = [_plain(language, key, ignores, state_limit) for language in languages]
    written = frozenset(symbol for grammar in grammars for symbol in grammar.symbols)
    folded = fold_alphabet(key)
    silent = {v for grammar in grammars for v in grammar.blanks.tolist()}
    silent |= {claim.read for grammar in grammars for claim in grammar.claims}
    readable = ["" if v in silent else f for v, f in enumerate(folded)]
    return tuple(
        replace(g, claims=g.claims + find_claims(g.symbols, written, readable, confusions))
        for g in grammars
    )


def _plain(language: Language, key: AlphabetKey, ignores: str, state_limit: int) -> Grammar:
    """The grammar of a language without look-alikes."""
    folded = fold_alphabet(key)
    named = named_symbols(language, limit=8 * state_limit)
    ignored = frozenset(fold_symbol(c) for c in ignores) - named
    around = f"(?:{language.prefix})(?:{language.suffix})"
    printed = frozenset(folded) - {""} - ignored | others(around, key, limit=8 * state_limit)
    alike = merged(language, printed, key, limit=8 * state_limit)
    found = automaton(language, printed - alike, limit=state_limit)
    if not found.final.any():
        raise GrammarError(_why_empty(language, named, folded))
    fold = fold_onto(found.symbols, folded)
    silent = [v for v, s in enumerate(folded) if s in ignored and v != key.alphabet.blank]
    blanks = np.array([key.alphabet.blank, *silent], np.int64)
    claims = other_claims(found.symbols, alike, key)
    return Grammar(key.alphabet, found.symbols, fold, blanks, found.table, found.final, claims)


def _why_empty(language: Language, named: frozenset[str], folded: tuple[str, ...]) -> str:
    pattern = language.shown()
    if missing := "".join(sorted(named - set(folded))):
        return (
            f"pattern {pattern!r}: the recognizer's alphabet lacks {missing!r}, so no text "
            "matches. Use a model that has them, or another pattern."
        )
    if checks := sorted({check.name for form in language.forms for check in form.checks}):
        return f"pattern {pattern!r}: no text of it passes {', '.join(checks)}. Correct either."
    return f"pattern {pattern!r}: no text matches it. Write one that some text can match."
