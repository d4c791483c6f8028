"""Texts to draw: random strings of every kind that typed fields and papers around them hold.

A kind is a field type's name, or one of the extra kinds: ``latin``, ``code``, ``labelled``,
``mrz``, ``cipher``, ``chinese``, ``field``, ``measure``, ``price``, ``seat``, ``masked``. Texts
are written in the symbols of ``alphabet.py``, full-width forms of them, and other Chinese
characters.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from functools import cache
from random import Random

from docextract.synth.lines import chinese, numbers, words
from docextract.synth.lines.grammars import grammar_text, grammar_types

TextMaker = Callable[[Random], str]


def text_kinds() -> tuple[str, ...]:
    """The names of all kinds, sorted."""
    return tuple(sorted({*_NATURAL, *grammar_types()}))


def make_text(kind: str, rng: Random) -> str:
    """A random text of ``kind``: as papers mostly write it, or anything its grammar admits.

    Raises UnknownName for a kind that is not one of ``text_kinds()``.
    """
    natural = _NATURAL.get(kind)
    if natural is None or (kind in grammar_types() and rng.random() < _WILD):
        return grammar_text(kind, rng)
    return natural(rng)


_WILD = 0.25  # the share of texts that are any word of the type's grammar


def _mrz(rng: Random) -> str:
    """One line of a machine-readable zone (ICAO 9303), of 30, 36 or 44 characters."""
    width = rng.choice((30, 36, 44))
    if rng.random() < 0.5:
        filled = "<".join(words.name(rng).upper().replace(" ", "<") for _ in range(2))
        line = rng.choice(("P<", "I<", "ID", "V<", "")) + filled
    else:
        body = string.digits * 3 + string.ascii_uppercase + "<<"
        line = "".join(rng.choices(body, k=rng.randint(width // 2, width)))
    return line[:width].ljust(width, "<")


def _cipher(rng: Random) -> str:
    """A piece of a line of a VAT invoice's cipher area."""
    return "".join(rng.choices("0123456789<>*+-/", k=rng.randint(8, 28)))


_NATURAL: Mapping[str, TextMaker] = {
    "amount": numbers.amount,
    "integer": numbers.integer,
    "percent": numbers.percent,
    "digits": numbers.digits,
    "date": numbers.date,
    "time": numbers.time,
    "phone": numbers.phone,
    "bank_card": numbers.bank_card,
    "alnum": words.alnum,
    "code": words.code,
    "latin": words.latin,
    "labelled": words.labelled,
    "mrz": _mrz,
    "cipher": _cipher,
    "chinese": chinese.chinese,
    "field": chinese.labelled,
    "measure": chinese.measure,
    "price": chinese.price,
    "seat": chinese.seat,
    "masked": chinese.masked,
}


@cache
def kind_table() -> tuple[tuple[str, float], ...]:
    """The default mix: every kind and its share of the lines."""
    shares = {**dict.fromkeys(text_kinds(), 1.0), **_SHARES}
    total = sum(shares.values())
    return tuple((kind, share / total) for kind, share in sorted(shares.items()))


_SHARES = {
    "amount": 6.0, "date": 3.0, "digits": 3.0, "phone": 2.0, "amount_cn": 2.0, "alnum": 2.0,
    "latin": 3.0, "code": 2.0, "labelled": 2.0, "time": 1.5, "plate": 2.0,
    "chinese": 2.0, "field": 2.0, "price": 2.0, "seat": 2.5,
    "masked": 2.0,
}  # fmt: skip
