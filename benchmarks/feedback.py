"""What a calibration fitted to looked-at lines only is worth, on those and on all others.

python benchmarks/feedback.py FOLDER [--type amount,date] [--model NAME] [--limit 0.99]
    [--random-look 0,0.05]

FOLDER is of labelled lines, as `docextract synth lines` draws them. Lines below the limit are taken
as looked at, and of the others the given shares, drawn at random, which are weighed by what they
stand for. One third of the pictures is held out, and figures are of those: the mean log loss in
nats with the lattice's own probability and with the calibration, of lines that were looked at (as
`docextract feedback propose` tries it) and of the ones that were not.
"""

from __future__ import annotations

import argparse
import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
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
    parser.add_argument("--random-look", default="0", help="shares of the others to look at")
    given = parser.parse_args()
    print("| type | random look | lines | n | wrong | before | after | p |")
    print("|---|---|---|---|---|---|---|---|")
    types = given.type.split(",") if given.type else ()
    shares = [float(share) for share in given.random_look.split(",")]
    for found in line_samples(load_labels(given.folder), model=given.model, types=types):
        looked_at = [one for one in found.samples if _raw(one) < given.limit]
        others = [one for one in found.samples if _raw(one) >= given.limit]
        for share in shares:
            drawn = [replace(one, weight=1 / share) for one in others if _chance(one) < share]
            fitted_to = [one for one in (*looked_at, *drawn) if not _held_out(one)]
            if len(fitted_to) < 2:
                continue
            calibration = calibrate(fitted_to, model=found.model, type=found.type).calibration
            for name, lines in (("looked at", looked_at), ("not looked at", others)):
                what = f"{found.type} | {share:g} | {name}"
                _show(what, [one for one in lines if _held_out(one)], calibration)


def _show(what: str, lines: Sequence[Sample], calibration: Calibration) -> None:
    losses = list(_losses(lines, calibration))
    if not losses:
        return
    wrong = sum(not one.right for one in lines)
    before = sum(loss.before for loss in losses) / len(losses)
    after = sum(loss.after for loss in losses) / len(losses)
    p = compare_losses(losses).p
    print(f"| {what} | {len(lines)} | {wrong} | {before:.4f} | {after:.4f} | {p:.2g} |")


def _losses(lines: Sequence[Sample], calibration: Calibration) -> Iterator[Loss]:
    for one in lines:
        after = calibration.confidence(one.evidence)
        yield Loss(one.picture, log_loss(_raw(one), one.right), log_loss(after, one.right))


def _raw(one: Sample) -> float:
    """The lattice's own probability of the value."""
    return (1 + math.tanh(one.evidence["posterior"] / 2)) / 2


def _held_out(one: Sample) -> bool:
    return int(_hash(one)[:8], 16) % 3 == 0


def _chance(one: Sample) -> float:
    """A number in [0, 1) that is as good as drawn at random, and the same each time."""
    return int(_hash(one)[8:16], 16) / 16**8


def _hash(one: Sample) -> str:
    return hashlib.sha256(one.picture.encode()).hexdigest()


if __name__ == "__main__":
    main()
