"""What a calibration fitted to looked-at lines only is worth, on those and on all others.

python benchmarks/feedback.py FOLDER [--type amount,date] [--model NAME] [--limit 0.99]

FOLDER is of labelled lines, as `docextract synth lines` draws them. Lines below the limit are taken
as looked at. One third of the pictures is held out, and figures are of those: the mean log loss in
nats with the lattice's own probability and with the calibration, of lines that were looked at (as
`docextract feedback propose` tries it) and of the ones that were not.
"""

from __future__ import annotations

import argparse
import hashlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from docextract.confidence import Calibration, Sample, calibrate
from docextract.evaluation import line_samples, load_labels
from docextract.feedback.trials import Loss, compare_losses, log_loss


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--type", default="")
    parser.add_argument("--model")
    parser.add_argument("--limit", type=float, default=0.99)
    given = parser.parse_args()
    print("| type | lines | n | wrong | before | after | p |")
    print("|---|---|---|---|---|---|---|")
    types = given.type.split(",") if given.type else ()
    for found in line_samples(load_labels(given.folder), model=given.model, types=types):
        looked_at = [one for one in found.samples if _raw(one) < given.limit]
        others = [one for one in found.samples if _raw(one) >= given.limit]
        fitted_to = [one for one in looked_at if not _held_out(one)]
        if len(fitted_to) < 2:
            continue
        calibration = calibrate(fitted_to, model=found.model, type=found.type).calibration
        for name, lines in (("looked at", looked_at), ("not looked at", others)):
            _show(found.type, name, [one for one in lines if _held_out(one)], calibration)


def _show(type_: str, name: str, lines: Sequence[Sample], calibration: Calibration) -> None:
    losses = list(_losses(lines, calibration))
    if not losses:
        return
    wrong = sum(not one.right for one in lines)
    before = sum(loss.before for loss in losses) / len(losses)
    after = sum(loss.after for loss in losses) / len(losses)
    p = compare_losses(losses).p
    print(f"| {type_} | {name} | {len(lines)} | {wrong} | {before:.4f} | {after:.4f} | {p:.2g} |")


def _losses(lines: Sequence[Sample], calibration: Calibration) -> Iterator[Loss]:
    for one in lines:
        after = calibration.confidence(one.evidence)
        yield Loss(one.picture, log_loss(_raw(one), one.right), log_loss(after, one.right))


def _raw(one: Sample) -> float:
    """The lattice's own probability of the value."""
    return (1 + math.tanh(one.evidence["posterior"] / 2)) / 2


def _held_out(one: Sample) -> bool:
    return int(hashlib.sha256(one.picture.encode()).hexdigest()[:8], 16) % 3 == 0


if __name__ == "__main__":
    main()
