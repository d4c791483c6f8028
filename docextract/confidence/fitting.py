"""Fitting a probability of being right to evidence: logistic, monotone, with lapses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ROUNDS = 200
_NEWTON_STEPS = 50
_SETTLED = 1e-7
_SHORTEST_STEP = 1e-9
_BIAS_SD = 2.0


@dataclass(frozen=True, eq=False)
class Prior:
    """What is believed of the weights before data: normal, (D,) means and deviations.

    ``bias`` is the expected log-odds of being right at the evidence's centre.
    """

    means: Floats
    deviations: Floats
    bias: float


@dataclass(frozen=True, eq=False)
class Fit:
    """P(right) = (1 - lapse) / (1 + exp(-(bias + weights · evidence))); no weight is negative."""

    weights: Floats
    bias: float
    lapse: float

    def probabilities(self, evidence: Floats) -> Floats:
        """P(right) of each row of (N, D) centred evidence."""
        return (1 - self.lapse) * _logistic(evidence @ self.weights + self.bias)


def fit(
    evidence: Floats, right: NDArray[np.bool_], prior: Prior, weights: Floats | None = None
) -> Fit:
    """Fit (N, D) centred evidence to whether each reading was ``right``, (N,).

    Each counts as many times as its weight (N,) says, once without.

    The most probable parameters under the prior, by expectation maximisation. A lapse is an
    error that evidence does not foretell, as in psychometric functions (Wichmann & Hill 2001):
    a wrong label, print misleading to anyone. Without it a single one of them would flatten
    the whole curve. Lapses have a uniform prior, so with none in n right readings the rate is
    1 / (n + 2): no confidence exceeds what n samples can show. Where weights differ, n is the
    effective number (Kish 1965): thirty readings that stand for a hundred each are thirty looks,
    and cannot show an error rate below one in thirty.
    """
    weights = np.ones(len(right)) if weights is None else weights
    problem = _Logistic(
        rows=np.c_[evidence, np.ones(len(evidence))],
        weights=weights,
        means=np.r_[prior.means, prior.bias],
        precisions=np.r_[prior.deviations, _BIAS_SD] ** -2.0,
        floor=np.r_[np.zeros(len(prior.means)), -np.inf],
    )
    theta = np.maximum(problem.means, problem.floor)
    looks = weights * weights.sum() / (weights @ weights)
    lapse = 1 / (float(looks.sum()) + 2)
    for _ in range(_ROUNDS):
        sure = _logistic(problem.rows @ theta)
        # How much of each error was a lapse, not doubt that the evidence showed.
        lapsed = np.where(right, 0.0, lapse * sure / (1 - (1 - lapse) * sure))
        lapses = float(looks @ lapsed)
        new_lapse = (lapses + 1) / (float(looks[right].sum()) + lapses + 2)
        new_theta = problem.solved(np.where(right, 1.0, lapsed), theta)
        moved = max(abs(new_theta - theta).max(), abs(np.log(new_lapse / lapse)))
        theta, lapse = new_theta, new_lapse
        if moved < _SETTLED:
            break
    return Fit(theta[:-1], float(theta[-1]), lapse)


@dataclass(frozen=True, eq=False)
class _Logistic:
    """Penalised logistic regression on (N, P) rows with weights (N,).

    Its parameters are not below a floor (P,).
    """

    rows: Floats
    weights: Floats
    means: Floats
    precisions: Floats
    floor: Floats

    def solved(self, targets: Floats, start: Floats) -> Floats:
        """The best parameters for (N,) targets in [0, 1], by projected Newton (Bertsekas 1982)."""
        theta = start
        for _ in range(_NEWTON_STEPS):
            before, theta = theta, self._descended(theta, self._step(theta, targets), targets)
            if abs(theta - before).max() < _SETTLED:
                break
        return theta

    def _loss(self, theta: Floats, targets: Floats) -> float:
        scores = self.rows @ theta
        misfit = np.logaddexp(0, scores) - targets * scores
        return float(self.weights @ misfit + self.precisions @ (theta - self.means) ** 2 / 2)

    def _step(self, theta: Floats, targets: Floats) -> Floats:
        """The Newton step of the parameters that are not held by the floor."""
        sure = _logistic(self.rows @ theta)
        slope = self.rows.T @ (self.weights * (sure - targets)) + self.precisions * (
            theta - self.means
        )
        weighted = self.rows * (self.weights * sure * (1 - sure))[:, None]
        curvature = weighted.T @ self.rows + np.diag(self.precisions)
        free = (theta > self.floor) | (slope < 0)
        step = np.zeros_like(theta)
        step[free] = np.linalg.solve(curvature[np.ix_(free, free)], slope[free])
        return step

    def _descended(self, theta: Floats, step: Floats, targets: Floats) -> Floats:
        """Where the longest of the step, its half, its quarter... leads that lowers the loss."""
        before, share = self._loss(theta, targets), 1.0
        while share > _SHORTEST_STEP:
            moved = np.maximum(theta - share * step, self.floor)
            if self._loss(moved, targets) < before:
                return moved
            share /= 2
        return theta


def _logistic(scores: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(scores / 2)))
