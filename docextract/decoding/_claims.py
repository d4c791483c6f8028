"""Which symbols of a grammar may claim a share of what the recognizer read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from docextract.decoding._alphabets import swap_case
from docextract.shapes import Confusion, confusions, fold_symbol, mark_confusions


class Claim(NamedTuple):
    """The canonical symbol's ``share`` of the probability of the alphabet's index ``read``."""

    symbol: int
    read: int
    share: float


def find_claims(
    symbols: tuple[str, ...],
    written: frozenset[str],
    readable: Sequence[str],
    wanted: Iterable[Confusion],
) -> tuple[Claim, ...]:
    """The claims of a grammar's ``symbols`` on an alphabet; ``readable`` are its folded symbols.

    What the field itself writes is claimed by others only where ``wanted`` says so, and marks by
    marks: where a text has letters and digits, an O is an O. ``wanted`` also overrules the shares
    of the table; a share of 0 is no claim.
    """
    index = _either_case(symbols)
    own = _either_case(written)
    shares: dict[tuple[int, str], float] = {}
    for meant, read, share in confusions():
        if meant in index and read not in own:
            shares[index[meant], read] = share
    for confusion in (*mark_confusions(), *wanted):
        meant, read = fold_symbol(confusion.meant), fold_symbol(confusion.read)
        if meant in index and index.get(read) != index[meant]:
            shares[index[meant], read] = confusion.share
    forms: dict[str, list[int]] = defaultdict(list)
    for v, form in enumerate(readable):
        forms[form].append(v)
    return tuple(
        Claim(symbol, v, share)
        for (symbol, read), share in shares.items()
        if share > 0
        for v in forms.get(read, ())
    )


def _either_case(symbols: Iterable[str]) -> dict[str, int]:
    index = {symbol: k for k, symbol in enumerate(symbols)}
    return {swap_case(symbol): k for symbol, k in index.items()} | index
