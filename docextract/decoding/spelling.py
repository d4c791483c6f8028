"""What a recognizer's alphabet cannot write of what a pattern asks for."""

from __future__ import annotations

from docextract.decoding._alphabets import AlphabetKey, swap_case
from docextract.decoding._forms import forms_of
from docextract.decoding._others import others
from docextract.decoding._regex import Label, parse_regex
from docextract.shapes import fold_symbol
from docextract.types import Alphabet

_STATE_LIMIT = 160_000


def unwritable(pattern: str, alphabet: Alphabet) -> str:
    """The characters of ``pattern`` that ``alphabet`` lacks, in every form and either case.

    A character class counts when the alphabet has less than half of it; blanks do not count.
    Raises GrammarError for what is not a regular expression.
    """
    printed = forms_of(AlphabetKey(alphabet))
    missing: set[str] = set()
    for label in parse_regex(pattern, limit=_STATE_LIMIT).labels:
        asked = _asked(label)
        lacking = {c for c in asked if c not in printed and swap_case(c) not in printed}
        if 2 * len(lacking) > len(asked):
            missing |= lacking
    return "".join(sorted(missing))


def unwritable_around(pattern: str, alphabet: Alphabet) -> str:
    """What ``unwritable`` finds in the print around a value, without what OTHER stands for."""
    stood_for = others(pattern, AlphabetKey(alphabet), limit=_STATE_LIMIT)
    return "".join(c for c in unwritable(pattern, alphabet) if c not in stood_for)


def is_open(pattern: str) -> bool:
    """True when some place of ``pattern`` may hold any character, or any but a few.

    Raises GrammarError for what is not a regular expression.
    """
    return any(label.negated for label in parse_regex(pattern, limit=_STATE_LIMIT).labels)


def _asked(label: Label) -> set[str]:
    """The folded characters a class names; one that says what may not stand there has none."""
    if label.negated:
        return set()
    return {fold_symbol(c) for c in label.chars if not c.isspace()}
