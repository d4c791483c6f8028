"""Latin words, names and codes, and labels in front of values."""

from __future__ import annotations

import string
from functools import cache
from random import Random

from docextract.errors import MissingExtra
from docextract.synth.lines import numbers

_UNITS = ("KG", "kg", "PCS", "pcs", "ML", "ml", "L", "G", "g", "CM", "mm", "X", "x", "UNIT", "EA")
_LABELS = (
    "TOTAL", "Total", "Total:", "SUBTOTAL", "Sub Total:", "CASH", "Cash", "CHANGE", "Change:",
    "GST 6%", "TAX", "Tax:", "Qty", "QTY:", "No.", "NO:", "Invoice No:", "Bill#", "Ref:", "Date:",
    "DATE :", "Time:", "Price", "Disc", "Rounding", "Amount", "Balance:", "Receipt #:", "Table:",
    "合计", "小写", "金额:", "单价", "税额:", "号码:", "编号", "共计:", "No", "@", "Doc No :",
)  # fmt: skip
_JOINTS = ("-", "/", ".", ":", "#", "_", " ", "(", ")", "*", "&", "+", "=", ",", "'", "@")


@cache
def _vocabulary() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Common words and names of persons and places."""
    try:
        from faker.providers.address.en_US import Provider as Places
        from faker.providers.lorem.en_US import Provider as Words
        from faker.providers.person.en_US import Provider as People
    except ModuleNotFoundError:
        raise MissingExtra("drawing lines", "synth") from None
    names = [*People.first_names, *People.last_names, *Places.city_suffixes, *Places.states]
    spelled = (name for name in names if name.isascii())
    return tuple(Words.word_list), tuple(dict.fromkeys(spelled))


def word(rng: Random) -> str:
    """A word: of the language mostly, else any letters, so that none is learnt by heart."""
    if rng.random() < 0.3:
        return "".join(rng.choices(string.ascii_lowercase, k=rng.randint(1, 9)))
    common, names = _vocabulary()
    return rng.choice(common) if rng.random() < 0.6 else rng.choice(names)


def name(rng: Random) -> str:
    """A name of a person or place."""
    return rng.choice(_vocabulary()[1])


def latin(rng: Random) -> str:
    """One to five words in one style of capitals, with punctuation here and there."""
    style = rng.choice((str.upper, str.upper, str.title, str.lower, str))
    text = " ".join(style(word(rng)) for _ in range(rng.randint(1, 5)))
    draw = rng.random()
    if draw < 0.08:
        text = f"({text})"
    elif draw < 0.3:
        text += rng.choice((".", ",", ":", " :", "!", "?", ";", "&", " -", '"', "'S"))
    return text


def alnum(rng: Random) -> str:
    """Letters and digits without order."""
    letters = string.ascii_uppercase if rng.random() < 0.75 else string.ascii_letters
    pool = string.digits * rng.randint(1, 4) + letters
    text = "".join(rng.choices(pool, k=rng.randint(2, 20)))
    return numbers.grouped(text, rng) if rng.random() < 0.08 else text


def code(rng: Random) -> str:
    """An article's or document's number: pieces of letters and figures, joined by marks."""
    pieces = []
    for _ in range(rng.randint(1, 4)):
        pieces.append(rng.choice((numbers.integer, alnum, _letters, _measure, numbers.digits))(rng))
        pieces.append(rng.choice(_JOINTS if rng.random() < 0.9 else string.punctuation))
    return "".join(pieces[: rng.choice((-1, len(pieces)))])[:28].strip()


def _letters(rng: Random) -> str:
    return "".join(rng.choices(string.ascii_uppercase, k=rng.randint(1, 4)))


def _measure(rng: Random) -> str:
    return f"{rng.randint(1, 999)}{rng.choice(_UNITS)}"


def labelled(rng: Random) -> str:
    """A value behind its label, as on tills' slips."""
    value = rng.choice((numbers.amount, numbers.amount, numbers.date, numbers.digits, alnum))
    label = rng.choice(_LABELS) if rng.random() < 0.7 else word(rng).upper()
    return f"{label}{rng.choice((' ', ' ', '', '  '))}{value(rng)}".replace("  ", " ")
