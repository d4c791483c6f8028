"""The ``length`` option of types that are a run of symbols: a number, a range, or any."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, PositiveInt


def _in_order(length: tuple[int, int]) -> tuple[int, int]:
    low, high = length
    if low > high:
        raise ValueError(f"length is ({low}, {high}); write the smaller number first")
    return length


Length: TypeAlias = (
    PositiveInt | Annotated[tuple[PositiveInt, PositiveInt], AfterValidator(_in_order)] | None
)


def repeat(length: Length) -> str:
    """The regular expression quantifier for ``length``; None is one or more.

    >>> repeat(8), repeat((10, 12)), repeat(None)
    ('{8}', '{10,12}', '+')
    """
    if length is None:
        return "+"
    if isinstance(length, int):
        return f"{{{length}}}"
    return f"{{{length[0]},{length[1]}}}"
