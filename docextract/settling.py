"""Candidates to Reading: the best text that is a value of the field, and how sure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from docextract.errors import InvalidValue
from docextract.fields import FieldType
from docextract.rules.choice import Choice
from docextract.types import Candidate, Quad, Reading, Value

_NOT_CERTAIN = 1 - 1e-6  # no picture proves a value
_UNSEEN = 9.0  # nats: rivals this far behind are not looked for, so no margin is known beyond


@dataclass(frozen=True, slots=True)
class Slot:
    """A field as the settling step sees it; ``prefix`` and ``suffix`` are regular expressions."""

    name: str
    kind: FieldType
    nullable: bool = False
    prefix: str = ""
    suffix: str = ""

    def body(self, text: str) -> str:
        """The text without what the prefix and the suffix match."""
        start, stop = self.span(text)
        return text[start:stop]

    def span(self, text: str) -> tuple[int, int]:
        """Where the text's body starts and stops."""
        if not (self.prefix or self.suffix):
            return 0, len(text)
        value = self.kind.pattern or ".*"
        match = re.fullmatch(f"(?:{self.prefix})(?P<value>{value})(?:{self.suffix})", text)
        return match.span("value") if match else (0, len(text))


def settle(
    slot: Slot,
    candidates: Sequence[Candidate],
    *,
    empty_logp: float,
    quad_px: Quad,
    valid_logp: float = 0.0,
) -> Reading:
    """Choose among candidates, best first, the value with the most evidence.

    ``empty_logp`` is the log-probability that nothing is printed at all, ``valid_logp`` that
    of all valid texts together. Candidates that say the
    same value ("8.97", "¥8.97") add up. The confidence is the probability of the chosen value
    in the lattice; the margin is its log-evidence over the next value's.
    """
    choices, failed = _choices(slot, candidates)
    if not choices or empty_logp > choices[0].logp:
        nothing = _nothing(slot, candidates, failed, empty_logp, quad_px)
        return replace(nothing, mass=_probability(valid_logp))
    best = choices[0]
    second = choices[1].logp if len(choices) > 1 else best.logp - _UNSEEN
    rival = max(empty_logp, second)
    return Reading(
        field=slot.name,
        value=best.value,
        text=best.text,
        confidence=min(_probability(best.logp), _NOT_CERTAIN),
        margin=best.logp - rival,
        mass=_probability(valid_logp),
        candidates=tuple(candidates),
        failed=() if best.value is not None or slot.nullable else ("missing",),
        quad_px=quad_px,
    )


def _probability(logp: float) -> float:
    """exp(logp), where rounding may have put ``logp`` a little above 0."""
    return math.exp(min(logp, 0.0))


def settle_picture(slot: Slot, payload: str | None, *, quad_px: Quad) -> Reading:
    """The Reading of a field that is read from its picture, such as a barcode."""
    if payload is None:
        failed = () if slot.nullable else ("unreadable",)
        return Reading(slot.name, None, "", confidence=0.0, failed=failed, quad_px=quad_px)
    try:
        value = slot.kind.parse(payload)
    except InvalidValue as err:
        return Reading(
            slot.name, None, payload, confidence=0.0, failed=(err.check,), quad_px=quad_px
        )
    # A barcode carries its own error correction: what is decoded is right.
    return Reading(slot.name, value, payload, confidence=_NOT_CERTAIN, quad_px=quad_px)


def alternatives(
    slot: Slot, candidates: Sequence[Candidate], *, empty_logp: float
) -> tuple[Choice, ...]:
    """All values a field may have, most evidence first, as rules choose among them.

    Candidates are as in ``settle``. A nullable field may have none: the evidence for that is
    what says so in print, and a blank place.
    """
    choices, _ = _choices(slot, candidates)
    valued = [choice for choice in choices if choice.value is not None]
    if slot.nullable:
        written = [choice.logp for choice in choices if choice.value is None]
        none_logp = float(np.logaddexp.reduce([empty_logp, *written]))
        valued.append(Choice(None, "", none_logp))
    finite = (choice for choice in valued if math.isfinite(choice.logp))
    return tuple(sorted(finite, key=lambda choice: -choice.logp))


def _choices(slot: Slot, candidates: Sequence[Candidate]) -> tuple[list[Choice], tuple[str, ...]]:
    """The valid values by evidence, and the checks that better candidates failed."""
    by_value: dict[Value | None, Choice] = {}
    failed: list[str] = []
    for candidate in candidates:
        text = slot.body(candidate.text)
        try:
            value = slot.kind.parse(text)
        except InvalidValue as err:
            failed.append(err.check)
            continue
        known = by_value.get(value)
        if known is None:
            by_value[value] = Choice(value, text, candidate.logp)
        else:
            total = known.logp + math.log1p(math.exp(candidate.logp - known.logp))
            by_value[value] = replace(known, logp=total)
    ordered = sorted(by_value.values(), key=lambda choice: -choice.logp)
    return ordered, tuple(dict.fromkeys(failed))


def _nothing(
    slot: Slot,
    candidates: Sequence[Candidate],
    failed: tuple[str, ...],
    empty_logp: float,
    quad_px: Quad,
) -> Reading:
    """No value: right for a nullable field whose place is blank, else a failed check."""
    best_logp = candidates[0].logp if candidates else -math.inf
    blank = empty_logp > best_logp
    if blank and slot.nullable:
        return Reading(
            slot.name,
            None,
            "",
            confidence=min(_probability(empty_logp), _NOT_CERTAIN),
            margin=empty_logp - best_logp,
            candidates=tuple(candidates),
            quad_px=quad_px,
        )
    return Reading(
        slot.name,
        None,
        "" if blank or not candidates else candidates[0].text,
        confidence=0.0,
        margin=0.0,
        candidates=tuple(candidates),
        failed=("blank",) if blank else failed or ("unreadable",),
        quad_px=quad_px,
    )
