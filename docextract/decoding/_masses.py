"""The mass of all valid continuations of a path: CTC's backward pass over a whole automaton."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from docextract.decoding._arcs import Arcs
from docextract.decoding.ctc import UNDERFLOW, Masses, scaled
from docextract.decoding.grammar import Grammar
from docextract.types import Lattice

# What rounding may have added to a total, as a probability.
ROUGH = 1e-13
# Taking one symbol's share off a sum leaves rounding errors of 1e-16 a frame, as probabilities. A
# total below this would show them.
_SUBTRACTABLE = 1e-4
_FEW_CELLS = 128  # so few that a matrix of them is faster than lists of arcs


@dataclass(frozen=True, eq=False)
class ValidMasses:
    """A lattice folded onto a grammar, and what every step towards a valid text is worth.

    ``probs`` (T, K + 1): the blank, then the canonical symbols; rows scaled to sum to one, with
    ``log_scale`` taken out. ``cells`` (T, M + 1): the mass of all valid completions that stand on
    a cell of ``Arcs`` at frame t, the frame included; the last column is zero. ``total`` is the
    mass of all valid texts.
    """

    probs: Masses
    log_scale: float
    cells: Masses
    total: np.floating

    def logp(self, mass: np.floating) -> float:
        """The true log-probability of a mass."""
        return float(np.log(mass)) + self.log_scale if mass > 0 else -np.inf


def valid_masses(lattice: Lattice, grammar: Grammar) -> ValidMasses:
    """Sum over all texts of the grammar, exactly: the automaton is deterministic, so the sum
    over its paths is the sum over its strings.

    Time and memory are O(T A) for A arcs; texts that the lattice makes little of take longer.
    """
    return refined(rough_masses(lattice, grammar), lattice, grammar)


def rough_masses(
    lattice: Lattice, grammar: Grammar, *, least_logp: float = -math.inf
) -> ValidMasses:
    """As ``valid_masses``, but the total may be wrong by ``ROUGH``.

    It is 0 where all texts over the grammar's symbols have less than ``least_logp``.
    """
    probs, log_scale = scaled(fold(lattice, grammar, np.dtype(np.float64)))
    if log_scale < least_logp:
        return ValidMasses(probs, log_scale, np.zeros((0, 0)), np.float64(0))
    few = len(grammar.arcs.states) <= _FEW_CELLS
    cells, total = (_by_matrix if few else _by_subtraction)(probs, grammar)
    return ValidMasses(probs, log_scale, cells, total)


def refined(
    masses: ValidMasses, lattice: Lattice, grammar: Grammar, *, beside: float = 0.0
) -> ValidMasses:
    """``rough_masses`` done again where they are too small to be right.

    ``beside`` is the probability of what else is valid: next to much, errors in little are none.
    """
    doubtful = masses.total < _SUBTRACTABLE and beside < _SUBTRACTABLE
    if doubtful and len(grammar.arcs.states) > _FEW_CELLS:
        masses = ValidMasses(masses.probs, masses.log_scale, *_by_addition(masses.probs, grammar))
    if masses.total < UNDERFLOW:
        probs, log_scale = scaled(fold(lattice, grammar, np.dtype(np.longdouble)))
        masses = ValidMasses(probs, log_scale, *_by_addition(probs, grammar))
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


def _by_matrix(probs: Masses, grammar: Grammar) -> tuple[Masses, np.floating]:
    """The masses of all cells of a small automaton: each frame is one product."""
    follows = grammar.arcs.follows
    cells, ahead = _last_frame(probs, grammar)
    for cells_t in cells[::-1, :-1]:
        np.multiply(ahead, cells_t, cells_t)
        follows.dot(cells_t, ahead)
    return cells, ahead[0]


def _by_subtraction(probs: Masses, grammar: Grammar) -> tuple[Masses, np.floating]:
    """The masses of all cells. After a symbol, all steps may follow but the same symbol anew."""
    arcs = grammar.arcs
    size = len(arcs.starts)
    cells, ahead = _last_frame(probs, grammar)
    after_symbol = ahead[size:]
    flow, sums = np.empty(len(arcs.flow), probs.dtype), np.empty(size, probs.dtype)
    again = np.empty(len(arcs.own), probs.dtype)
    views = zip(cells[::-1], cells[::-1, :-1], cells[::-1, size:-1], strict=True)
    # Methods, not np.take: on arrays this small the wrappers cost more than the work.
    for cells_t, all_t, on_symbol_t in views:
        np.multiply(ahead, all_t, all_t)
        cells_t.take(arcs.flow, None, flow, "clip")
        np.add.reduceat(flow, arcs.starts, 0, None, sums)
        sums.take(arcs.states, None, ahead, "clip")
        np.add(after_symbol, on_symbol_t, after_symbol)
        cells_t.take(arcs.own, None, again, "clip")
        np.subtract(after_symbol, again, after_symbol)
    return cells, ahead[0]


def _by_addition(probs: Masses, grammar: Grammar) -> tuple[Masses, np.floating]:
    """The same, but every sum of positive terms only: of the steps before and after that one."""
    arcs = grammar.arcs
    size, width = arcs.table.shape
    before, after = arcs.around_own
    cells, ahead = _last_frame(probs, grammar)
    upwards, downwards = np.zeros((2, size, width + 1), probs.dtype)
    for cells_t in cells[::-1]:
        cells_t[:-1] *= ahead
        steps = cells_t.take(arcs.table)
        np.cumsum(steps, axis=1, out=upwards[:, 1:])
        np.cumsum(steps[:, ::-1], axis=1, out=downwards[:, 1:])
        ahead[:size] = upwards[:, -1]
        ahead[size:] = upwards.take(before) + downwards.take(after) + cells_t[size:-1]
    return cells, ahead[0]


def _last_frame(probs: Masses, grammar: Grammar) -> tuple[Masses, Masses]:
    """Each frame's probabilities on all cells, and the mass of ending on each behind the last."""
    arcs: Arcs = grammar.arcs
    cells = probs.take(arcs.padded_columns, axis=1)
    cells[:, -1] = 0
    return cells, grammar.final[arcs.states].astype(probs.dtype)
