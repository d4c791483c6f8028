"""The mass of all valid continuations of a path: CTC's backward pass over a whole automaton."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from docextract.decoding.ctc import UNDERFLOW, Masses, scaled
from docextract.decoding.grammar import Grammar
from docextract.types import Lattice


@dataclass(frozen=True, eq=False)
class ValidMasses:
    """A lattice folded onto a grammar, and what every step towards a valid text is worth.

    ``probs`` (T, K + 1): the blank, then the canonical symbols; rows scaled to sum to one, with
    ``log_scale`` taken out. ``cells`` (T, M + 1): the mass of all valid completions that stand on
    a cell of ``list_arcs`` at frame t, the frame included; the last column is zero. ``total`` is
    the mass of all valid texts.
    """

    probs: Masses
    log_scale: float
    cells: Masses
    total: np.floating

    def logp(self, mass: np.floating) -> float:
        """The true log-probability of a mass."""
        return float(np.log(mass)) + self.log_scale if mass > 0 else -np.inf


def valid_masses(
    lattice: Lattice, grammar: Grammar, *, least_logp: float = -math.inf
) -> ValidMasses:
    """Sum over all texts of the grammar, exactly: the automaton is deterministic, so the sum
    over its paths is the sum over its strings.

    The total is 0 where all texts over the grammar's symbols have less than ``least_logp``, and
    may lack digits where the sum has. Time and memory are O(T A) for A arcs; texts that the
    lattice makes little of take longer.
    """
    probs, log_scale = scaled(fold(lattice, grammar, np.dtype(np.float64)))
    if log_scale < least_logp:
        return ValidMasses(probs, log_scale, np.zeros((0, 0)), np.float64(0))
    cells, total = grammar.arcs.backward(probs)
    if total < UNDERFLOW and log_scale + math.log(UNDERFLOW) >= least_logp:
        probs, log_scale = scaled(fold(lattice, grammar, np.dtype(np.longdouble)))
        cells, total = grammar.arcs.backward(probs)
    return ValidMasses(probs, log_scale, cells, total)


def fold(lattice: Lattice, grammar: Grammar, dtype: np.dtype[np.floating]) -> Masses:
    """Probabilities (T, K + 1) of the blank and the canonical symbols.

    An ignored symbol counts as a blank, which is exact: on any path it separates equal
    neighbours and leaves nothing in the text, as a blank does. Look-alikes that a symbol claims
    a share of add to it.
    """
    used = lattice.logp.take(grammar.columns, axis=1).astype(dtype)
    used += grammar.column_prices
    return np.add.reduceat(np.exp(used, out=used), grammar.column_starts, axis=1)
