"""The combination of alternatives with the most evidence that meets all rules."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from docextract.rules.choice import Choice
from docextract.rules.rule import Rule, Verdict
from docextract.types import Value

Options: TypeAlias = Mapping[str, Sequence[Choice]]
MAX_STEPS = 5_000  # some 50 ms; only pages that contradict themselves need more than a few


def best_combination(
    options: Options, rules: Sequence[Rule], *, max_steps: int = MAX_STEPS
) -> dict[str, Choice]:
    """One choice a field, all rules met, of the highest total log-evidence.

    ``options`` are each field's choices, best first, and hold every field of ``rules``. Exact:
    partial combinations are extended in the order of the evidence they give up, so the first
    complete one is the best (uniform-cost search); a rule prunes as soon as its fields are
    bound. Empty when no combination meets the rules, or none was found in ``max_steps``.
    """
    order = _order(options, rules)
    due = _due(order, rules)
    queue: list[tuple[float, int, tuple[int, ...]]] = [(0.0, 0, ())]
    for _ in range(max_steps):
        if not queue:
            break
        lost, _, picks = heapq.heappop(queue)
        chosen = {name: options[name][i] for name, i in zip(order, picks, strict=False)}
        met = _meets(chosen, due[len(picks)])
        if met and len(picks) == len(order):
            return chosen
        if met:
            heapq.heappush(queue, (lost, -len(picks) - 1, (*picks, 0)))
        _push_sibling(queue, options, order, lost, picks)
    return {}


def _push_sibling(
    queue: list[tuple[float, int, tuple[int, ...]]],
    options: Options,
    order: Sequence[str],
    lost: float,
    picks: tuple[int, ...],
) -> None:
    """Queue the same combination with the next choice of its last field."""
    if not picks:
        return
    choices, last = options[order[len(picks) - 1]], picks[-1]
    if last + 1 < len(choices):
        more = lost + choices[last].logp - choices[last + 1].logp
        heapq.heappush(queue, (more, -len(picks), (*picks[:-1], last + 1)))


def _order(options: Options, rules: Sequence[Rule]) -> list[str]:
    """Fields in the order that completes rules soonest, few choices first."""
    order: list[str] = []
    while left := options.keys() - order:
        gaps = {
            name: min((len(r.fields & left) for r in rules if name in r.fields), default=0)
            for name in left
        }
        order.append(min(left, key=lambda name: (gaps[name], len(options[name]), name)))
    return order


def _due(order: Sequence[str], rules: Sequence[Rule]) -> list[list[Rule]]:
    """The rules that can be judged once the first n fields are bound, for every n."""
    due: list[list[Rule]] = [[] for _ in range(len(order) + 1)]
    place = {name: n for n, name in enumerate(order, start=1)}
    for rule in rules:
        due[max(place[name] for name in rule.fields)].append(rule)
    return due


def _meets(chosen: Mapping[str, Choice], rules: Sequence[Rule]) -> bool:
    values: dict[str, Value | None] = {name: choice.value for name, choice in chosen.items()}
    return all(rule.verdict(values) is not Verdict.VIOLATED for rule in rules)
