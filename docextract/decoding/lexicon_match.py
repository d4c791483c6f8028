"""Reading a line with a lexicon: as the only texts there are, or as likely ones.

One mechanism serves both: the sorted entries as a trie, walked down the lattice by the exact
mass of each prefix. It was chosen by measurement over an automaton for ``decode`` (100,000
entries are some 400,000 states, times thousands of symbols) and over edit distance to the best
path's text (11 ms a line with rapidfuzz, whose nearest entry is often not the likeliest).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TypeAlias

import numpy as np

from docextract.decoding._alphabets import AlphabetKey, fold_alphabet, fold_onto, swap_case
from docextract.decoding._entry_index import EntryIndex, IntArray, index_entries
from docextract.decoding._entry_walk import Found, Roots, walk
from docextract.decoding._forms import forms_of
from docextract.decoding.ctc import Masses, forward, scaled
from docextract.decoding.grammar import Grammar
from docextract.decoding.lexicon import Lexicon
from docextract.decoding.search import Decoded
from docextract.errors import GrammarError
from docextract.shapes import confusions, fold_symbol
from docextract.types import Alphabet, Candidate, Lattice

PRIOR_ODDS = 9.0  # of the commonest entry against any other text that looks as good

_NEGLIGIBLE_LOGP = -14.0  # against the best; below what a confidence shows
_WIDTHS = (8, 64, 1024)
_SCORED_AT_ONCE = 32
_SOFT_WIDTH = 64
_SOFT_SCORED = 16
_UNREADABLE = "\0"
_MIN_PART = 3  # symbols; shorter entries stand in longer texts by chance

Text: TypeAlias = tuple[int, ...]  # columns of the masses: 1 + symbol


@dataclass(frozen=True, eq=False)
class CompiledLexicon:
    """A lexicon over one alphabet, ready to be matched.

    ``index`` holds the folded entries, ``printed`` each row's entry as the lexicon writes it, and
    ``bonuses`` (N,) each row's log-odds over other texts. ``grammar`` says any text of the
    entries' symbols; ``forms`` are the alphabet indices of every folded character.
    """

    index: EntryIndex
    printed: tuple[str, ...]
    bonuses: Masses
    grammar: Grammar
    forms: Mapping[str, tuple[int, ...]]
    ignored: frozenset[str]

    def canonical(self, text: str) -> str:
        """``text`` as it would stand in the index, were it an entry."""
        columns = self.labels
        folded = (c for c in map(fold_symbol, text) if c not in self.ignored)
        return "".join(self.index.symbols[columns[c] - 1] if c in columns else c for c in folded)

    @cached_property
    def labels(self) -> dict[str, int]:
        """The column of each folded character; of either case where the lexicon has one."""
        symbols = self.index.symbols
        return {swap_case(s): k + 1 for k, s in enumerate(symbols)} | {
            s: k + 1 for k, s in enumerate(symbols)
        }

    def fold(self, lattice: Lattice) -> Masses:
        """Probabilities (T, 1 + K) of the blank and the index's symbols."""
        single, single_columns, several, columns, starts = self._groups
        probs = np.empty((lattice.steps, 1 + len(self.index.symbols)))
        probs[:, single] = np.exp(lattice.logp.take(single_columns, axis=1))
        if len(several):
            used = lattice.logp.take(columns, axis=1).astype(np.float64)
            probs[:, several] = np.add.reduceat(np.exp(used), starts, axis=1)
        return probs

    @cached_property
    def _groups(self) -> tuple[IntArray, IntArray, IntArray, IntArray, IntArray]:
        """Symbols of one form and their columns; of several, theirs, and where each starts.

        Most symbols have one form, and adding up thousands of groups of one takes time.
        """
        columns, starts = self.grammar.columns, self.grammar.column_starts
        sizes = np.diff(starts, append=len(columns))
        single, several = np.flatnonzero(sizes == 1), np.flatnonzero(sizes > 1)
        grouped = columns[np.repeat(sizes > 1, sizes)]
        firsts = np.cumsum(sizes[several]) - sizes[several]
        return single, columns[starts[single]], several, grouped, firsts

    @cached_property
    def shapes(self) -> tuple[IntArray, IntArray, Masses]:
        """Columns of symbols, alphabet indices of what may be read for them, and the shares."""
        known = set(self.index.symbols)
        found = [
            (self.labels[meant], v, share)
            for meant, read, share in confusions()
            if meant in known and self.labels.get(read) != self.labels[meant]
            for v in self.forms.get(read, ())
        ]
        columns, read_as, shares = zip(*found, strict=True) if found else ((), (), ())
        return np.array(columns, np.int64), np.array(read_as, np.int64), np.array(shares, float)


