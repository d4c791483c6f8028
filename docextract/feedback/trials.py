"""Whether a proposal is better than what there is, on documents that it was not made of."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

SIGNIFICANT = 0.05
_FEWEST_DOCUMENTS = 20  # of fewer, a bootstrap tells too little
_RESAMPLES = 10_000
_SURE = 1e-6


class Trial(BaseModel):
    """One proposal tried: ``before`` and ``after`` are shares right, or mean log losses in nats.

    ``better`` and ``worse`` count held-out fields (lexicon) or documents (calibration), ``p`` is
    the test's. ``file`` is what would be promoted, in the proposal's folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["lexicon", "calibration"]
    template: str
    about: str
    file: str
    n: int
    documents: int
    before: float
    after: float
    better: int
    worse: int
    p: float
    passed: bool
    why: str


class Verdict(NamedTuple):
    """What a paired test says."""

    better: int
    worse: int
    p: float
    passed: bool
    why: str


class Loss(NamedTuple):
    """A held-out reading's log loss in nats, before and after, for ``weight`` readings like it."""

    document: str
    before: float
    after: float
    weight: float = 1.0


def compare_right(before: Sequence[bool], after: Sequence[bool]) -> Verdict:
    """The exact McNemar test of paired readings, two-sided (McNemar 1947).

    Only fields that are read otherwise count: if both ways were as good, each would be better or
    worse with probability 1/2.
    """
    pairs = list(zip(before, after, strict=True))
    better, worse = pairs.count((False, True)), pairs.count((True, False))
    p = mcnemar(better, worse)
    passed = better > worse and p < SIGNIFICANT
    return Verdict(better, worse, p, passed, _why(passed, better > worse))


def mcnemar(better: int, worse: int) -> float:
    """The two-sided p of at least so uneven a split of discordant pairs.

    >>> mcnemar(6, 0)
    0.03125
    """
    n, least = better + worse, min(better, worse)
    tail: float = sum(math.comb(n, k) for k in range(least + 1)) / 2**n
    return min(1.0, 2 * tail)


def compare_losses(losses: Sequence[Loss]) -> Verdict:
    """A paired bootstrap of the weighted mean log loss, by documents: readings of one err together.

    ``p`` is the share of resamples in which the proposal is no better, twice since two-sided.
    """
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for document, before, after, weight in losses:
        sums[document][0] += weight * (after - before)
        sums[document][1] += weight
    gains = np.array(list(sums.values())).reshape(-1, 2)
    better, worse = int((gains[:, 0] < 0).sum()), int((gains[:, 0] > 0).sum())
    if len(gains) < _FEWEST_DOCUMENTS:
        why = f"{len(gains)} held-out documents; {_FEWEST_DOCUMENTS} are needed"
        return Verdict(better, worse, 1.0, False, why)
    drawn = np.random.default_rng(0).integers(0, len(gains), (_RESAMPLES, len(gains)))
    totals = gains[drawn].sum(axis=1)
    no_better = float((totals[:, 0] / totals[:, 1] >= 0).mean())
    p = min(1.0, 2 * (no_better * _RESAMPLES + 1) / (_RESAMPLES + 1))
    improves = bool(gains[:, 0].sum() < 0)
    passed = improves and p < SIGNIFICANT
    return Verdict(better, worse, p, passed, _why(passed, improves))


def log_loss(confidence: float, right: bool) -> float:
    """What a confidence costs, in nats: minus the logarithm of what it gave the outcome."""
    sure = min(max(confidence, _SURE), 1 - _SURE)
    return -math.log(sure if right else 1 - sure)


def _why(passed: bool, improves: bool) -> str:
    if passed:
        return "significantly better"
    return "better, but it may be chance" if improves else "no better"
