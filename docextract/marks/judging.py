"""From the share of new ink in each box to the likeliest set of ticked boxes."""

from __future__ import annotations

import math
from collections.abc import Mapping

from docextract.errors import InvalidValue
from docextract.fields import ReadsMarks
from docextract.settling import Slot
from docextract.types import Candidate, Quad, Reading, Value

# Fitted on drawn boxes: python benchmarks/marks.py --forms 36. ``_EVEN`` is the share of new ink at
# which a box is as likely ticked as not, ``_STEEPNESS`` how fast that changes with the share's
# logarithm, ``_LAPSE`` the rate of errors that no share foretells.
_EVEN = 0.008
_STEEPNESS = 2.9
_LAPSE = 0.002
_LEAST = 0.001  # shares below say all the same: nothing


def probability_ticked(share: float) -> float:
    """The probability that a box with this share of new ink (0 to 1) was ticked by someone."""
    score = _STEEPNESS * math.log(max(share, _LEAST) / _EVEN)
    return _LAPSE + (1 - 2 * _LAPSE) * (1 + math.tanh(score / 2)) / 2


def settle_marks(slot: Slot, ticked: Mapping[str, float], *, quad_px: Quad) -> Reading:
    """The Reading of a field from the probabilities that its boxes are ticked, by name.

    The confidence is the probability that every one of the boxes is as the reading says.
    """
    candidates = _candidates(slot.kind, ticked)
    best, second = candidates[:2]
    value: Value | None = None
    failed: tuple[str, ...] = ()
    try:
        value = slot.kind.parse(best.text)
    except InvalidValue as err:
        failed = () if slot.nullable and not best.text else (err.check,)
    return Reading(
        field=slot.name,
        value=value,
        text=best.text,
        confidence=0.0 if failed else math.exp(best.logp),
        margin=best.logp - second.logp,
        candidates=candidates,
        failed=failed,
        quad_px=quad_px,
    )


def _candidates(kind: object, ticked: Mapping[str, float]) -> tuple[Candidate, ...]:
    """The likeliest set of ticked boxes and those that differ from it in one box, best first."""
    assert isinstance(kind, ReadsMarks)
    likeliest = {name for name, p in ticked.items() if p > 0.5}
    sets = [likeliest, *(likeliest ^ {name} for name in ticked)]
    found = (
        Candidate(
            kind.text_of([name for name in ticked if name in chosen]),
            sum(math.log(p if name in chosen else 1 - p) for name, p in ticked.items()),
        )
        for chosen in sets
    )
    return tuple(sorted(found, key=lambda candidate: -candidate.logp))
