"""Fit how much each recognizer's evidence counts in a vote, on drawn lines.

    python scripts/fit_vote.py ppocrv6-small ppocrv5-mobile [--lines 6000] [--seed 7]

Draws lines of all typed kinds, some of them given out as another kind, lets every model read them
all, and prints an entry for models/votes.yaml: the weights, the floor and the constant for "other"
under which the truth is likeliest (conditional logistic regression), and the confidence of the
models before the last one below which asking that one mends more than one error in 200 lines. A
second set of lines, drawn from the next seed, says what it is worth.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.decoding import Ballot, VoteWeights, load_vote_weights
from docextract.decoding.vote import Floats, hypotheses, pooled, proposals, weighed
from docextract.errors import InvalidValue
from docextract.fields import FieldType, field_types
from docextract.lines.reader import Knowledge, line_reader
from docextract.recognition import load_recognizer
from docextract.settling import Slot
from docextract.synth.lines import LineGenerator
from docextract.types import Image, Value

KINDS = (
    *("digits", "alnum", "amount", "amount_cn", "date", "time", "phone", "id_card", "uscc"),
    *("bank_card", "plate", "percent", "integer"),
)
MISPLACED = 0.1  # the share of lines that are read as another type than they are
FLOORS = (1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2)
ASKED_BELOW = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995)
BATCH = 64
PRICE = 1 / 200  # of asking about a line, in errors: as many it has to mend


class Drawn(NamedTuple):
    """A line, the type it is read as, and the value it has as that type, None for nothing."""

    image: Image
    kind: FieldType
    value: Value | None


class Case(NamedTuple):
    """A line's hypotheses: texts, a blank place, something else.

    ``values`` are what the texts say. ``probabilities`` has a row for each model; ``first`` is
    the first model's own answer.
    """

    value: Value | None
    values: tuple[Value | None, ...]
    probabilities: Floats
    first: Answer

    @property
    def true(self) -> NDArray[np.bool_]:
        """Which hypotheses are true; when no text is, the line says something else."""
        right = [self.value is not None and value == self.value for value in self.values]
        return np.array([*right, False, not any(right)])


class Answer(NamedTuple):
    """Whether the likeliest value is right, and its probability."""

    right: bool
    confidence: float


class Fit(NamedTuple):
    """Parameters and the mean log-probability they give to the truth."""

    weights: Floats
    other: float
    floor: float
    logp: float


def drawn_lines(count: int, seed: int) -> Iterator[Drawn]:
    """Lines of every kind in equal parts; a line that is no value of its own type is left out."""
    rng = Random(seed)  # noqa: S311
    lines = LineGenerator(seed, mix=dict.fromkeys(KINDS, 1.0)).lines()
    kinds = {name: field_types.get(name)() for name in KINDS}
    for line in islice(lines, count):
        misplaced = rng.random() < MISPLACED
        kind = kinds[rng.choice(KINDS)] if misplaced else kinds[line.kind]
        value = parsed(kind, line.text)
        if misplaced or value is not None:
            yield Drawn(cv2.cvtColor(line.image, cv2.COLOR_GRAY2BGR), kind, value)


def parsed(kind: FieldType, text: str) -> Value | None:
    """A text's value, None when it has none."""
    try:
        return kind.parse(text)
    except InvalidValue:
        return None


def read(models: Sequence[str], count: int, seed: int) -> list[Case]:
    """Let every model read every line."""
    recognizers = [load_recognizer(model) for model in models]
    lines = drawn_lines(count, seed)
    cases: list[Case] = []
    while batch := list(islice(lines, BATCH)):
        images = [line.image for line in batch]
        lattices = zip(*(r.recognize(images) for r in recognizers), strict=True)
        for line, of_line in zip(batch, lattices, strict=True):
            slot = Slot("line", line.kind)
            readers = [line_reader(slot, r, Knowledge()) for r in recognizers]
            ballots = tuple(r.read(lat) for r, lat in zip(readers, of_line, strict=True))
            cases.append(case(line, ballots))
    return cases


