"""Check digits as deterministic automata, so that decoding visits only numbers that pass them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, runtime_checkable

State: TypeAlias = tuple[int, ...]

DIGITS: tuple[str, ...] = tuple("0123456789")
# Letters that print as OCR-B and others hardly tells from figures.
FIGURES_LIKE = dict(zip("OIZSB", "01258", strict=True))


@runtime_checkable
class Check(Hashable, Protocol):
    """A condition on a whole text that reads it once, symbol by symbol, in finitely many states."""

    @property
    def name(self) -> str:
        """What the check is called in ``Reading.failed``."""
        ...

    def start(self) -> State:
        """The state before the first symbol."""
        ...

    def step(self, state: State, symbol: str) -> State | None:
        """The state after one symbol more, or None when no text that begins so can pass."""
        ...

    def passes(self, state: State) -> bool:
        """True when the text read so far passes."""
        ...


def passes(check: Check, text: str) -> bool:
    """True when ``text`` passes ``check``.

    >>> luhn = Luhn(even=True)
    >>> passes(luhn, "4111111111111111"), passes(luhn, "4111111111111112")
    (True, False)
    """
    state: State | None = check.start()
    for symbol in text:
        if state is None:
            return False
        state = check.step(state, symbol)
    return state is not None and check.passes(state)


@dataclass(frozen=True, slots=True)
class Checksum:
    """A weighted sum of symbols that must leave ``remainder`` when divided by ``modulus``.

    ``weights`` are those of the text's places from the left, 0 for a place that does not count;
    the check digit is a place like any other. ``values[v]`` holds the characters worth v; a place
    that counts has no other characters. What follows behind the last weight is free.
    """

    name: str
    modulus: int
    weights: tuple[int, ...]
    values: tuple[str, ...] = DIGITS
    remainder: int = 0
    _worth: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.modulus < 2 or not 0 <= self.remainder < self.modulus:
            raise ValueError(f"Checksum {self.name}: remainder {self.remainder} of {self.modulus}")
        if not self.weights or not self.weights[-1]:
            raise ValueError(f"Checksum {self.name}: the last weight must count")
        worth = {symbol: v for v, symbols in enumerate(self.values) for symbol in symbols}
        object.__setattr__(self, "_worth", worth)

    def start(self) -> State:
        """No place read, nothing summed."""
        return 0, 0

    def step(self, state: State, symbol: str) -> State | None:
        """The next place and the sum's remainder so far."""
        place, rest = state
        if place == len(self.weights):
            return state
        weight = self.weights[place]
        if weight:
            worth = self._worth.get(symbol)
            if worth is None:
                return None
            rest = (rest + weight * worth) % self.modulus
        after = (place + 1, rest)
        return after if after[0] < len(self.weights) or self.passes(after) else None

    def passes(self, state: State) -> bool:
        """True behind the last weight with the right remainder."""
        return state == (len(self.weights), self.remainder)


@dataclass(frozen=True, slots=True)
class Luhn:
    """The check digit of ISO/IEC 7812-1, annex B: every other digit from the right is doubled.

    Read from the left, which ones are doubled hangs on whether the number of digits is ``even``:
    a type with both kinds of numbers has a form for each.
    """

    even: bool
    name: str = "luhn"

    def start(self) -> State:
        """An even number of digits, nothing summed."""
        return 0, 0

    def step(self, state: State, symbol: str) -> State | None:
        """Whether the number of digits is odd, and the last figure of the sum."""
        if symbol not in DIGITS:
            return None
        odd, total = state
        digit = int(symbol)
        worth = digit if bool(odd) == self.even else sum(divmod(2 * digit, 10))
        return 1 - odd, (total + worth) % 10

    def passes(self, state: State) -> bool:
        """True for a number of that length whose sum ends in 0."""
        return state == (int(not self.even), 0)


@dataclass(frozen=True, slots=True)
class AsFigures:
    """A checksum that takes look-alike letters for figures, an O for a 0, at some ``places``.

    Where a text can only have figures, an O is a 0 that was read so.
    """

    check: Checksum
    places: frozenset[int]

    @property
    def name(self) -> str:
        """The checksum's name."""
        return self.check.name

    def start(self) -> State:
        """As the checksum's."""
        return self.check.start()

    def step(self, state: State, symbol: str) -> State | None:
        """As the checksum's, for the figure that the letter looks like."""
        if state[0] in self.places:
            symbol = FIGURES_LIKE.get(symbol, symbol)
        return self.check.step(state, symbol)

    def passes(self, state: State) -> bool:
        """As the checksum's."""
        return self.check.passes(state)


def icao_9303(name: str, places: Sequence[int], check: int) -> Checksum:
    """The check digit of a machine readable zone (ICAO 9303-3, 4.9): weights 7, 3, 1, modulo 10.

    ``places`` are the zone's places that count, in order, and ``check`` that of the digit itself,
    from 0. Letters are worth 10 to 35, the filler ``<`` 0.

    >>> passes(icao_9303("number", range(9), 9), "L898902C36")
    True
    """
    weights = [0] * (max((*places, check)) + 1)
    for i, place in enumerate(places):
        weights[place] = (7, 3, 1)[i % 3]
    weights[check] = 9  # the digit is the sum's remainder, so their difference leaves none
    letters = map(chr, range(ord("A"), ord("Z") + 1))
    return Checksum(name, 10, tuple(weights), ("0<", *DIGITS[1:], *letters))
