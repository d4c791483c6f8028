"""The n most probable texts of a grammar in a CTC lattice, by proof where time allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from docextract.decoding._masses import (
    ROUGH,
    ValidMasses,
    refined,
    rough_masses,
    valid_masses,
)
from docextract.decoding._prefix_search import NEGLIGIBLE, PrefixSearch
from docextract.decoding.ctc import collapse
from docextract.decoding.grammar import Grammar
from docextract.types import Candidate, Lattice

# Above these the tables of the backward pass are too large, and the search keeps only the
# symbols the lattice makes most of.
_SYMBOL_LIMIT = 128
_CELL_LIMIT = 4_000_000
_SYMBOLS_KEPT = 48
_SPLIT_LIMIT = 300
# Where all valid texts together are less probable than what no confidence shows, their order does
# not matter: a look for the likeliest is enough.
_HOPELESS_LIMIT = 80
_NEGLIGIBLE = 1e-9
_NEXT_TO_NOTHING = math.log(1e-12)
_HALF = math.log(0.5) + 1e-3  # a symbol above this is the frame's most probable one


@dataclass(frozen=True, eq=False)
class Decoded:
    """What a lattice says inside a grammar.

    ``candidates`` are sorted by their true CTC log-probability, summed over all alignments in the
    folded lattice. ``valid_logp`` is that of all valid texts together, so 1 - exp(valid_logp) is
    the probability that the line says nothing valid. ``greedy`` is the lattice's unconstrained
    best-path text. ``exact``: no text is missing from ``candidates`` that should stand there.
    Scores are exact in any case.
    """

    candidates: tuple[Candidate, ...]
    valid_logp: float
    greedy: str
    exact: bool


def decode(lattice: Lattice, grammar: Grammar, *, nbest: int = 5) -> Decoded:
    """Find the ``nbest`` most probable texts of ``grammar``; fewer if fewer are possible.

    Texts below e^-9 of the best one are left out.

    Prefix search (Graves 2006) inside the automaton: the exact mass of everything that may follow
    a prefix bounds each of its completions, so what is pruned is proven to be worse. It stops
    after 300 prefixes with what it has, and ``exact`` is False; after 80 when all valid texts
    together have less than e^-9 of the lattice. ``exact`` is False too for a grammar so large that
    only its likeliest symbols could be searched, unless the rest cannot matter.

    Raises ValueError when the grammar was compiled for another alphabet, or ``nbest`` is below 1.
    """
    return decode_any(lattice, (grammar,), nbest=nbest)


def decode_any(lattice: Lattice, grammars: Sequence[Grammar], *, nbest: int = 5) -> Decoded:
    """Find the ``nbest`` most probable texts of any of the ``grammars``, as ``decode`` does.

    A text that several grammars have counts once, if it is among the best.
    """
    for grammar in grammars:
        if lattice.alphabet is not grammar.alphabet and lattice.alphabet != grammar.alphabet:
            raise ValueError("a grammar was compiled for another alphabet; compile it for this one")
    affordable = [_affordable(lattice, grammar) for grammar in grammars]
    dropped = sum(missing for _, missing in affordable)
    found = _search_all(lattice, [grammar for grammar, _ in affordable], nbest)
    near_total = dropped <= _NEGLIGIBLE * math.exp(found.valid_logp)
    exact = found.exact and near_total and dropped <= found.floor
    greedy = greedy_text(lattice, affordable[0][0])
    return Decoded(found.candidates, found.valid_logp, greedy, exact)


@dataclass(frozen=True, eq=False)
class Found:
    """What a search found; no text below the probability ``floor`` is among the best."""

    candidates: tuple[Candidate, ...]
    valid_logp: float
    floor: float
    exact: bool


def search(lattice: Lattice, grammar: Grammar, *, nbest: int, limit: int) -> Found:
    """Search ``grammar`` in ``lattice``, splitting the texts of ``limit`` prefixes at most."""
    return _search(valid_masses(lattice, grammar), grammar, nbest, limit, floor=0.0)


def _search_all(lattice: Lattice, grammars: Sequence[Grammar], nbest: int) -> Found:
    """Search the most promising grammar first: the others can only add what reaches its floor."""
    rough = _all_rough(lattice, grammars)
    rough.sort(key=lambda item: -item[0].logp(item[0].total))
    best: dict[str, Candidate] = {}
    valid = floor = twice = 0.0
    exact = True
    for masses, grammar in rough:
        if math.exp(masses.logp(masses.total)) < floor:
            valid += math.exp(masses.logp(masses.total))
            continue
        whole = refined(masses, lattice, grammar, beside=valid)
        hopeless = whole.logp(whole.total) < math.log(NEGLIGIBLE)
        limit = _HOPELESS_LIMIT if hopeless else _SPLIT_LIMIT
        found = _search(whole, grammar, nbest, limit, floor=floor)
        if len(grammars) == 1:
            return found
        valid += math.exp(found.valid_logp)
        twice += sum(math.exp(c.logp) for c in found.candidates if c.text in best)
        best |= {candidate.text: candidate for candidate in found.candidates}
        floor, exact = max(floor, found.floor), exact and found.exact
    ranked = sorted(best.values(), key=lambda candidate: -candidate.logp)[:nbest]
    valid_logp = math.log(valid - twice) if valid > twice else -math.inf
    return Found(tuple(ranked), valid_logp, floor, exact)


def _all_rough(lattice: Lattice, grammars: Sequence[Grammar]) -> list[tuple[ValidMasses, Grammar]]:
    """The masses in each grammar; none where those before it leave nothing to speak of."""
    rough: list[tuple[ValidMasses, Grammar]] = []
    known_logp = -math.inf
    for grammar in grammars:
        masses = rough_masses(lattice, grammar, least_logp=known_logp + _NEXT_TO_NOTHING)
        known_logp = max(known_logp, masses.logp(masses.total - ROUGH))
        rough.append((masses, grammar))
    return rough


def _search(
    masses: ValidMasses, grammar: Grammar, nbest: int, limit: int, *, floor: float
) -> Found:
    if nbest < 1:
        raise ValueError(f"nbest is {nbest}; ask for at least one candidate")
    if not masses.total > 0:
        return Found((), -math.inf, 0.0, True)
    scale = math.exp(-masses.log_scale) if masses.log_scale > -700 else 0.0
    prefix_search = PrefixSearch(masses, grammar, nbest, floor * scale)
    exact = prefix_search.run(limit)
    candidates = tuple(
        _candidate("".join(grammar.symbols[k - 1] for k in text), masses.logp(mass))
        for text, mass in prefix_search.ranked()
    )
    least = math.exp(masses.logp(prefix_search.floor)) if candidates else floor
    return Found(candidates, masses.logp(masses.total), least, exact)


def _candidate(text: str, logp: float) -> Candidate:
    return Candidate(text, logp, {"ctc": logp})


def _affordable(lattice: Lattice, grammar: Grammar) -> tuple[Grammar, float]:
    """The grammar over as many of the likeliest symbols as fit, and a bound on what is left out.

    Likely is what is so in one frame: to add up all frames of thousands of symbols takes longer
    than the search, and their peaks bound the sums.
    """
    if len(grammar.symbols) <= _SYMBOL_LIMIT and _cells(lattice, grammar) <= _CELL_LIMIT:
        return grammar, 0.0
    peaks = lattice.logp.max(axis=0, initial=-math.inf).take(grammar.columns).astype(np.float64)
    prob = np.add.reduceat(np.exp(peaks + grammar.column_prices), grammar.column_starts)[1:]
    size = min(_SYMBOLS_KEPT, len(prob))
    likeliest = np.argpartition(-prob, size - 1)[:size]
    likeliest = likeliest[np.argsort(-prob[likeliest], kind="stable")]
    smaller = grammar.restricted(likeliest)
    while _cells(lattice, smaller) > _CELL_LIMIT and size > 1:
        size = size * 7 // 8
        smaller = smaller.restricted(np.arange(min(size, len(smaller.symbols))))
    return smaller, lattice.steps * float(prob.sum() - prob[likeliest[:size]].sum())


def _cells(lattice: Lattice, grammar: Grammar) -> int:
    return lattice.steps * len(grammar.arcs.flow)


def greedy_text(lattice: Lattice, grammar: Grammar) -> str:
    """``lattice.greedy()``, but reading all V columns only where the grammar's leave doubt."""
    inside = lattice.logp.take(grammar.columns, axis=1)
    path = grammar.columns[inside.argmax(axis=1)]
    doubtful = np.flatnonzero(inside.max(axis=1, initial=-math.inf) <= _HALF)
    path[doubtful] = lattice.logp[doubtful].argmax(axis=1)
    symbols = lattice.alphabet.symbols
    return "".join(symbols[v] for v in collapse(path, lattice.alphabet.blank))
