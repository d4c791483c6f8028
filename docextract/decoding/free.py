"""Free text: the most probable texts of a CTC lattice when everything is valid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from docextract.decoding.grammar import Grammar
from docextract.decoding.search import Decoded, greedy_text, search
from docextract.types import Lattice

_MIN_LOGP = -8.0
_SYMBOL_LIMIT = 48
_SPLIT_LIMIT = 24


def decode_free(lattice: Lattice, *, nbest: int = 5) -> Decoded:
    """Find the ``nbest`` most probable texts, in the alphabet's own symbols.

    The search keeps the likeliest symbols of the line (at most 48, each above e^-8 in some frame)
    and few prefixes, so ``exact`` is True only when no other text can be better; scores are
    exact in any case. ``valid_logp`` is 0: every text is valid.
    """
    likely, dropped = likely_symbols(lattice)
    grammar = _any_text(lattice, likely)
    found = search(lattice, grammar, nbest=nbest, limit=_SPLIT_LIMIT)
    exact = found.exact and dropped <= found.floor
    return Decoded(found.candidates, 0.0, greedy_text(lattice, grammar), exact)


def likely_symbols(lattice: Lattice) -> tuple[NDArray[np.int64], float]:
    """The symbols to search with, and the probability of all others."""
    likely = np.flatnonzero(lattice.logp.max(axis=0, initial=-np.inf) > _MIN_LOGP)
    likely = likely[likely != lattice.alphabet.blank]
    probs = np.exp(lattice.logp[:, likely], dtype=np.float64)
    kept = likely[np.argsort(-probs.sum(axis=0), kind="stable")[:_SYMBOL_LIMIT]]
    used = np.r_[lattice.alphabet.blank, kept]
    inside = np.exp(lattice.logp[:, used], dtype=np.float64).sum(axis=1)
    return np.sort(kept), float(np.maximum(1 - inside, 0).sum())


def _any_text(lattice: Lattice, symbols: NDArray[np.int64]) -> Grammar:
    """The grammar of all texts over ``symbols``, each standing for itself."""
    fold = np.full(len(lattice.alphabet), -1, np.int32)
    fold[symbols] = np.arange(len(symbols))
    return Grammar(
        alphabet=lattice.alphabet,
        symbols=tuple(lattice.alphabet.symbols[v] for v in symbols.tolist()),
        fold=fold,
        blanks=np.array([lattice.alphabet.blank]),
        next=np.zeros((1, len(symbols)), np.int32),
        final=np.ones(1, bool),
    )
