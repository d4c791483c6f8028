"""Any word of a field type's grammar, by a random walk over its automaton."""

from __future__ import annotations

from collections.abc import Container
from functools import cache
from random import Random
from typing import NamedTuple

from docextract.decoding import Grammar, compile_grammar
from docextract.errors import InvalidValue
from docextract.fields import FieldType, field_types
from docextract.synth.lines.alphabet import SYMBOLS, typed_alphabet

_STOP = 0.25  # the chance to end where a text may end and may go on
_TRIES = 60  # walks until one passes the type's checks (one in 31 does for a check character)
# Boxes to tick are no print, names need more symbols, a code's form is the template's, and zones
# of several rows have a kind of their own.
_NOT_DRAWN = frozenset(
    {"checkbox", "choice", "person", "code", "mrz", "mrz_date", "table", "image", "present"}
)


class Walks(NamedTuple):
    """For each state the symbols and states that may follow, and whether texts end there."""

    steps: list[list[tuple[str, int]]]
    final: list[bool]


@cache
def grammar_types() -> tuple[str, ...]:
    """The field types whose texts the typed alphabet can spell, by their own grammar."""
    names = (name for name, _ in field_types if name not in _NOT_DRAWN)
    return tuple(name for name in names if _kind(name).pattern is not None)


def grammar_text(type_name: str, rng: Random) -> str:
    """A text that the field type's grammar and, nearly always, its checks accept."""
    kind, walks = _kind(type_name), _walks(type_name)
    text = random_word(walks, rng)
    for _ in range(_TRIES):
        try:
            kind.parse(text)
        except InvalidValue:
            text = random_word(walks, rng)
        else:
            break
    return text


def random_word(walks: Walks, rng: Random) -> str:
    """A word: a random way from state 0 to one where texts end."""
    text: list[str] = []
    state = 0
    while True:
        steps = walks.steps[state]
        if walks.final[state] and (not steps or rng.random() < _STOP):
            return "".join(text)
        symbol, state = rng.choice(steps)
        text.append(symbol)


@cache
def _kind(type_name: str) -> FieldType:
    return field_types.get(type_name)()


@cache
def _walks(type_name: str) -> Walks:
    kind = _kind(type_name)
    assert kind.pattern is not None
    grammar = compile_grammar(kind.pattern, typed_alphabet(), ignores=kind.ignores)
    return walks_through(grammar, SYMBOLS)


def walks_through(grammar: Grammar, symbols: Container[str]) -> Walks:
    """The walks through an automaton by arcs of these symbols."""
    drawn = [symbol in symbols for symbol in grammar.symbols]
    steps = [
        [(grammar.symbols[k], target) for k, target in enumerate(row) if target >= 0 and drawn[k]]
        for row in grammar.rows
    ]
    return Walks(steps, grammar.final.tolist())
