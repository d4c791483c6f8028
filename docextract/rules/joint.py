"""Readings that keep each other's rules: the joint choice, and what agreement is worth."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from docextract.rules.choice import Choice
from docextract.rules.rule import Rule, Verdict
from docextract.rules.search import Options, best_combination
from docextract.types import Reading

Readings: TypeAlias = Mapping[str, Reading]
REPAIR_FLOOR = 1e-4  # below this probability the picture speaks against a repair
_LINE_CEILING = 1 - 1e-3  # one line in 1000 is misread however sure its lattice is
_NOT_CERTAIN = 1 - 1e-6


def agree(
    readings: Readings,
    rules: Sequence[Rule],
    *,
    nullable: frozenset[str],
    alternatives: Callable[[str], Sequence[Choice]],
) -> dict[str, Reading]:
    """Choose the values of all fields together, so that they meet the rules.

    Fields that rules tie together take the combination of alternatives with the most evidence
    that meets all their rules. Where none does, nothing changes and the fields of every
    violated rule fail the check ``rule:NAME``. A field that is changed against the picture
    (its new value has a probability below ``REPAIR_FLOOR``) fails the check ``repair``. Rules
    about a field that was not read, and has no alternative, do not apply.

    Agreement raises confidence. If a met rule pins a field to one value given the others
    (``Rule.pins``), the field can only be wrong together with another one of the rule. With
    p the field's own probability and q that of all the others being right, taken as
    independent, its odds of being right are at least (p / (1 - p)) * (q / (1 - q)): every
    other reading, listed or not, is counted as if it met the rule. Confidence never falls.
    """
    if not rules:
        return dict(readings)
    kept = dict(readings)
    options = _options(readings, rules, nullable, alternatives)
    for group in _groups([rule for rule in rules if rule.fields <= options.keys()], options):
        kept.update(_settled(kept, group, options, nullable))
    return kept


def _options(
    readings: Readings,
    rules: Sequence[Rule],
    nullable: frozenset[str],
    alternatives: Callable[[str], Sequence[Choice]],
) -> dict[str, Sequence[Choice]]:
    """The choices of every field that rules name; its reading alone where all rules are met."""
    read = {name for name, r in readings.items() if _is_read(r, name in nullable)}
    values = {name: reading.value for name, reading in readings.items()}
    open_to_doubt = any(
        not rule.fields <= read or rule.verdict(values) is Verdict.VIOLATED for rule in rules
    )
    options: dict[str, Sequence[Choice]] = {}
    for name in frozenset().union(*(rule.fields for rule in rules)):
        listed = alternatives(name) if open_to_doubt else ()
        if listed or name in read:
            options[name] = listed or [_as_choice(readings[name])]
    return options


def _is_read(reading: Reading, nullable: bool) -> bool:
    return reading.value is not None or (nullable and reading.ok)


def _as_choice(reading: Reading) -> Choice:
    return Choice(reading.value, reading.text, math.log(max(reading.confidence, 1e-300)))


def _groups(rules: Sequence[Rule], options: Options) -> Iterator[list[Rule]]:
    """Rules that share a field with a choice; a field with one value ties nothing together."""
    left = list(rules)
    while left:
        group = [left.pop()]
        free = _free(group[0], options)
        while near := [rule for rule in left if free & _free(rule, options)]:
            group += near
            left = [rule for rule in left if rule not in near]
            free = free.union(*(_free(rule, options) for rule in near))
        yield group


def _free(rule: Rule, options: Options) -> frozenset[str]:
    return frozenset(name for name in rule.fields if len(options[name]) > 1)


def _settled(
    readings: Readings, group: Sequence[Rule], options: Options, nullable: frozenset[str]
) -> dict[str, Reading]:
    names = frozenset().union(*(rule.fields for rule in group))
    mine = {name: readings[name] for name in names}
    values = {name: reading.value for name, reading in mine.items()}
    unread = {name for name in names if not _is_read(mine[name], name in nullable)}
    violated = [
        rule
        for rule in group
        if not rule.fields & unread and rule.verdict(values) is Verdict.VIOLATED
    ]
    if violated or unread:
        chosen = best_combination({name: options[name] for name in names}, group)
        if not chosen:
            return _flagged(mine, violated)
        mine = {name: _changed(mine[name], chosen[name], name in unread) for name in names}
    return _surer(mine, group)


def _flagged(readings: Readings, violated: Sequence[Rule]) -> dict[str, Reading]:
    flagged = dict(readings)
    for rule in violated:
        for name in rule.fields:
            failed = (*flagged[name].failed, f"rule:{rule.name}")
            flagged[name] = replace(flagged[name], failed=failed)
    return flagged


def _changed(reading: Reading, choice: Choice, unread: bool) -> Reading:
    """The reading with another value, as sure as the picture is of that value."""
    if choice.value == reading.value and not unread:
        return reading
    probability = min(math.exp(min(choice.logp, 0.0)), _NOT_CERTAIN)
    return replace(
        reading,
        value=choice.value,
        text=choice.text,
        confidence=probability,
        calibrated=False,
        margin=min(0.0, choice.logp - max((c.logp for c in reading.candidates), default=0.0)),
        failed=("repair",) if probability < REPAIR_FLOOR else (),
    )


def _surer(readings: Readings, rules: Sequence[Rule]) -> dict[str, Reading]:
    """Readings with the confidence that agreement gives them; each rule counts alone."""
    surer = dict(readings)
    values = {name: reading.value for name, reading in readings.items()}
    for rule in rules:
        if rule.verdict(values) is not Verdict.MET:
            continue
        # None and 0 are one to a sum: "exempt" is not told from 0.00 by a rule.
        for name in (name for name in rule.pins if values[name]):
            others = math.prod(_trust(readings[other]) for other in rule.fields - {name})
            agreed = _agreed(readings[name].confidence, others)
            known = surer[name]
            surer[name] = replace(known, confidence=max(known.confidence, agreed))
    return surer


def _trust(reading: Reading) -> float:
    """The probability of a reading, as evidence about another one.

    Lattices are surer than they are right, so lines are held to a ceiling; a barcode, which
    corrects its own errors and has no candidates, is not.
    """
    return min(reading.confidence, _LINE_CEILING) if reading.candidates else reading.confidence


def _agreed(own: float, others: float) -> float:
    right, wrong = own * others, (1 - own) * (1 - others)
    return min(right / (right + wrong), _NOT_CERTAIN) if right > 0 else 0.0
