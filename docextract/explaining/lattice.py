"""What a lattice says, step by step: its likeliest symbols, and where on the crop they stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from docextract.recognition import TAIL_STEPS
from docextract.types import Lattice

BLANK = "∅"
_SHOWN = 4  # symbols a step
_LEAST = 0.005  # the least probability that is shown


@dataclass(frozen=True, slots=True)
class Step:
    """A time step: its likeliest symbols with their probabilities, the likeliest first.

    ``middle`` is where its middle lies on the crop, as a share of the width; the last steps lie
    beyond the crop's end.
    """

    middle: float
    symbols: tuple[tuple[str, float], ...]

    @property
    def silent(self) -> bool:
        """True when nothing but the blank is worth showing."""
        return [symbol for symbol, _ in self.symbols] == [BLANK]


def steps_of(lattice: Lattice) -> list[Step]:
    """The steps of a lattice; the blank is shown as ∅."""
    stride = 1 / max(lattice.steps - TAIL_STEPS, 1)  # as a share of the crop's width
    return [_step(lattice, t, (t + 0.5) * stride) for t in range(lattice.steps)]


def _step(lattice: Lattice, t: int, middle: float) -> Step:
    row = lattice.logp[t]
    likeliest = np.argsort(-row, kind="stable")[:_SHOWN].tolist()
    shown = [(v, float(np.exp(row[v]))) for v in likeliest]
    kept = [(v, p) for i, (v, p) in enumerate(shown) if p >= _LEAST or i == 0]
    symbols = lattice.alphabet.symbols
    blank = lattice.alphabet.blank
    return Step(middle, tuple((BLANK if v == blank else symbols[v], p) for v, p in kept))
