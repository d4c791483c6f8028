"""Interpolated modified Kneser-Ney n-gram models, estimated and written as ARPA.

Method: Chen & Goodman 1999, with the conventions of Heafield et al. 2013: adjusted counts are
numbers of distinct left neighbours (raw counts behind the start of the text, and for the highest
order), unigrams are interpolated with the uniform distribution over the vocabulary with ``<unk>``
and ``</s>`` but without ``<s>``, and what pruning removes goes into the backoff weights, so that
every distribution sums to one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TextIO

import numpy as np
from numpy.typing import NDArray

from docextract.errors import UsageError

UNKNOWN, START, END = "<unk>", "<s>", "</s>"
MIN_ORDER, MAX_ORDER = 2, 6  # what the kenlm package reads
_UNKNOWN, _START, _END = 0, 1, 2
_NEVER = -99.0  # how ARPA writes the log-probability of what is never predicted
_FALLBACK = (0.5, 1.0, 1.5)  # discounts of a corpus too small to estimate them from

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class _Counted(NamedTuple):
    """The n-grams of one order (G,): rows of their prefix and suffix one order below."""

    prefix: Ints
    suffix: Ints
    word: Ints
    seen: Ints  # how often
    starts: Bools  # the n-gram begins with <s>


@dataclass(frozen=True, eq=False)
class NgramOrder:
    """The n-grams of one order: the row of the prefix below, last word, natural logarithms.

    ``logp`` holds the full interpolated probabilities and ``backoff`` the weights of contexts.
    """

    prefix: Ints
    word: Ints
    logp: Floats
    backoff: Floats
    kept: Bools


@dataclass(frozen=True, eq=False)
class NgramModel:
    """A whole model; ``words`` names the unigrams, and ``orders[0]`` are these in order."""

    words: tuple[str, ...]
    orders: tuple[NgramOrder, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of n-grams kept, by order."""
        return tuple(int(order.kept.sum()) for order in self.orders)

    def write_arpa(self, file: TextIO) -> None:
        """Write in the ARPA format: log10 probabilities, 4 decimals, tabs between columns."""
        file.write("\\data\\\n")
        for n, size in enumerate(self.sizes, 1):
            file.write(f"ngram {n}={size}\n")
        names: list[str] = []
        for n, order in enumerate(self.orders, 1):
            names = self._names(order, names)
            file.write(f"\n\\{n}-grams:\n")
            file.writelines(self._lines(order, names, last=n == len(self.orders)))
        file.write("\n\\end\\\n")

    def _names(self, order: NgramOrder, shorter: Sequence[str]) -> list[str]:
        words = (self.words[w] for w in order.word.tolist())
        if not shorter:
            return list(words)
        pairs = zip(order.prefix.tolist(), words, strict=True)
        return [f"{shorter[prefix]} {word}" for prefix, word in pairs]

    @staticmethod
    def _lines(order: NgramOrder, names: Sequence[str], *, last: bool) -> Iterator[str]:
        logp, backoff = order.logp / np.log(10), order.backoff / np.log(10)
        for g in np.flatnonzero(order.kept).tolist():
            weight = "" if last or backoff[g] == 0 else f"\t{backoff[g]:.4f}"
            yield f"{logp[g]:.4f}\t{names[g]}{weight}\n"


def estimate(
    texts: Iterable[Sequence[str]], *, order: int = 5, prune: Sequence[int] = ()
) -> NgramModel:
    """Estimate a model of ``order`` from texts, each a sequence of words.

    ``prune[i]`` is the highest adjusted count at which (i + 1)-grams are dropped, its last
    number holds for all longer ones; unigrams are always kept, and so is every n-gram that is
    part of a longer one. Raises UsageError for an empty corpus or an order out of range.
    """
    if not MIN_ORDER <= order <= MAX_ORDER:
        raise UsageError(f"order is {order}. Give one of {MIN_ORDER} to {MAX_ORDER}")
    words, sequence, position = _numbered(texts)
    counted = _count(sequence, position, len(words), order)
    adjusted = _adjusted(counted)
    kept = _kept(counted, adjusted, prune)
    return NgramModel(words, tuple(_interpolated(counted, adjusted, kept)))


def _numbered(texts: Iterable[Sequence[str]]) -> tuple[tuple[str, ...], Ints, Ints]:
    """The vocabulary, all texts in one row with <s> and </s>, and each word's place in its text."""
    numbers = {UNKNOWN: _UNKNOWN, START: _START, END: _END}
    sequence: list[int] = []
    position: list[int] = []
    for text in texts:
        if not text:
            continue
        numbered = (numbers.setdefault(word, len(numbers)) for word in text)
        sequence += (_START, *numbered, _END)
        position += range(len(text) + 2)
    if not sequence:
        raise UsageError("the corpus has no text in it. Give one text a line")
    return tuple(numbers), np.array(sequence), np.array(position)


