"""How sure a reading is: calibrations, what they prove, and the limits of acceptance."""

from docextract.confidence.acceptance import Limit, Proof, prove
from docextract.confidence.calibrating import Calibrated, Sample, calibrate
from docextract.confidence.calibration import Calibration
from docextract.confidence.evidence import evidence_of
from docextract.confidence.judging import judged
from docextract.confidence.proof import LEVEL, error_bound
from docextract.confidence.store import (
    FILE_NAME,
    Calibrations,
    check_target,
    load_calibrations,
    save_calibrations,
)

__all__ = [
    "FILE_NAME",
    "LEVEL",
    "Calibrated",
    "Calibration",
    "Calibrations",
    "Limit",
    "Proof",
    "Sample",
    "calibrate",
    "check_target",
    "error_bound",
    "evidence_of",
    "judged",
    "load_calibrations",
    "prove",
    "save_calibrations",
]
