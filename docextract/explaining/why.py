"""Why the winner won, in sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from docextract.errors import InvalidValue
from docextract.pipeline import Inspection
from docextract.rules import Verdict
from docextract.rules.choice import Choice
from docextract.settling import Slot, alternatives
from docextract.types import Reading


def reasons(found: Inspection) -> tuple[str, ...]:
    """The steps from the likeliest path of each lattice to the reading, one a sentence."""
    slot, line = found.line.slot, found.line.reading
    reading = found.reading
    return (
        *(_unconstrained(slot, line, b.model, b.lattice.greedy()) for b in found.line.ballots),
        *_choice(slot, line),
        *_checks(line),
        _confidence(line),
        *_rules(found, reading),
        _acceptance(found, reading),
    )


def _unconstrained(slot: Slot, line: Reading, model: str, greedy: str) -> str:
    said = f"The likeliest path of {model} says"
    if not greedy:
        return f"{said} nothing."
    try:
        value = slot.kind.parse(slot.body(greedy))
    except InvalidValue as err:
        return f"{said} {greedy!r}, which fails the check {err.check!r}."
    if value == line.value:
        return f"{said} {greedy!r}, and that is the value."
    return f"{said} {greedy!r}, but by all paths another value leads."


def _choice(slot: Slot, line: Reading) -> Iterator[str]:
    if len(line.models) > 1:
        yield f"The evidence of {' and '.join(line.models)} was added up."
    if line.mass < 1:
        yield f"All valid texts together have {line.mass:.4%} of the picture's probability."
    values = alternatives(slot, line.candidates, empty_logp=-math.inf)
    if not line.text or not values:
        yield "No valid text outweighs an empty place." if not line.failed else "Nothing was read."
        return
    best, *others = values
    yield f"{best.text!r} has the most evidence: {math.exp(min(best.logp, 0.0)):.4%}." + _same(
        slot, line, best
    )
    if others:
        rival, times = others[0], math.exp(min(best.logp - others[0].logp, 700.0))
        yield f"The next value, {rival.text!r}, has {times:.4g} times less."


def _same(slot: Slot, line: Reading, best: Choice) -> str:
    """How many texts say the best value."""
    texts = 0
    for candidate in line.candidates:
        try:
            texts += slot.kind.parse(slot.body(candidate.text)) == best.value
        except InvalidValue:
            continue
    return f" {texts} texts say this value; theirs adds up." if texts > 1 else ""


def _checks(line: Reading) -> Iterator[str]:
    if line.failed:
        yield f"It failed: {_listed(line.failed)}."


def _rules(found: Inspection, reading: Reading) -> Iterator[str]:
    for rule in found.rules:
        verdict = rule.verdict(found.result.values)
        others = ", ".join(sorted(rule.fields - {found.line.slot.name}))
        yield f"The rule {rule.name!r}, with {others}, is {verdict.value}."
    if reading.value != found.line.reading.value:
        alone = found.line.reading.text
        yield f"The rules changed the value: {alone!r} alone has more evidence, but breaks one."
    elif reading.confidence > found.line.reading.confidence and any(
        rule.verdict(found.result.values) is Verdict.MET for rule in found.rules
    ):
        yield f"Agreement with the other fields raised the confidence to {reading.confidence:.6g}."


def _confidence(line: Reading) -> str:
    said = f"The confidence is {line.confidence:.6g}"
    if not line.calibrated:
        return f"{said}: the probability in the lattice, not calibrated."
    shares = ", ".join(f"{name} {nats:.2f}" for name, nats in line.evidence.items())
    return f"{said}, by calibration of the evidence: {shares}."


def _acceptance(found: Inspection, reading: Reading) -> str:
    limit = found.limit
    accepted = "accepted" if limit.accepts(reading) else "for a person to review"
    if reading.failed:
        return f"It is {accepted}: it failed {_listed(reading.failed)}."
    said = f"It is {accepted}: the template asks for a confidence of {limit.asked(reading):.6g}"
    return f"{said}, from which its error rate is proven." if limit.proves(reading) else f"{said}."


def _listed(checks: Sequence[str]) -> str:
    return ", ".join(repr(check) for check in checks)
