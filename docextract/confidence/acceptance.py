"""From a wanted error rate to the confidence from which readings may be accepted."""

from __future__ import annotations

from dataclasses import dataclass

from docextract.confidence.calibration import Calibration, Level
from docextract.confidence.proof import LEVEL, error_bound, trials_needed
from docextract.types import Reading


@dataclass(frozen=True, slots=True)
class Limit:
    """From which confidence a field's readings are accepted.

    ``bound`` is the error rate that is proven for them with 95 % confidence, None where nothing
    is; then ``why`` says why. A proof is about calibrated confidences: others (a blank place, a
    value that a rule chose) are held to ``unproven``.
    """

    confidence: float
    unproven: float
    bound: float | None = None
    why: str = ""

    def accepts(self, reading: Reading) -> bool:
        """True when the reading passed its checks and is sure enough."""
        return self.proves(reading) or (reading.ok and reading.confidence >= self.unproven)

    def proves(self, reading: Reading) -> bool:
        """True when the reading is accepted with a proven error rate."""
        sure = reading.calibrated and reading.confidence >= self.confidence
        return self.bound is not None and reading.ok and sure


def plain_limit(confidence: float) -> Limit:
    """The limit of a template that names a confidence."""
    return Limit(confidence, confidence, why="the template names a confidence, not an error rate")


def proven_limit(calibration: Calibration | None, rate: float) -> Limit:
    """The lowest confidence whose accepted readings are proven to err at most at ``rate``.

    The proof: from the level where the held-out readings are just enough to prove the rate
    without an error, go down as long as the Clopper-Pearson bound stays within the rate. Tested
    in a fixed order and stopped at the first failure, each test may be at the full 95 % (Bauer
    1991; Angelopoulos et al. 2021); the best of all levels would promise too much. Where the
    rate cannot be proven, the limit is a confidence of 1 - rate.
    """
    if calibration is None:
        why = "there is no calibration for its model and type"
        return Limit(1 - rate, 1 - rate, why=why)
    found: Level | None = None
    needed = trials_needed(rate)
    for level in calibration.held_out.levels:
        if level.n < needed:
            continue
        if error_bound(level.errors, level.n) > rate:
            break
        found = level
    if found is None:
        return Limit(1 - rate, 1 - rate, why=_why_unproven(calibration, rate, needed))
    return Limit(found.confidence, 1 - rate, bound=error_bound(found.errors, found.n))


def _why_unproven(calibration: Calibration, rate: float, needed: int) -> str:
    held_out = calibration.held_out
    if held_out.n < needed:
        return (
            f"its calibration has {held_out.n} held-out readings, and {needed} without an "
            f"error prove {rate:g} at {LEVEL:.0%}"
        )
    surest = next(level for level in held_out.levels if level.n >= needed)
    return (
        f"of the {surest.n} surest held-out readings of its calibration {surest.errors} are "
        f"wrong, which proves only {error_bound(surest.errors, surest.n):.2g}"
    )