def case(line: Drawn, ballots: tuple[Ballot, ...]) -> Case:
    """Score all texts that any model proposes in all lattices, which are then let go."""
    texts = list(proposals(ballots, line.kind.ignores))
    found = ballots[0].decoded.candidates
    own = [parsed(line.kind, c.text) for c in found]
    logps = [*(c.logp for c in found), ballots[0].empty_logp]
    return Case(
        line.value,
        tuple(parsed(line.kind, text) for text in texts),
        np.array([hypotheses(ballot, texts) for ballot in ballots]),
        answer(line.value, own, logps),
    )


def answer(wanted: Value | None, values: Sequence[Value | None], logps: Sequence[float]) -> Answer:
    """What a reading would say; ``logps`` are those of texts saying ``values``, then of nothing."""
    sums: dict[Value, float] = {}
    for value, logp in zip(values, logps, strict=False):
        if value is not None:
            sums[value] = sums.get(value, 0.0) + math.exp(min(logp, 0))
    best = max(sums, key=lambda value: sums[value], default=None)
    if best is None or sums[best] < math.exp(logps[len(values)]):
        return Answer(wanted is None, 0.0)
    return Answer(best == wanted, sums[best])


class Problem:
    """Conditional logistic regression over the hypotheses of all lines (McFadden 1974)."""

    def __init__(self, cases: Sequence[Case], floor: float) -> None:
        most = max(len(case.true) for case in cases)
        models = len(cases[0].probabilities)
        self._features = np.zeros((len(cases), most, models + 1))
        self._logmask = np.full((len(cases), most), -np.inf)
        self._true = np.zeros((len(cases), most), bool)
        for i, one in enumerate(cases):
            size = len(one.true)
            self._features[i, :size, :models] = np.log(one.probabilities + floor).T
            self._features[i, size - 1, models] = 1
            self._logmask[i, :size] = 0
            self._true[i, :size] = one.true
        self._logtrue = np.where(self._true, 0, -np.inf)

    def solve(self, floor: float, *, steps: int = 100) -> Fit:
        """Newton's method, each step halved until the likelihood rises."""
        theta = np.r_[np.full(self._features.shape[2] - 1, 0.7), 0.0]
        logp, slope, curvature = self._at(theta)
        for _ in range(steps):
            move = np.linalg.solve(curvature + 1e-9 * np.eye(len(theta)), slope)
            share = 1.0
            while share > 1e-6:
                moved = theta + share * move
                moved[:-1] = np.clip(moved[:-1], 0, 2)
                new = self._at(moved)
                if new[0] > logp:
                    break
                share /= 2
            else:
                break
            gained = new[0] - logp
            theta, (logp, slope, curvature) = moved, new
            if gained < 1e-9:
                break
        return Fit(theta[:-1], float(theta[-1]), floor, logp)

    def _at(self, theta: Floats) -> tuple[float, Floats, Floats]:
        """The mean log-probability of the truth, its gradient, and a positive curvature."""
        scores = self._features @ theta + self._logmask
        total = np.logaddexp.reduce(scores, axis=1)
        of_truth = np.logaddexp.reduce(scores + self._logtrue, axis=1)
        prior = np.exp(scores - total[:, None])
        posterior = np.exp(scores + self._logtrue - of_truth[:, None])
        expected = np.einsum("nh,nhd->nd", prior, self._features)
        slope = np.einsum("nh,nhd->nd", posterior, self._features) - expected
        spread = self._features - expected[:, None]
        curvature = np.einsum("nh,nhd,nhe->de", prior, spread, spread) / len(scores)
        return float((of_truth - total).mean()), slope.mean(axis=0), curvature