def compile_lexicon(lexicon: Lexicon, alphabet: Alphabet, *, ignores: str = " ") -> CompiledLexicon:
    """Prepare ``lexicon`` for a recognizer, folded as ``compile_grammar`` folds; cached.

    Entries with characters the alphabet lacks cannot be read and are left out; of entries that
    fold to one text the first stays. Raises GrammarError when none is left.
    """
    return _compile(lexicon, AlphabetKey(alphabet), ignores)


@lru_cache(maxsize=16)
def _compile(lexicon: Lexicon, key: AlphabetKey, ignores: str) -> CompiledLexicon:
    folded = fold_alphabet(key)
    forms = forms_of(key)
    ignored = frozenset(fold_symbol(c) for c in ignores)
    texts = _fold_entries(lexicon.entries, forms, ignored)
    first = dict(zip(reversed(texts), range(len(texts) - 1, -1, -1), strict=True))
    kept = sorted(text for text in first if text and _UNREADABLE not in text)
    if not kept:
        raise GrammarError(
            f"lexicon {lexicon.name!r}: the recognizer's alphabet can write none of its entries. "
            "Use another model or lexicon."
        )
    index = index_entries(kept)
    silent = [v for c in ignored for v in forms.get(c, ())]
    grammar = Grammar(
        alphabet=key.alphabet,
        symbols=index.symbols,
        fold=fold_onto(index.symbols, folded),
        blanks=np.array([key.alphabet.blank, *silent], np.int64),
        next=np.zeros((1, len(index.symbols)), np.int32),
        final=np.ones(1, bool),
    )
    rows = [first[text] for text in kept]
    weights = np.array(lexicon.weights)[rows]
    bonuses = np.maximum(np.log(PRIOR_ODDS * weights / max(lexicon.weights)), 0)
    return CompiledLexicon(
        index, tuple(lexicon.entries[row] for row in rows), bonuses, grammar, forms, ignored
    )


def _fold_entries(
    entries: Sequence[str], forms: Mapping[str, tuple[int, ...]], ignored: frozenset[str]
) -> list[str]:
    """The entries folded, all at once: character by character would cost a second for many."""
    joined = "\n".join(entries)
    table: dict[int, str] = {}
    for char in set(joined) - {"\n"}:
        canonical = fold_symbol(char)
        readable = canonical in forms or swap_case(canonical) in forms
        table[ord(char)] = canonical if readable else _UNREADABLE
        if canonical in ignored:
            table[ord(char)] = ""
    return joined.translate(table).split("\n")


def match_lexicon(lattice: Lattice, lexicon: CompiledLexicon, *, nbest: int = 5) -> Decoded:
    """Find the ``nbest`` most probable entries in ``lattice``, as if there were no other texts.

    Scores are exact CTC log-probabilities of the folded entries (term ``ctc``); entries below
    e^-14 of the best are left out. ``exact`` is True when no other entry can be better.
    ``valid_logp`` sums the candidates only.

    Raises ValueError when the lexicon was compiled for another alphabet.
    """
    _check_alphabet(lattice, lexicon)
    probs, log_scale = scaled(lexicon.fold(lattice))
    search = _EntrySearch(lexicon.index, probs, nbest)
    exact = search.run()
    candidates = []
    for row, mass in search.ranked():
        logp = math.log(mass) + log_scale
        candidates.append(Candidate(lexicon.printed[row], logp, {"ctc": logp}))
    total = float(np.logaddexp.reduce([c.logp for c in candidates], initial=-math.inf))
    return Decoded(tuple(candidates), total, lattice.greedy(), exact)


