"""The n most probable texts of a grammar in a CTC lattice, by proof where time allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from docextract.decoding._masses import ValidMasses, valid_masses
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
    if nbest < 1:
        raise ValueError(f"nbest is {nbest}; ask for at least one candidate")
    affordable = [_affordable(lattice, grammar) for grammar in grammars]
    kept = [grammar for grammar, _ in affordable]
    found = _search_any(lattice, kept, nbest)
    dropped = sum(missing for _, missing in affordable)
    near_total = dropped <= _NEGLIGIBLE * math.exp(found.valid_logp)
    exact = found.exact and near_total and dropped <= found.floor
    return Decoded(found.candidates, found.valid_logp, greedy_text(lattice, kept[0]), exact)


@dataclass(frozen=True, eq=False)
class Found:
    """What a search found; no text below the probability ``floor`` is among the best."""

    candidates: tuple[Candidate, ...]
    valid_logp: float
    floor: float
    exact: bool


def search(lattice: Lattice, grammar: Grammar, *, nbest: int, limit: int) -> Found:
    """Search ``grammar`` in ``lattice``, splitting the texts of ``limit`` prefixes at most."""
    return _searched(valid_masses(lattice, grammar), grammar, nbest, limit)


def _search_any(lattice: Lattice, grammars: Sequence[Grammar], nbest: int) -> Found:
    """Search the most promising grammar; what others add are texts that reach its floor."""
    (masses, grammar), *others = _ranked(lattice, grammars)
    first = _searched(masses, grammar, nbest, _limit(masses))
    if not others:
        return first
    best = {candidate.text: candidate for candidate in first.candidates}
    valid, floor, exact = math.exp(first.valid_logp), first.floor, first.exact
    twice = 0.0
    for masses, grammar in others:
        if math.exp(masses.logp(masses.total)) < floor:
            valid += math.exp(masses.logp(masses.total))
            continue
        found = _searched(masses, grammar, nbest, _limit(masses), floor=floor)
        valid += math.exp(found.valid_logp)
        twice += sum(math.exp(c.logp) for c in found.candidates if c.text in best)
        best |= {candidate.text: candidate for candidate in found.candidates}
        floor, exact = max(floor, found.floor), exact and found.exact
    ranked = sorted(best.values(), key=lambda candidate: -candidate.logp)[:nbest]
    valid_logp = math.log(valid - twice) if valid > twice else -math.inf
    return Found(tuple(ranked), valid_logp, floor, exact)


def _limit(masses: ValidMasses) -> int:
    hopeless = masses.logp(masses.total) < math.log(NEGLIGIBLE)
    return _HOPELESS_LIMIT if hopeless else _SPLIT_LIMIT


def _ranked(lattice: Lattice, grammars: Sequence[Grammar]) -> list[tuple[ValidMasses, Grammar]]:
    """The grammars by the mass of their texts.

    There is none in a grammar where those before it leave nothing to speak of.
    """
    ranked: list[tuple[ValidMasses, Grammar]] = []
    known_logp = -math.inf
    for grammar in grammars:
        masses = valid_masses(lattice, grammar, least_logp=known_logp + _NEXT_TO_NOTHING)
        known_logp = max(known_logp, masses.logp(masses.total))
        ranked.append((masses, grammar))
    ranked.sort(key=lambda item: -item[0].logp(item[0].total))
    return ranked


def _searched(
    masses: ValidMasses, grammar: Grammar, nbest: int, limit: int, *, floor: float = 0.0
) -> Found:
    """Search among texts that have at least the probability ``floor``."""
    if not masses.total > 0:
        return Found((), -math.inf, 0.0, True)
    scale = math.exp(-masses.log_scale) if masses.log_scale > -700 else 0.0
    search = PrefixSearch(masses, grammar, nbest, floor * scale)
    exact = search.run(limit)
    candidates = tuple(
        _candidate("".join(grammar.symbols[k - 1] for k in text), masses.logp(mass))
        for text, mass in search.ranked()
    )
    least = math.exp(masses.logp(search.floor)) if candidates else floor
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
