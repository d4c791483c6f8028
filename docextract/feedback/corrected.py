"""Fields that people have looked at: as read, and as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from docextract.errors import InvalidValue
from docextract.reviewing import Kept
from docextract.store import Item
from docextract.template import Field, Template

_ONE_IN = 3  # documents are kept to try proposals on


@dataclass(frozen=True, slots=True)
class Corrected:
    """A field that a person has looked at.

    ``document`` is the SHA-256 of its file, ``page`` its number there, and ``on_page`` which one it
    is of several documents on the page, from 1. ``text`` is what is printed, None for nothing.
    ``template`` is the name that it is asked for by. ``share`` is the probability with which it
    came to be looked at when it was read; 0 where only another field's correction brought it.
    """

    document: str
    page: int
    template: str
    field: Field
    type: str
    kept: Kept
    text: str | None
    on_page: int | None = None
    share: float = 1.0

    @property
    def drawn(self) -> bool:
        """Whether it was accepted, and drawn at random."""
        return 0 < self.share < 1

    @property
    def held_out(self) -> bool:
        """Whether its document is one of the third that proposals are tried on, not made of.

        Hashes are as good as drawn at random, and a document is always on the same side.
        """
        return int(self.document[:8], 16) % _ONE_IN == 0

    @property
    def right(self) -> bool:
        """Whether it was read right, before any rules."""
        if self.text is None or self.kept.nothing:
            return self.text is None and self.kept.nothing
        return self.means(self.kept.text)

    def means(self, text: str) -> bool:
        """Whether another text has the value that is printed."""
        if self.text is None:
            return False
        try:
            return self.field.kind.parse(text) == self.field.kind.parse(self.text)
        except InvalidValue:
            return False


def corrected(items: Iterable[Item], templates: Mapping[str, Template]) -> list[Corrected]:
    """What the answered items teach; without those that no one could read.

    Left out are fields that their templates have no more, or whose answers are no values any more.
    """
    return [one for item in items if (one := _corrected(item, templates)) is not None]


def _corrected(item: Item, templates: Mapping[str, Template]) -> Corrected | None:
    template, answer = templates.get(item.template), item.answer
    if template is None or item.field not in template.fields:
        return None
    if answer is None or answer.act == "unreadable":
        return None
    field = template.fields[item.field]
    text = answer.text if answer.act == "value" else None
    kept = Kept.model_validate_json(item.reading)
    one = Corrected(
        item.sha256,
        item.number,
        item.template,
        field,
        item.type,
        kept,
        text,
        item.document,
        item.share,
    )
    return one if text is None or one.means(text) else None
