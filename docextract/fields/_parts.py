"""The contract of field types whose payload has named parts."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class HasParts(Protocol):
    """A field type whose text is several values; rules name one as ``field.part``."""

    @property
    def part_names(self) -> tuple[str, ...]:
        """The parts that have names."""
        ...

    def part(self, text: str, name: str) -> str:
        """The named part of a payload, '' when the payload leaves it out."""
        ...
