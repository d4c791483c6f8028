"""The n most probable texts of a grammar in a CTC lattice, by proof where time allows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from docextract.decoding._masses import (
    ROUGH,
    ValidMasses,
    refined,
    rough_masses,
    valid_masses,
)
from docextract.decoding._prefix_search import NEGLIGIBLE, PrefixSearch, Text
from docextract.decoding.ctc import Masses, collapse, forward_backward
from docextract.decoding.grammar import Grammar
from docextract.types import Candidate, Lattice

# Above these the tables of the backward pass are too large, and the search keeps only the
# symbols the lattice makes most of.
_SYMBOL_LIMIT = 128
_CELL_LIMIT = 4_000_000
_SYMBOLS_KEPT = 48
# Lines are searched together up to this many cells of their backward passes (8 MB).
_CELLS_TOGETHER = 1_000_000
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
    return decode_all([(lattice, grammars)], nbest=nbest)[0]


def decode_all(
    lines: Sequence[tuple[Lattice, Sequence[Grammar]]], *, nbest: int = 5
) -> list[Decoded]:
    """``decode_any`` for each lattice and its grammars; many together take less time a line."""
    for lattice, grammars in lines:
        for grammar in grammars:
            if lattice.alphabet is not grammar.alphabet and lattice.alphabet != grammar.alphabet:
                raise ValueError(
                    "a grammar was compiled for another alphabet; compile it for this one"
                )
    affordable = [[_affordable(lattice, g) for g in grammars] for lattice, grammars in lines]
    smaller = [
        (lattice, [grammar for grammar, _ in mine])
        for (lattice, _), mine in zip(lines, affordable, strict=True)
    ]
    searched = [found for group in _groups(smaller) for found in _search_all(group, nbest)]
    decoded = []
    for (lattice, kept), mine, found in zip(smaller, affordable, searched, strict=True):
        dropped = sum(missing for _, missing in mine)
        near_total = dropped <= _NEGLIGIBLE * math.exp(found.valid_logp)
        exact = found.exact and near_total and dropped <= found.floor
        greedy = greedy_text(lattice, kept[0])
        decoded.append(Decoded(found.candidates, found.valid_logp, greedy, exact))
    return decoded


@dataclass(frozen=True, eq=False)
class Found:
    """What a search found; no text below the probability ``floor`` is among the best."""

    candidates: tuple[Candidate, ...]
    valid_logp: float
    floor: float
    exact: bool


def search(lattice: Lattice, grammar: Grammar, *, nbest: int, limit: int) -> Found:
    """Search ``grammar`` in ``lattice``, splitting the texts of ``limit`` prefixes at most."""
    begun = _begun(valid_masses(lattice, grammar), grammar, nbest)
    return _finished(begun, _tables([begun])[0], limit)


def _groups(
    lines: Sequence[tuple[Lattice, Sequence[Grammar]]],
) -> Iterator[list[tuple[Lattice, Sequence[Grammar]]]]:
    """Lines in a row whose tables are not too large together; a large one is alone."""
    group: list[tuple[Lattice, Sequence[Grammar]]] = []
    size = 0
    for lattice, grammars in lines:
        cells = lattice.steps * sum(len(grammar.arcs.states) for grammar in grammars)
        if group and size + cells > _CELLS_TOGETHER:
            yield group
            group, size = [], 0
        group.append((lattice, grammars))
        size += cells
    if group:
        yield group


def _search_all(lines: Sequence[tuple[Lattice, Sequence[Grammar]]], nbest: int) -> list[Found]:
    """Search each line's most promising grammar first; the guesses of all lines side by side."""
    ranked = [_ranked(lattice, grammars) for lattice, grammars in lines]
    begun = [
        _begun(refined(rough[0][0], lattice, rough[0][1]), rough[0][1], nbest)
        for (lattice, _), rough in zip(lines, ranked, strict=True)
    ]
    found = []
    for (lattice, _), rough, one, tables in zip(lines, ranked, begun, _tables(begun), strict=True):
        first = _finished(one, tables, _limit(one.masses))
        found.append(_with_others(first, lattice, rough[1:], nbest) if rough[1:] else first)
    return found


def _with_others(
    first: Found, lattice: Lattice, others: Sequence[tuple[ValidMasses, Grammar]], nbest: int
) -> Found:
    """What other grammars add to the most promising one's texts: only what reaches its floor."""
    best = {candidate.text: candidate for candidate in first.candidates}
    valid, floor, exact = math.exp(first.valid_logp), first.floor, first.exact
    twice = 0.0
    for masses, grammar in others:
        if math.exp(masses.logp(masses.total)) < floor:
            valid += math.exp(masses.logp(masses.total))
            continue
        begun = _begun(refined(masses, lattice, grammar, beside=valid), grammar, nbest, floor=floor)
        found = _finished(begun, _tables([begun])[0], _limit(begun.masses))
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
        masses = rough_masses(lattice, grammar, least_logp=known_logp + _NEXT_TO_NOTHING)
        known_logp = max(known_logp, masses.logp(masses.total - ROUGH))
        ranked.append((masses, grammar))
    ranked.sort(key=lambda item: -item[0].logp(item[0].total))
    return ranked


@dataclass(frozen=True, eq=False)
class _Begun:
    """A search that has its guess, or none where nothing is possible."""

    masses: ValidMasses
    grammar: Grammar
    floor: float
    search: PrefixSearch | None
    guess: Text = ()


def _begun(masses: ValidMasses, grammar: Grammar, nbest: int, *, floor: float = 0.0) -> _Begun:
    if nbest < 1:
        raise ValueError(f"nbest is {nbest}; ask for at least one candidate")
    if not masses.total > 0:
        return _Begun(masses, grammar, floor, None)
    scale = math.exp(-masses.log_scale) if masses.log_scale > -700 else 0.0
    search = PrefixSearch(masses, grammar, nbest, floor * scale)
    return _Begun(masses, grammar, floor, search, search.guess())


def _tables(begun: Sequence[_Begun]) -> list[tuple[Masses, Masses]]:
    """The forward and backward tables of all guesses, those of one precision together."""
    tables: list[tuple[Masses, Masses]] = [(np.zeros((0, 0)), np.zeros((0, 0)))] * len(begun)
    for dtype in {one.masses.probs.dtype for one in begun}:
        mine = [i for i, one in enumerate(begun) if one.search and one.masses.probs.dtype == dtype]
        guesses = [(begun[i].masses.probs, begun[i].guess) for i in mine]
        for i, table in zip(mine, forward_backward(guesses, 0), strict=True):
            tables[i] = table
    return tables


def _finished(begun: _Begun, tables: tuple[Masses, Masses], limit: int) -> Found:
    if begun.search is None:
        return Found((), -math.inf, 0.0, True)
    masses, symbols = begun.masses, begun.grammar.symbols
    exact = begun.search.run(begun.guess, tables, limit)
    candidates = tuple(
        _candidate("".join(symbols[k - 1] for k in text), masses.logp(mass))
        for text, mass in begun.search.ranked()
    )
    least = math.exp(masses.logp(begun.search.floor)) if candidates else begun.floor
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
