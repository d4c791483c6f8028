"""Random texts of what a line on a form may say: prefix, value, suffix, for one field or several.

Fields with one box share a line, and the line is to be a text of all of them. So the walk goes
through all their automata at once.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import NamedTuple, TypeAlias

from docextract.decoding import Grammar, compile_forms
from docextract.fields import Form
from docextract.synth.lines.alphabet import SYMBOLS
from docextract.synth.lines.grammars import Walks, random_word, walks_through
from docextract.types import Alphabet

_EVERY = 12  # of the common characters, so many a step: a class of all of them compiles for seconds
_FIRST_FORM = 0.8  # the share of texts in a type's first form: the others are older ones

_States: TypeAlias = tuple[int, ...]


class Language(NamedTuple):
    """What a line may say in the eyes of one field."""

    forms: tuple[Form, ...]
    prefix: str
    suffix: str
    ignores: str


def random_text(languages: Sequence[Language], rng: Random) -> str | None:
    """A text of all ``languages``, or None when there is none; check digits are right."""
    distinct = tuple(dict.fromkeys(languages))
    if len(distinct) > 1:
        walks = _shared(distinct)
        return None if walks is None else random_word(walks, rng)
    grammars = _walks(distinct[0])
    chosen = 0 if len(grammars) == 1 or rng.random() < _FIRST_FORM else rng.randrange(len(grammars))
    return random_word(grammars[chosen], rng)


def random_match(pattern: str, rng: Random) -> str:
    """A text that a regular expression matches; raises GrammarError as ``compile_forms``."""
    walks = _walks(Language((Form(pattern),), "", "", ""))
    return random_word(walks[0], rng)


@cache
def _common_characters() -> tuple[str, ...]:
    """A sample of the 3,755 common Chinese characters, level 1 of GB 2312."""
    codes = (bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return tuple("".join(code.decode("gb2312", "ignore") for code in codes)[::_EVERY])


@cache
def _walks(language: Language) -> tuple[Walks, ...]:
    return tuple(walks_through(grammar, set(grammar.symbols)) for grammar in _grammars(language))


def _grammars(language: Language) -> tuple[Grammar, ...]:
    named = (char for form in language.forms for char in form.pattern)
    around = language.prefix + language.suffix
    symbols = dict.fromkeys([*SYMBOLS, *_common_characters(), *named, *around])
    alphabet = Alphabet(("", *(s for s in symbols if s.isprintable())), blank=0)
    return compile_forms(
        language.forms,
        alphabet,
        prefix=language.prefix,
        suffix=language.suffix,
        ignores=language.ignores,
    )


@cache
def _shared(languages: tuple[Language, ...]) -> Walks | None:
    """The walks through all automata at once, without those that end nowhere."""
    automata = [_walks(language)[0] for language in languages]
    steps: dict[_States, dict[str, _States]] = {}
    start: _States = (0,) * len(automata)
    queue = deque([start])
    while queue:
        states = queue.popleft()
        if states in steps:
            continue
        ways = [dict(walks.steps[s]) for walks, s in zip(automata, states, strict=True)]
        both = [c for c in ways[0] if all(c in way for way in ways)]
        steps[states] = {c: tuple(way[c] for way in ways) for c in both}
        queue.extend(steps[states].values())
    ends = {s for s in steps if all(w.final[i] for w, i in zip(automata, s, strict=True))}
    alive = _leading_to(ends, steps)
    if start not in alive:
        return None
    number = {
        states: i for i, states in enumerate([start, *(s for s in steps if s in alive - {start})])
    }
    return Walks(
        [[(c, number[t]) for c, t in steps[s].items() if t in alive] for s in number],
        [s in ends for s in number],
    )


def _leading_to(ends: set[_States], steps: dict[_States, dict[str, _States]]) -> set[_States]:
    before: dict[_States, set[_States]] = defaultdict(set)
    for states, ways in steps.items():
        for target in ways.values():
            before[target].add(states)
    alive, queue = set(ends), deque(ends)
    while queue:
        for states in before[queue.popleft()] - alive:
            alive.add(states)
            queue.append(states)
    return alive
