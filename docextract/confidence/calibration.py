"""A calibration: from the evidence for a reading to the probability that it is right."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from docextract.confidence.evidence import PRIOR_WEIGHTS

_Share = Annotated[float, Field(ge=0, le=1)]
_Count = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Level(NamedTuple):
    """Of the held-out readings ``n`` reached a ``confidence``, ``errors`` of those are wrong."""

    confidence: _Share
    n: _Count
    errors: _Count


class HeldOut(_Strict):
    """How a calibration did on labelled readings that it was not fitted to.

    ``levels`` fall from the surest readings to all of them. ``ece_raw`` and ``ece`` are the
    expected calibration errors of the lattice's probabilities and of the confidences.
    """

    n: _Count
    errors: _Count
    ece_raw: _Share
    ece: _Share
    levels: tuple[Level, ...]

    @model_validator(mode="after")
    def _check_levels(self) -> Self:
        if any(level.errors > level.n or level.n > self.n for level in self.levels):
            raise ValueError("levels: errors may not exceed n, nor n that of all readings")
        steps = tuple(pairwise(self.levels))
        falls = all(a.confidence > b.confidence for a, b in steps)
        if not falls or any(a.n >= b.n or a.errors > b.errors for a, b in steps):
            raise ValueError("levels: confidence should fall, n rise and errors not fall")
        return self


class Calibration(_Strict):
    """What one model's readings of one field type are worth.

    The probability of being right is (1 - lapse) / (1 + exp(-(bias + weights · (evidence -
    centre) - shortfall))). The shortfall is by how much the evidence for the crop lies below
    the ``lowest`` that right readings have: where the crop seems to be of something else, no
    other evidence vouches for a reading. Weights are not negative, so more evidence never
    lowers the probability, and it stays below 1 - lapse. Evidence that is not known counts as
    at the centre.
    """

    model: str
    type: str
    data: str = ""
    n: _Count
    errors: _Count
    bias: FiniteFloat
    lapse: Annotated[float, Field(gt=0, lt=1)]
    weights: dict[str, Annotated[FiniteFloat, Field(ge=0)]]
    centre: dict[str, FiniteFloat]
    lowest: dict[str, FiniteFloat]
    held_out: HeldOut

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        if self.weights.keys() != self.centre.keys() or not self.lowest.keys() <= {*self.weights}:
            raise ValueError("weights and centre should name the same evidence, lowest some of it")
        if unknown := sorted(self.weights.keys() - PRIOR_WEIGHTS.keys()):
            raise ValueError(
                f"weights: unknown evidence {unknown[0]!r}; known: {', '.join(PRIOR_WEIGHTS)}"
            )
        return self

    def confidence(self, evidence: Mapping[str, float]) -> float:
        """The probability that a reading with this evidence is right."""
        score = self.bias + sum(
            weight * (evidence[name] - self.centre[name])
            for name, weight in self.weights.items()
            if name in evidence
        )
        gaps = (low - evidence[name] for name, low in self.lowest.items() if name in evidence)
        score -= max(0.0, 0.0, *gaps)  # kinds of evidence overlap, so their gaps do not add up
        return (1 - self.lapse) * (1 + math.tanh(score / 2)) / 2
