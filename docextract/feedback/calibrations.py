"""What confidences are worth on the papers that people have looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from docextract.confidence import Calibration, Sample, calibrate
from docextract.feedback.corrected import Corrected
from docextract.feedback.trials import Loss, log_loss


@dataclass(frozen=True, slots=True, eq=False)
class NewCalibration:
    """A calibration fitted to corrections, and the losses of held-out ones by it and before.

    ``asked`` is the least confidence from which a field of it is accepted.
    """

    calibration: Calibration
    losses: tuple[Loss, ...]
    asked: float

    @property
    def accepts_any(self) -> bool:
        """Whether its surest readings can be accepted.

        People look at doubtful fields. A calibration of those may hold errors for so common that
        it trusts none of the sure ones, which nobody looked at, either.
        """
        return 1 - self.calibration.lapse > self.asked


def new_calibrations(fields: Iterable[Corrected]) -> Iterator[NewCalibration]:
    """One for each model and type that a template's corrections tell of.

    Fitted to readings of print that passed their checks, as all calibrations are; the held-out
    third of the documents has no part in it. Models or types with print in fewer than two documents
    are left out.

    A reading stands for as many as had to be read for it to be looked at, one by its ``share``
    (Horvitz & Thompson 1952): doubtful ones for themselves, one of a hundred accepted ones that was
    drawn for all hundred. Those that another field's correction brought stand for nobody.
    """
    groups: dict[tuple[str, str], list[Corrected]] = defaultdict(list)
    for one in fields:
        if one.kept.evidence and one.kept.text and not one.kept.failed and one.share:
            groups["+".join(one.kept.models), one.type].append(one)
    for (model, type_), group in sorted(groups.items()):
        samples = [_sample(one) for one in group if not one.held_out]
        if len({sample.picture for sample in samples}) < 2:
            continue
        fitted = calibrate(samples, model=model, type=type_, data="corrections").calibration
        asked = min(one.kept.unproven for one in group)
        yield NewCalibration(fitted, tuple(_losses(fitted, group)), asked)


def _sample(one: Corrected) -> Sample:
    return Sample(one.kept.evidence, one.right, one.document, 1 / one.share)


def _losses(calibration: Calibration, group: Sequence[Corrected]) -> Iterator[Loss]:
    for one in group:
        if one.held_out:
            after = calibration.confidence(one.kept.evidence)
            yield Loss(
                one.document,
                log_loss(one.kept.confidence, one.right),
                log_loss(after, one.right),
                1 / one.share,
            )
