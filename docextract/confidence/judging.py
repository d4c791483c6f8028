"""A reading with the evidence for it, and with a calibrated confidence where there is one."""

from __future__ import annotations

from dataclasses import replace

from docextract.confidence.calibration import Calibration
from docextract.confidence.evidence import evidence_of
from docextract.types import Reading


def judged(
    reading: Reading, calibration: Calibration | None, *, residual_px: float | None = None
) -> Reading:
    """Note the evidence; calibrate what was read from print and passed its checks.

    Without a calibration the confidence stays the probability in the lattice, and so it does for
    a blank place: calibrations are about print.
    """
    evidence = evidence_of(reading, residual_px=residual_px)
    seen = replace(reading, evidence=evidence)
    if calibration is None or not (reading.ok and reading.text):
        return seen
    return replace(seen, confidence=calibration.confidence(evidence), calibrated=True)
