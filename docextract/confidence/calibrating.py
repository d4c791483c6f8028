"""Labelled readings to a calibration, and how it does on readings it was not fitted to."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from docextract.confidence.calibration import Calibration, HeldOut, Level
from docextract.confidence.evidence import CROP_EVIDENCE, PRIOR_DEVIATION, PRIOR_WEIGHTS
from docextract.confidence.fitting import Floats, Prior, fit
from docextract.confidence.reliability import calibration_error, levels

_FITTED_SHARE = 1 / 3  # a few weights need less data than the proof of a small error rate
_RARE = 0.05  # of the right readings lie below what counts as seen
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Sample:
    """A reading's evidence, whether it is right, and the picture it comes from.

    ``weight`` is how many readings it stands for, where some were likelier to be looked at.
    """

    evidence: Mapping[str, float]
    right: bool
    picture: str
    weight: float = 1.0


@dataclass(frozen=True, eq=False)
class Calibrated:
    """A calibration, and its held-out readings: raw and calibrated confidences (N,), right (N,)."""

    calibration: Calibration
    raw: Floats
    confidences: Floats
    right: NDArray[np.bool_]


class _Columns(NamedTuple):
    names: tuple[str, ...]
    centre: Floats


def calibrate(samples: Sequence[Sample], *, model: str, type: str, data: str = "") -> Calibrated:
    """Fit a calibration to a third of the pictures, and test it on the others.

    The evidence is what any sample has; where one lacks it, it counts as average. Samples fit by
    their weights, together as many as they are. What is said of the held-out ones counts them one
    by one. Needs samples of two pictures at least; raises
    ValueError otherwise.
    """
    fitted, held_out = split(samples)
    columns, weights = _columns(fitted), _weights(fitted)
    right = _right(fitted)
    prior = Prior(
        means=np.array([PRIOR_WEIGHTS[name] for name in columns.names]),
        deviations=np.full(len(columns.names), PRIOR_DEVIATION),
        bias=float(np.average([s.evidence["posterior"] for s in fitted], weights=weights)),
    )
    found = fit(_centred(fitted, columns), right, prior, weights)
    calibration = Calibration(
        model=model,
        type=type,
        data=data,
        n=len(fitted),
        errors=int((~right).sum()),
        bias=round(found.bias, _DIGITS),
        lapse=found.lapse,
        weights=_named(columns.names, found.weights),
        centre=_named(columns.names, columns.centre),
        lowest=_lowest(fitted, columns.names),
        held_out=HeldOut(n=0, errors=0, ece_raw=0, ece=0, levels=()),
    )
    return _tested(calibration, held_out)


def split(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Samples to fit to and samples to test on, a third and two thirds of the pictures.

    By picture, since the readings of one picture err together; the same for the same names.
    """
    pictures = sorted({sample.picture for sample in samples})
    if len(pictures) < 2:
        raise ValueError(f"readings of {len(pictures)} picture cannot be split in two")
    random.Random(0).shuffle(pictures)  # noqa: S311 - a split, nothing secret
    mine = set(pictures[: max(1, round(len(pictures) * _FITTED_SHARE))])
    fitted = [sample for sample in samples if sample.picture in mine]
    return fitted, [sample for sample in samples if sample.picture not in mine]


def _weights(samples: Sequence[Sample]) -> Floats:
    """Weights (N,) whose sum is N."""
    weights = np.array([sample.weight for sample in samples])
    return np.asarray(weights / weights.mean())


def _columns(samples: Sequence[Sample]) -> _Columns:
    known = {n: [s.evidence[n] for s in samples if n in s.evidence] for n in PRIOR_WEIGHTS}
    names = tuple(name for name, numbers in known.items() if numbers)
    return _Columns(names, np.array([round(np.mean(known[name]), _DIGITS) for name in names]))


def _lowest(samples: Sequence[Sample], names: Sequence[str]) -> dict[str, float]:
    """The evidence for the crop that all but a twentieth of the right readings have."""
    right = [sample for sample in samples if sample.right] or samples
    crop = [name for name in CROP_EVIDENCE if name in names]
    known = {n: [s.evidence[n] for s in right if n in s.evidence] for n in crop}
    return {
        name: round(float(np.quantile(numbers, _RARE)), _DIGITS) if numbers else 0.0
        for name, numbers in known.items()
    }


def _centred(samples: Sequence[Sample], columns: _Columns) -> Floats:
    rows = [
        [sample.evidence.get(name, mean) for name, mean in zip(*columns, strict=True)]
        for sample in samples
    ]
    return np.array(rows) - columns.centre


def _tested(calibration: Calibration, samples: Sequence[Sample]) -> Calibrated:
    right = _right(samples)
    raw = 1 / (1 + np.exp(-np.array([sample.evidence["posterior"] for sample in samples])))
    confidences = np.array([calibration.confidence(sample.evidence) for sample in samples])
    held_out = HeldOut(
        n=len(samples),
        errors=int((~right).sum()),
        ece_raw=round(calibration_error(raw, right), _DIGITS),
        ece=round(calibration_error(confidences, right), _DIGITS),
        levels=tuple(Level(*row) for row in levels(confidences, right)),
    )
    tested = calibration.model_copy(update={"held_out": held_out})
    return Calibrated(tested, raw, confidences, right)


def _right(samples: Sequence[Sample]) -> NDArray[np.bool_]:
    return np.array([sample.right for sample in samples], bool)


def _named(names: Sequence[str], numbers: Floats) -> dict[str, float]:
    return dict(zip(names, np.round(numbers, _DIGITS).tolist(), strict=True))