def _count(sequence: Ints, position: Ints, vocabulary: int, order: int) -> list[_Counted]:
    count = np.bincount(sequence, minlength=vocabulary)
    every = np.arange(vocabulary)
    none = np.full(vocabulary, -1)
    counted = [_Counted(none, none, every, count, every == _START)]
    row_at = sequence  # the row, one order below, of the n-gram that ends at each place
    for n in range(2, order + 1):
        ends = np.flatnonzero(position >= n - 1)
        key = row_at[ends - 1] * vocabulary + sequence[ends]
        keys, first, row, count = np.unique(
            key, return_index=True, return_inverse=True, return_counts=True
        )
        prefix, word = np.divmod(keys, vocabulary)
        starts = counted[-1].starts[prefix]
        counted.append(_Counted(prefix, row_at[ends[first]], word, count, starts))
        row_at = np.full(len(sequence), -1)
        row_at[ends] = row
    return counted


def _adjusted(counted: Sequence[_Counted]) -> list[Ints]:
    """How many distinct words stand before each n-gram; raw counts where none can."""
    adjusted = []
    for order, longer in pairwise(counted):
        lefts = np.bincount(longer.suffix, minlength=len(order.word))
        adjusted.append(np.where(order.starts, order.seen, lefts))
    adjusted.append(counted[-1].seen.copy())
    adjusted[0][_START] = 0  # never predicted
    return adjusted


def _kept(
    counted: Sequence[_Counted], adjusted: Sequence[Ints], prune: Sequence[int]
) -> list[Bools]:
    """Which n-grams stay: the frequent ones and every part of them."""
    limits = [0, *prune[1:], *[prune[-1] if prune else 0] * len(counted)]
    kept = [a > limit for a, limit in zip(adjusted, limits, strict=False)]
    kept[0][:] = True
    for n in range(len(counted) - 1, 0, -1):
        kept[n - 1][counted[n].prefix[kept[n]]] = True
        kept[n - 1][counted[n].suffix[kept[n]]] = True
    return kept


def _discounts(adjusted: Ints) -> Floats:
    """What to take off counts of 0, 1, 2 and 3 or more (Chen & Goodman 1999, eq. 26)."""
    t = np.bincount(np.minimum(adjusted, 5), minlength=6)[1:5].astype(float)
    if (t == 0).any():
        return np.array([0.0, *_FALLBACK])
    y = t[0] / (t[0] + 2 * t[1])
    sizes = np.arange(1, 4)
    found = sizes - (sizes + 1) * y * t[1:] / t[:3]
    sound = bool((found >= 0).all() and (found <= sizes).all())
    return np.array([0.0, *(found if sound else _FALLBACK)])


def _interpolated(
    counted: Sequence[_Counted], adjusted: Sequence[Ints], kept: Sequence[Bools]
) -> Iterator[NgramOrder]:
    """Each order's probabilities on those of the order below; contexts' backoffs with them."""
    share, rest = _unigram_shares(adjusted[0])
    probability = share + rest / (len(share) - 1)  # all words but <s>
    probability[_START] = 0
    for n, order in enumerate(counted):
        if n + 1 == len(counted):
            last = np.ones(len(order.word))
            yield NgramOrder(order.prefix, order.word, _log(probability), _log(last), kept[n])
            return
        longer = counted[n + 1]
        share, backoff = _shares(longer, adjusted[n + 1], kept[n + 1], contexts=len(order.word))
        yield NgramOrder(order.prefix, order.word, _log(probability), _log(backoff), kept[n])
        probability = share + backoff[longer.prefix] * probability[longer.suffix]


def _unigram_shares(adjusted: Ints) -> tuple[Floats, float]:
    taken = _discounts(adjusted)[np.minimum(adjusted, 3)]
    total = adjusted.sum()
    return (adjusted - taken) / total, float(taken.sum() / total)


def _shares(
    order: _Counted, adjusted: Ints, keep: Bools, *, contexts: int
) -> tuple[Floats, Floats]:
    """The discounted share of each n-gram in its context, 0 for a pruned one, and what each
    context leaves to the order below: discounts and pruned counts.
    """
    discounts = _discounts(adjusted)[np.minimum(adjusted, 3)]
    taken = np.where(keep, discounts, adjusted)
    totals = np.bincount(order.prefix, adjusted, contexts)
    left = np.bincount(order.prefix, taken, contexts)
    backoff = np.divide(left, totals, out=np.ones(contexts), where=totals > 0)
    return (adjusted - taken) / totals[order.prefix], backoff


def _log(probability: Floats) -> Floats:
    never = _NEVER * np.log(10)
    return np.log(probability, out=np.full(len(probability), never), where=probability > 0)