def _check_alphabet(lattice: Lattice, lexicon: CompiledLexicon) -> None:
    known = lexicon.grammar.alphabet
    if lattice.alphabet is not known and lattice.alphabet != known:
        raise ValueError("the lexicon was compiled for another alphabet; compile it for this one")


class _EntrySearch:
    """Walks with growing width until what was passed over cannot matter."""

    def __init__(self, index: EntryIndex, probs: Masses, nbest: int) -> None:
        self._index, self._probs, self._nbest = index, probs, nbest
        self._masses: dict[int, float] = {}

    def run(self) -> bool:
        """Search; True when no entry that was not scored can be among the best."""
        roots = _line_start(self._probs)
        for width in _WIDTHS:
            found = walk(self._index, self._probs, roots, width=width, floor=self._floor())
            self._score(found)
            if found.missed <= self._floor():
                return True
        return False

    def ranked(self) -> list[tuple[int, float]]:
        """Rows and masses of the best, heaviest first."""
        floor = self._floor()
        best = [(row, mass) for row, mass in self._masses.items() if mass >= floor and mass > 0]
        return sorted(best, key=lambda item: (-item[1], item[0]))[: self._nbest]

    def _floor(self) -> float:
        """The mass below which an entry does not matter."""
        best = sorted(self._masses.values(), reverse=True)[: self._nbest]
        if not best:
            return 0.0
        return max(
            best[0] * math.exp(_NEGLIGIBLE_LOGP), best[-1] if len(best) == self._nbest else 0
        )

    def _score(self, found: Found) -> None:
        order = np.argsort(-found.bounds, kind="stable")
        for at in range(0, len(order), _SCORED_AT_ONCE):
            batch = order[at : at + _SCORED_AT_ONCE]
            if found.bounds[batch[0]] < self._floor():
                return
            rows = [row for row in found.rows[batch].tolist() if row not in self._masses]
            texts = [[k + 1 for k in self._index.labels_of(row)] for row in rows]
            self._masses.update(zip(rows, _masses(self._probs, texts), strict=True))


def _masses(probs: Masses, texts: Sequence[Sequence[int]]) -> list[float]:
    return [float(table[-1, -2:].sum()) for table in forward(probs, texts, 0)]


def _line_start(probs: Masses) -> Roots:
    on_blank = np.cumprod(np.append(1.0, probs[:, 0])).astype(probs.dtype)[:, None]
    return Roots(np.array([-1]), on_blank, np.zeros_like(on_blank))


@dataclass(frozen=True, eq=False)
class _Variant:
    """A text of the line with an entry in it: folded, as printed, and the entry's row."""

    labels: Text
    text: str
    row: int


def favour_lexicon(
    lattice: Lattice,
    lexicon: CompiledLexicon,
    decoded: Decoded,
    *,
    nbest: int = 5,
    body: tuple[int, int] | None = None,
) -> Decoded:
    """Add to what was decoded the texts in which an entry stands, and weigh all by Bayes' rule.

    The entry may be the best text's ``body``, by its start and stop, which is the whole line
    when absent; or, from three symbols on, a part of the text. Its
    evidence is the picture's (``ctc``), what look-alike characters lend it (``shape``), and its
    prior, at most log 9 (``lexicon``). All candidates are scaled so that the line's texts sum to
    one again; so a text that is read with a probability of 0.9 or more is never overruled.

    Raises ValueError when the lexicon was compiled for another alphabet.
    """
    _check_alphabet(lattice, lexicon)
    if not decoded.candidates:
        return decoded
    best = decoded.candidates[0].text
    line = _Line(lattice, lexicon, best)
    variants = line.variants(body or (0, len(best)))
    if not variants:
        return decoded
    texts = [v.labels for v in variants]
    masses = list(zip(_masses(line.probs, texts), _masses(line.lenient, texts), strict=True))
    return _blend(lexicon, decoded, variants, masses, nbest)


