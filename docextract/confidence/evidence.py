"""What a confidence rests on: numbers in nats that are the greater, the surer the value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from docextract.types import Candidate, Reading

_MOST = 13.8  # nats: odds of one to a million; beyond, lattices have no say
_FINEST_RESIDUAL = 1e-3  # line heights

# The weight each has before data: the posterior is taken at its word, the rest adds nothing.
PRIOR_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "posterior": 1.0,
        "choice": 0.0,
        "margin": 0.0,
        "mass": 0.0,
        "residual": 0.0,
        "agreement": 0.0,
    }
)
PRIOR_DEVIATION = 0.5

# What says that the crop is of the field at all, and a whole one. The rest may be strong even
# where it is not: some valid text is always the likeliest.
CROP_EVIDENCE = ("mass", "residual")


def evidence_of(reading: Reading, *, residual_px: float | None = None) -> dict[str, float]:
    """The evidence for a reading whose confidence is still its probability in the lattice.

    ``posterior``: the log-odds of the value; ``choice``: of the value among all valid ones;
    ``margin``: over the next value; ``mass``: the log-odds that the line says something valid.
    ``residual``, where the sheet's is known: minus the logarithm of it in line heights;
    ``agreement``, where several recognizers looked: the least margin that one of them gives the
    best text. Each is cut at +-13.8.
    """
    right, valid = reading.confidence, reading.mass
    evidence = {
        "posterior": _log_odds(right),
        "choice": _log_odds(min(right / valid, 1.0) if valid > 0 else 0.0),
        "margin": max(-_MOST, min(reading.margin, _MOST)),
        "mass": _log_odds(valid),
    }
    if residual_px is not None and reading.quad_px is not None:
        top_left, bottom_left = reading.quad_px[0], reading.quad_px[3]
        height_px = max(math.dist(top_left, bottom_left), 1.0)
        evidence["residual"] = -math.log(max(residual_px / height_px, _FINEST_RESIDUAL))
    if len(reading.models) > 1 and reading.candidates:
        evidence["agreement"] = _agreement(reading.candidates, reading.models)
    return evidence


def _agreement(candidates: Sequence[Candidate], models: Sequence[str]) -> float:
    best, *others = candidates
    margins = [
        best.terms.get(model, -math.inf)
        - max((c.terms.get(model, -math.inf) for c in others), default=-math.inf)
        for model in models
    ]
    known = [margin for margin in margins if not math.isnan(margin)]
    return max(-_MOST, min([*known, _MOST]))


def _log_odds(probability: float) -> float:
    if probability <= 0:
        return -_MOST
    if probability >= 1:
        return _MOST
    return max(-_MOST, min(math.log(probability) - math.log1p(-probability), _MOST))
