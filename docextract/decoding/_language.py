"""From forms with checks to one deterministic automaton over canonical symbols."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from docextract.checks import Check, State
from docextract.decoding._alphabets import swap_case
from docextract.decoding._automaton import States, Table, determinise, minimise, trim
from docextract.decoding._regex import Label, Nfa, parse_regex, too_large
from docextract.fields import Form
from docextract.shapes import fold_symbol


@dataclass(frozen=True, slots=True)
class Language:
    """What a line may say: ``prefix``, a value in one of ``forms``, ``suffix``."""

    forms: tuple[Form, ...]
    prefix: str = ""
    suffix: str = ""

    def parts(self) -> tuple[str, ...]:
        """Its regular expressions."""
        return self.prefix, *(form.pattern for form in self.forms), self.suffix

    def shown(self) -> str:
        """All of it as one regular expression, for messages."""
        value = "|".join(form.pattern for form in self.forms)
        if len(self.forms) > 1 or self.prefix or self.suffix:
            value = f"({value})"
        return f"{self.prefix}{value}{self.suffix}"


@dataclass(frozen=True, eq=False)
class Automaton:
    """A table (S, K) over ``symbols``; trimmed, so a language without texts has no final state."""

    symbols: tuple[str, ...]
    table: Table
    final: States


def named_symbols(language: Language, *, limit: int) -> frozenset[str]:
    """The canonical symbols that the language's regular expressions name, not only allow."""
    labels = [label for part in language.parts() for label in parse_regex(part, limit=limit).labels]
    return frozenset(fold_symbol(c) for label in labels if not label.negated for c in label.chars)


def automaton(language: Language, printed: frozenset[str], *, limit: int) -> Automaton:
    """The automaton of ``language`` over the canonical symbols that can be ``printed``.

    Raises GrammarError beyond ``limit`` states before minimisation.
    """
    nfa = Nfa(8 * limit)
    try:
        start = nfa.regex(language.prefix, nfa.state())
        end = nfa.state()
        for form in language.forms:
            nfa.join(_add_form(nfa, form, start, printed, limit), end)
        nfa.end = nfa.regex(language.suffix, end)
    except OverflowError:
        raise too_large(language.shown(), limit) from None
    return _deterministic(nfa, printed, limit=limit, pattern=language.shown())


def _add_form(nfa: Nfa, form: Form, start: int, printed: frozenset[str], limit: int) -> int:
    """Build ``form`` from ``start`` on and return its end."""
    if not form.checks:
        return nfa.regex(form.pattern, start)
    alone = parse_regex(form.pattern, limit=8 * limit)
    unchecked = _deterministic(alone, printed, limit=limit, pattern=form.pattern)
    return _add_product(nfa, unchecked, form.checks, nfa.join(start, nfa.state()))


def _add_product(nfa: Nfa, pattern: Automaton, checks: Sequence[Check], start: int) -> int:
    """Build the texts of ``pattern`` that pass all ``checks``: pairs of states, side by side."""
    end = nfa.state()
    first = (0, tuple(check.start() for check in checks))
    numbers: dict[tuple[int, tuple[State, ...]], int] = {first: start}
    labels = [Label(frozenset(symbol), False) for symbol in pattern.symbols]
    rows = pattern.table.tolist()
    queue = deque([first])
    while queue:
        at, states = queue.popleft()
        source = numbers[at, states]
        if pattern.final[at] and all(c.passes(s) for c, s in zip(checks, states, strict=True)):
            nfa.join(source, end)
        for label, symbol, target in zip(labels, pattern.symbols, rows[at], strict=True):
            after = _step(checks, states, symbol) if target >= 0 else None
            if after is None:
                continue
            if (target, after) not in numbers:
                numbers[target, after] = nfa.state()
                queue.append((target, after))
            nfa.link(source, label, numbers[target, after])
    return end


def _step(
    checks: Sequence[Check], states: Sequence[State], symbol: str
) -> tuple[State, ...] | None:
    after = []
    for check, state in zip(checks, states, strict=True):
        reached = check.step(state, symbol)
        if reached is None:
            return None
        after.append(reached)
    return tuple(after)


def _deterministic(nfa: Nfa, printed: frozenset[str], *, limit: int, pattern: str) -> Automaton:
    universe = _universe(nfa.labels, printed)
    sets = [_members(label, universe) for label in nfa.labels]
    symbols, classes = _classes(sets)
    table, final = trim(*determinise(nfa, classes, limit=limit, pattern=pattern))
    table, final = minimise(table, final)
    table = table[:, [classes.index(met) for met in symbols.values()]]
    used = np.flatnonzero((table >= 0).any(axis=0))
    canonical = tuple(np.array(list(symbols), object)[used])
    return Automaton(canonical, table[:, used], final)


def _universe(labels: Iterable[Label], printed: frozenset[str]) -> frozenset[str]:
    """The canonical symbols that can be printed and these labels can ask for."""
    wanted = {c for label in labels if not label.negated for c in label.chars}
    if any(label.negated for label in labels):
        wanted |= printed
    canonical = {fold_symbol(c) for c in wanted}
    # A letter in the case the alphabet lacks stands for the other one, unless that is wanted too.
    unwanted = printed - canonical
    recased = {c for c in canonical - printed if swap_case(c) in unwanted}
    return frozenset((canonical & printed) | recased)


def _members(label: Label, universe: frozenset[str]) -> frozenset[str]:
    named = {fold_symbol(c) for c in label.chars}
    return universe - named if label.negated else universe & named


def _classes(
    sets: list[frozenset[str]],
) -> tuple[dict[str, frozenset[int]], list[frozenset[int]]]:
    """Each symbol's class, the set of labels it meets; and the distinct classes."""
    meets: dict[str, set[int]] = defaultdict(set)
    for i, members in enumerate(sets):
        for symbol in members:
            meets[symbol].add(i)
    symbols = {s: frozenset(meets[s]) for s in sorted(meets)}
    return symbols, list(dict.fromkeys(symbols.values()))
