"""The field option ``confusions``: what may be read for what, and at which price."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, FiniteFloat
from pydantic import Field as Constraint

from docextract.shapes import Confusion, fold_symbol

_PAIR = r"^\S as \S$"


def _check_pair(pair: str) -> str:
    if re.fullmatch(_PAIR, pair) is None:
        raise ValueError('Write one character as another, such as "O as 0"')
    if fold_symbol(pair[0]) == fold_symbol(pair[-1]):
        raise ValueError("The two are one character already. Drop the line")
    return pair


Pair = Annotated[str, AfterValidator(_check_pair)]  # "O as 0": an O is read as a 0
Price = Annotated[FiniteFloat, Constraint(le=0)] | None  # natural logarithm; None: never
Confusions: TypeAlias = Annotated[
    dict[Pair, Price],
    Constraint(json_schema_extra={"propertyNames": {"pattern": _PAIR}}),
]


def confusion_shares(prices: Mapping[str, float | None]) -> tuple[Confusion, ...]:
    """The option as decoding takes it.

    >>> confusion_shares({"O as 0": 0.0, "B as 8": None})
    (Confusion(meant='0', read='O', share=1.0), Confusion(meant='8', read='B', share=0.0))
    """
    return tuple(
        Confusion(meant=pair[-1], read=pair[0], share=0.0 if price is None else math.exp(price))
        for pair, price in prices.items()
    )