class _Line:
    """A lattice folded onto a lexicon's symbols and those of the line's best text.

    ``lenient`` lends every symbol a share of its look-alikes' probability.
    """

    def __init__(self, lattice: Lattice, lexicon: CompiledLexicon, best: str) -> None:
        self._lexicon = lexicon
        self._text, extra = _label(best, lexicon)
        self._best = best if self._text else ""
        columns = [np.exp(lattice.logp[:, list(f)], dtype=np.float64).sum(axis=1) for f in extra]
        folded = lexicon.fold(lattice)
        self.probs: Masses = np.column_stack([folded, *columns])
        self.lenient = self.probs.copy()
        symbols, read_as, shares = lexicon.shapes
        lent = np.exp(lattice.logp[:, read_as], dtype=np.float64) * shares
        np.add.at(self.lenient.T, symbols, lent.T)

    def variants(self, body: tuple[int, int]) -> list[_Variant]:
        """The texts with an entry that the picture may show, the likeliest entries only."""
        table = forward(self.lenient, [self._text], 0)[0]
        last = np.array([-1, *self._text]) - 1
        on_label = np.zeros((len(table), len(last)))
        on_label[:, 1:] = table[:, 1::2]
        roots = Roots(last, table[:, ::2], on_label)
        floor = float(table[-1, -2:].sum()) * math.exp(_NEGLIGIBLE_LOGP)
        found = walk(self._lexicon.index, self.lenient, roots, width=_SOFT_WIDTH, floor=floor)
        best = np.argsort(-found.bounds, kind="stable")[:_SOFT_SCORED]
        variants: dict[Text, _Variant] = {}
        for row, start in zip(found.rows[best].tolist(), found.roots[best].tolist(), strict=True):
            for variant in self._with_entry(row, start, body):
                variants.setdefault(variant.labels, variant)
        return list(variants.values())

    def _with_entry(self, row: int, start: int, body: tuple[int, int]) -> list[_Variant]:
        entry = tuple(k + 1 for k in self._lexicon.index.labels_of(row))
        size, near = len(self._text), start + len(entry)
        ends = (near - 1, near, near + 1, body[1], size)
        stops = {stop for stop in ends if start <= stop <= size}
        return [
            _Variant(
                self._text[:start] + entry + self._text[stop:],
                self._best[:start] + self._lexicon.printed[row] + self._best[stop:],
                row,
            )
            for stop in sorted(stops)
            if len(entry) >= _MIN_PART or (start, stop) in (body, (0, size))
        ]


def _label(text: str, lexicon: CompiledLexicon) -> tuple[Text, list[tuple[int, ...]]]:
    """The columns of a text, and the alphabet indices of those the lexicon does not have.

    A text with symbols of several characters has no columns: only whole lines will match it.
    """
    extra: dict[str, int] = {}
    labels = []
    for char in map(fold_symbol, text):
        if char in lexicon.ignored or not (char in lexicon.labels or char in lexicon.forms):
            return (), []
        fresh = 1 + len(lexicon.index.symbols) + len(extra)
        known = lexicon.labels.get(char)
        labels.append(extra.setdefault(char, fresh) if known is None else known)
    return tuple(labels), [lexicon.forms[char] for char in extra]


def _blend(
    lexicon: CompiledLexicon,
    decoded: Decoded,
    variants: Sequence[_Variant],
    masses: Sequence[tuple[float, float]],
    nbest: int,
) -> Decoded:
    """Bayes' rule over all texts; ``masses`` are the variants' own and with look-alikes."""
    bonuses: list[float] = lexicon.bonuses[[v.row for v in variants]].tolist()
    gained = sum(m * math.exp(b) - p for b, (p, m) in zip(bonuses, masses, strict=True))
    log_total = math.log1p(max(gained, 0.0))
    ours = [
        _weighed(v.text, printed, meant, bonus - log_total)
        for v, bonus, (printed, meant) in zip(variants, bonuses, masses, strict=True)
        if printed > 0
    ]
    known = {lexicon.canonical(v.text) for v in variants}
    theirs = [
        replace(c, logp=c.logp - log_total, terms={**c.terms, "lexicon": -log_total})
        for c in decoded.candidates
        if lexicon.canonical(c.text) not in known
    ]
    best = sorted([*ours, *theirs], key=lambda c: -c.logp)[:nbest]
    return replace(decoded, candidates=tuple(best))


def _weighed(text: str, printed: float, meant: float, prior_logp: float) -> Candidate:
    terms = {"ctc": math.log(printed), "shape": math.log(meant / printed), "lexicon": prior_logp}
    return Candidate(text, math.log(meant) + prior_logp, terms)