def entry(models: Sequence[str], fit: Fit, asked_below: float, fitted: str) -> VoteWeights:
    """The fit as an entry of models/votes.yaml."""
    return VoteWeights(
        models={name: round(w, 2) for name, w in zip(models, fit.weights.tolist(), strict=True)},
        floor=fit.floor,
        other=round(fit.other, 2),
        asked_below=asked_below,
        fitted=fitted,
    )


def worth_asking(before: Sequence[Answer], after: Sequence[Answer]) -> float:
    """The confidence below which to ask: where errors mended exceed the price of asking most."""

    def gain(limit: float) -> float:
        asked = [(b, a) for b, a in zip(before, after, strict=True) if b.confidence < limit]
        return sum(a.right - b.right - PRICE for b, a in asked)

    return max(ASKED_BELOW, key=gain)


def cascade(before: Sequence[Answer], after: Sequence[Answer], limit: float) -> list[Answer]:
    """The answers when the last model is asked below ``limit`` only."""
    return [b if b.confidence >= limit else a for b, a in zip(before, after, strict=True)]


def show(models: Sequence[str], cases: Sequence[Case], weights: VoteWeights) -> None:
    """Print errors, and errors among the surest, with and without the last model."""
    before, after = answers(models, cases, weights)
    placed = [case.value is not None for case in cases]
    asked = np.mean([b.confidence < weights.asked_below for b in before])
    print(f"# {len(cases)} other lines; the last model is asked about {asked:.1%} of them")
    print("# misread; misplaced lines given a confidence of 0.99 or more")
    rows = {
        models[0] if len(models) == 2 else "before": before,
        "asked in doubt": cascade(before, after, weights.asked_below),
        "asked always": after,
    }
    for name, found in rows.items():
        misread = [not a.right for a, p in zip(found, placed, strict=True) if p]
        fooled = [a.confidence >= 0.99 for a, p in zip(found, placed, strict=True) if not p]
        print(f"#   {name}: {np.mean(misread):.2%} of {len(misread)}; {sum(fooled)}", end="")
        print(f" of {len(fooled)}")


def answers(
    models: Sequence[str], cases: Sequence[Case], weights: VoteWeights
) -> tuple[list[Answer], list[Answer]]:
    """The answers of all models but the last, and of all."""
    after = [voted(case, models, weights) for case in cases]
    if len(models) == 2:
        return [case.first for case in cases], after
    fewer = load_vote_weights(models[:-1])
    return [voted(case, models[:-1], fewer) for case in cases], after


def voted(one: Case, models: Sequence[str], weights: VoteWeights) -> Answer:
    """What the first models say together."""
    shares = weighed(one.probabilities[: len(models)].tolist(), models, weights)
    logps = pooled(shares, weights, [0.0] * len(one.values))
    return answer(one.value, one.values, logps)


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", metavar="MODEL", help="in the order they are asked")
    parser.add_argument("--lines", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    if len(arguments.models) < 2:
        parser.error("a vote takes two models or more")
    cases = read(arguments.models, arguments.lines, arguments.seed)
    fit = max((Problem(cases, floor).solve(floor) for floor in FLOORS), key=lambda f: f.logp)
    fitted = f"{len(cases)} drawn lines, seed {arguments.seed}"
    found = entry(arguments.models, fit, 1.0, fitted)
    placed = [case for case in cases if case.value is not None]
    limit = worth_asking(*answers(arguments.models, placed, found))
    found = found.model_copy(update={"asked_below": limit})
    named = ", ".join(f"{name}: {weight}" for name, weight in found.models.items())
    print(f"  - models: {{{named}}}")
    print(f"    floor: {found.floor:f}")
    print(f"    other: {found.other}")
    print(f"    asked_below: {found.asked_below}")
    print(f"    fitted: {found.fitted}", flush=True)
    show(arguments.models, read(arguments.models, arguments.lines, arguments.seed + 1), found)


if __name__ == "__main__":
    main()
