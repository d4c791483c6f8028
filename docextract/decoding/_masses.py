"""The mass of all valid continuations of a path: CTC's backward pass over a whole automaton."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from docextract.decoding.ctc import UNDERFLOW, Masses, scaled
from docextract.decoding.grammar import Grammar
from docextract.types import Lattice


@dataclass(frozen=True, eq=False)
class ValidMasses:
    """A lattice folded onto a grammar, and what every step towards a valid text is worth.

    ``probs`` (T, K + 1): the blank, then the canonical symbols; rows scaled to sum to one, with
    ``log_scale`` taken out. ``step`` (T, S + 1, K + 1): the mass of all valid completions that
    begin at frame t in state q by emitting symbol k - 1 anew (column 0: a blank). ``stay``
    likewise, in the state after the symbol, by repeating the frame's symbol. ``total`` is the
    mass of all valid texts.
    """

    probs: Masses
    log_scale: float
    step: Masses
    stay: Masses
    total: np.floating

    def logp(self, mass: np.floating) -> float:
        """The true log-probability of a mass."""
        return float(np.log(mass)) + self.log_scale


def valid_masses(lattice: Lattice, grammar: Grammar) -> ValidMasses:
    """Sum over all texts of the grammar, exactly: the automaton is deterministic, so the sum
    over its paths is the sum over its strings.

    Time is O(T S K^2), memory O(T S K).
    """
    masses = _backward(fold(lattice, grammar, np.dtype(np.float64)), grammar)
    if masses.total < UNDERFLOW:
        masses = _backward(fold(lattice, grammar, np.dtype(np.longdouble)), grammar)
    return masses


def fold(lattice: Lattice, grammar: Grammar, dtype: np.dtype[np.floating]) -> Masses:
    """Probabilities (T, K + 1) of the blank and the canonical symbols.

    An ignored symbol counts as a blank, which is exact: on any path it separates equal
    neighbours and leaves nothing in the text, as a blank does. Look-alikes that a symbol claims
    a share of add to it.
    """
    used = lattice.logp.take(grammar.columns, axis=1).astype(dtype)
    used += grammar.column_prices
    return np.add.reduceat(np.exp(used, out=used), grammar.column_starts, axis=1)


def _backward(folded: Masses, grammar: Grammar) -> ValidMasses:
    probs, log_scale = scaled(folded)
    gather = grammar.successors
    stay = np.repeat(probs[:, None], len(gather), axis=1)
    step = np.empty_like(stay)
    others = _others(probs.shape[1], probs.dtype)
    # ahead[q, k]: all completions from state q when the last frame was symbol k - 1 or a blank.
    ahead = np.zeros(gather.shape, probs.dtype)
    ahead[:-1][grammar.final] = 1
    # Methods, not np.take and np.matmul: on arrays this small the wrappers cost more than the work.
    for stay_t, step_t in zip(stay[::-1], step[::-1], strict=True):
        np.multiply(stay_t, ahead, stay_t)
        stay_t.take(gather, None, step_t, "clip")
        step_t.dot(others, ahead)
        ahead += stay_t
    return ValidMasses(probs, log_scale, step, stay, ahead[0, 0])


def _others(size: int, dtype: np.dtype[np.floating]) -> Masses:
    """Column k sums all steps that may follow symbol k but k itself, which may only stay.

    So it is for the blank, column 0: its step and its stay are the same.
    """
    return 1 - np.eye(size, dtype=dtype)
