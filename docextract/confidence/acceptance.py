"""From a wanted error rate to the confidence from which readings may be accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from docextract.confidence.calibration import Calibration, Level
from docextract.confidence.proof import LEVEL, error_bound, trials_needed
from docextract.types import Reading


@dataclass(frozen=True, slots=True)
class Proof:
    """From which calibrated confidence one error rate is proven, with 95 % confidence.

    ``bound`` is None where nothing is proven, and ``why`` says why.
    """

    confidence: float
    bound: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """From which confidence a field's readings are accepted.

    ``proofs`` are by the models that looked, joined with "+": a reading is held to theirs.
    Without a proof, and where a reading is not calibrated (a blank place, a value that a rule
    chose), it is held to ``unproven``.
    """

    unproven: float
    proofs: Mapping[str, Proof] = field(default_factory=dict)

    def accepts(self, reading: Reading) -> bool:
        """True when the reading passed its checks and is sure enough."""
        return reading.ok and reading.confidence >= self.asked(reading)

    def proves(self, reading: Reading) -> bool:
        """True when the reading is accepted with a proven error rate."""
        return self.accepts(reading) and self._proof(reading) is not None

    def asked(self, reading: Reading) -> float:
        """The confidence that a reading needs."""
        proof = self._proof(reading)
        return self.unproven if proof is None else proof.confidence

    def _proof(self, reading: Reading) -> Proof | None:
        found = self.proofs.get("+".join(reading.models)) if reading.calibrated else None
        return found if found is not None and found.bound is not None else None


def prove(calibration: Calibration | None, rate: float) -> Proof:
    """Find the lowest confidence whose accepted readings are proven to err at most at ``rate``.

    The proof: from the level where the held-out readings are just enough to prove the rate
    without an error, go down as long as the Clopper-Pearson bound stays within the rate. Tested
    in a fixed order and stopped at the first failure, each test may be at the full 95 % (Bauer
    1991; Angelopoulos et al. 2021); the best of all levels would promise too much. Where the
    rate cannot be proven, the confidence is 1 - rate.
    """
    if calibration is None:
        return Proof(1 - rate, why="there is no calibration for its model and type")
    found: Level | None = None
    needed = trials_needed(rate)
    for level in calibration.held_out.levels:
        if level.n < needed:
            continue
        if error_bound(level.errors, level.n) > rate:
            break
        found = level
    if found is None:
        return Proof(1 - rate, why=_why_unproven(calibration, rate, needed))
    return Proof(found.confidence, error_bound(found.errors, found.n))


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
