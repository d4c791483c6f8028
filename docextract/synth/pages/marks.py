"""Which boxes a writer ticks, and which must be ticked for a value."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from docextract.errors import InvalidValue
from docextract.fields import FieldType, ReadsMarks
from docextract.types import Value

_TRIES = 200
_SOME, _OF_MANY = 0.75, 0.5


def random_ticks(kind: FieldType, rng: Random, *, nullable: bool) -> tuple[str, ...] | None:
    """Names of boxes to tick (the field's own is ""), such that they say something.

    None when no set of boxes does.
    """
    for ticked in _sets(kind, rng):
        try:
            if kind.parse(_text(kind, ticked)) is not None or nullable:
                return ticked
        except InvalidValue as err:
            if nullable and err.check == "blank":
                return ticked
    return None


def ticks_for(kind: FieldType, value: Value, rng: Random) -> tuple[str, ...] | None:
    """The boxes to tick for a value, or None."""
    for ticked in _sets(kind, rng):
        if marked_value(kind, ticked) == value:
            return ticked
    return None


def marked_value(kind: FieldType, ticked: tuple[str, ...]) -> Value | None:
    """What the ticked boxes say."""
    try:
        return kind.parse(_text(kind, ticked))
    except InvalidValue:
        return None


def _text(kind: FieldType, ticked: tuple[str, ...]) -> str:
    assert isinstance(kind, ReadsMarks)
    return kind.text_of(ticked)


def _sets(kind: FieldType, rng: Random) -> Iterator[tuple[str, ...]]:
    """Sets of boxes: one mostly, none, or several."""
    assert isinstance(kind, ReadsMarks)
    names = list(kind.boxes) or [""]
    for _ in range(_TRIES):
        draw = rng.random()
        if draw < _SOME / 2:
            yield (rng.choice(names),)
        elif draw < _SOME:
            yield tuple(name for name in names if rng.random() < _OF_MANY)
        else:
            yield ()
