"""Ways to calibrate, on held-out readings: python benchmarks/calibration.py FOLDER --type amount

FOLDER holds line pictures and labels.json, as docextract synth lines writes them. A third of the
readings is fitted to; the figures are of the others: expected calibration error, log loss (nats a
reading), and the shares ranked above the first 1 % and 0.1 % of errors.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from docextract.confidence import Sample, calibrate
from docextract.confidence.calibrating import split
from docextract.confidence.evidence import PRIOR_WEIGHTS
from docextract.confidence.fitting import Prior, fit
from docextract.confidence.reliability import calibration_error
from docextract.evaluation import line_samples, load_labels

Way = Callable[[Sequence[Sample], Sequence[Sample]], np.ndarray]


def rights(samples: Sequence[Sample]) -> np.ndarray:
    return np.array([sample.right for sample in samples])


def posterior(_: Sequence[Sample], tested: Sequence[Sample]) -> np.ndarray:
    return 1 / (1 + np.exp(-np.array([sample.evidence["posterior"] for sample in tested])))


def isotonic(fitted: Sequence[Sample], tested: Sequence[Sample]) -> np.ndarray:
    """Pool adjacent violators on the posterior (Zadrozny & Elkan 2002)."""
    scores = np.array([sample.evidence["posterior"] for sample in fitted])
    order = np.argsort(scores, kind="stable")
    blocks: list[list[float]] = []  # mean, weight, first score
    for score, right in zip(scores[order], rights(fitted)[order], strict=True):
        blocks.append([float(right), 1.0, float(score)])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            mean, weight, _ = blocks.pop()
            below = blocks[-1]
            total = below[1] + weight
            below[0], below[1] = (below[0] * below[1] + mean * weight) / total, total
    starts = np.array([block[2] for block in blocks])
    means = np.array([block[0] for block in blocks])
    asked = np.array([sample.evidence["posterior"] for sample in tested])
    return means[np.clip(np.searchsorted(starts, asked, side="right") - 1, 0, None)]


def logistic(*names: str) -> Way:
    def way(fitted: Sequence[Sample], tested: Sequence[Sample]) -> np.ndarray:
        rows = np.array([[sample.evidence[name] for name in names] for sample in fitted])
        centre = rows.mean(axis=0)
        bias = float(np.mean([sample.evidence["posterior"] for sample in fitted]))
        means = np.array([PRIOR_WEIGHTS[name] for name in names])
        prior = Prior(means, np.full(len(names), 0.5), bias)
        found = fit(rows - centre, rights(fitted), prior)
        asked = np.array([[sample.evidence[name] for name in names] for sample in tested])
        return found.probabilities(asked - centre)

    return way


WAYS: Mapping[str, Way] = {
    "posterior as it is": posterior,
    "isotonic on posterior": isotonic,
    "logistic: posterior": logistic("posterior"),
    "logistic: choice": logistic("choice"),
    "logistic: margin, mass": logistic("margin", "mass"),
    "logistic: all": logistic("posterior", "choice", "margin", "mass"),
}


def accepted_at(confidences: np.ndarray, right: np.ndarray, precision: float) -> float:
    """The largest share, ranked by confidence, that is right so often."""
    order = np.argsort(-confidences, kind="stable")
    precisions = np.cumsum(right[order]) / np.arange(1, len(right) + 1)
    enough = np.flatnonzero(precisions >= precision)
    return (enough[-1] + 1) / len(right) if len(enough) else 0.0


def log_loss(confidences: np.ndarray, right: np.ndarray) -> float:
    said = np.where(right, confidences, 1 - confidences)
    return float(-np.log(np.maximum(said, 1e-7)).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--type", action="append", help="a field type; all of the folder if none")
    parser.add_argument("--model", help="a model's name or its card's path")
    options = parser.parse_args()
    labels = load_labels(options.folder)
    print("type, way: ECE, log loss, share at 99 %, share at 99.9 %")
    for readings in line_samples(labels, model=options.model, types=options.type or ()):
        fitted, tested = split(readings.samples)
        right = rights(tested)
        print(f"{readings.type}: n = {len(tested)}, wrong {int((~right).sum())}")
        shipped = calibrate(readings.samples, model=readings.model, type=readings.type)
        ways = {name: way(fitted, tested) for name, way in WAYS.items()}
        for name, found in {**ways, "as docextract does it": shipped.confidences}.items():
            figures = [calibration_error(found, right), log_loss(found, right)]
            shares = [accepted_at(found, right, precision) for precision in (0.99, 0.999)]
            print(
                f"  {name:22} {figures[0]:.4f}  {figures[1]:.4f}  {shares[0]:.1%}  {shares[1]:.1%}"
            )


if __name__ == "__main__":
    main()
