"""What an alphabet's OTHER stands for around a value: characters it lacks, and any that may be."""

from __future__ import annotations

from collections.abc import Collection

from docextract.decoding._alphabets import AlphabetKey, swap_case
from docextract.decoding._claims import Claim
from docextract.decoding._forms import forms_of
from docextract.decoding._language import Language, named_symbols
from docextract.decoding._regex import parse_regex
from docextract.shapes import fold_symbol
from docextract.types import OTHER

_MOST = 64  # lacking characters of one class; each is a symbol of the automaton


def others(pattern: str, key: AlphabetKey, *, limit: int) -> frozenset[str]:
    """The Chinese characters that ``pattern`` names and OTHER stands for, if the alphabet has it.

    A class that names very many has none: it would be a symbol each.
    """
    if key.alphabet.other is None:
        return frozenset()
    printed = forms_of(key)
    found: set[str] = set()
    for label in parse_regex(pattern, limit=limit).labels:
        named = () if label.negated else map(fold_symbol, label.chars)
        lacking = {c for c in named if c not in printed and "\u4e00" <= c <= "\u9fff"}
        if len(lacking) <= _MOST:
            found |= lacking
    return frozenset(found)


def merged(
    language: Language, printed: frozenset[str], key: AlphabetKey, *, limit: int
) -> set[str]:
    """The ``printed`` symbols that stand only where a prefix or suffix takes any character.

    Which of them it is says nothing of the value: as one symbol, OTHER, their evidence adds up.
    """
    if key.alphabet.other is None or any(_open(form.pattern, limit) for form in language.forms):
        return set()
    around = f"(?:{language.prefix})(?:{language.suffix})"
    labels = [label for label in parse_regex(around, limit=limit).labels if label.negated]
    if not labels:
        return set()
    told = named_symbols(language, limit=limit) | {fold_symbol(c) for x in labels for c in x.chars}
    return {s for s in printed - {OTHER} if s not in told and swap_case(s) not in told}


def _open(pattern: str, limit: int) -> bool:
    return any(label.negated for label in parse_regex(pattern, limit=limit).labels)


def other_claims(
    symbols: tuple[str, ...], alike: Collection[str], key: AlphabetKey
) -> tuple[Claim, ...]:
    """The claims of OTHER on the symbols ``alike``, and those on OTHER.

    The latter are of those canonical ``symbols`` that the alphabet cannot write.
    """
    other, printed = key.alphabet.other, forms_of(key)
    if other is None:
        return ()
    lacking = (s not in printed and swap_case(s) not in printed for s in symbols)
    stood_for = [Claim(k, other, 1.0) for k, lacks in enumerate(lacking) if lacks]
    if OTHER in symbols:
        own = symbols.index(OTHER)
        stood_for += [Claim(own, v, 1.0) for s in sorted(alike) for v in printed[s]]
    return tuple(stood_for)
