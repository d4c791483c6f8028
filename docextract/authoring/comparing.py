"""Several samples of one form: laid on the first, and what differs between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from docextract.authoring.pairing import Item, pair
from docextract.authoring.printed import Printed, Seen, find_print, overlap
from docextract.authoring.words import plain
from docextract.errors import RegistrationError, UsageError
from docextract.registration import AnchoredForm, AnchorPlacer, share_found
from docextract.registration import Printed as Words
from docextract.sight import Sight
from docextract.types import Page

_FEWEST_ALIKE = 3
_ALIKE = 0.8  # share of a line's characters that another copy has
_SAME_PLACE = 0.3  # of the smaller box
_FEWEST_CHARACTERS = 3  # of words that tell a form


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the form: its label, if any, and what each sample shows there (None: nothing)."""

    label: Printed | None
    values: tuple[Printed | None, ...]

    @property
    def shown(self) -> list[Printed]:
        """The values that are there."""
        return [value for value in self.values if value is not None]

    @property
    def same(self) -> bool:
        """True when several samples show the same text."""
        texts = [plain(value.text) if value else "" for value in self.values]
        return len(texts) > 1 and all(_alike(texts[0], text) for text in texts[1:])


def places(pages: Sequence[Page], sight: Sight) -> tuple[list[Place], list[Printed]]:
    """The places of a form, and all print of its first sample, in px of that.

    Raises UsageError for a sample without print, and for one that shows another form.
    """
    seen = [_seen(page, sight) for page in pages]
    first = [line.on(None) for line in seen[0]]
    copies = [first]
    for page, lines in zip(pages[1:], seen[1:], strict=True):
        copies.append(_laid_on(pages[0], first, page, lines, sight))
    return _merged([pair(copy) for copy in copies]), first


def _seen(page: Page, sight: Sight) -> list[Seen]:
    lines = find_print(page.image, sight)
    if not lines:
        raise UsageError(
            f"{page.source}: no print was found. Give a sharp, upright picture of a filled form"
        )
    return lines


def _laid_on(
    base: Page, first: Sequence[Printed], page: Page, lines: Sequence[Seen], sight: Sight
) -> list[Printed]:
    """A sample's lines in px of the first sample, on which it is placed by the words both have."""
    texts = [line.text for line in lines]
    shared = [
        Words(line.text, "", line.box)
        for line in first
        if len(plain(line.text)) >= _FEWEST_CHARACTERS
        and any(share_found(line.text, text) >= _ALIKE for text in texts)
    ]
    size = (float(base.image.shape[1]), float(base.image.shape[0]))
    cure = "Give samples of one form, flat and upright"
    if len(shared) < _FEWEST_ALIKE:
        raise UsageError(
            f"{page.source}: shows another form than {base.source}: "
            f"{len(shared)} of its printed lines are the same. {cure}"
        )
    try:
        sheet = AnchorPlacer([AnchoredForm("sample", size, tuple(shared))], sight).place(page)
    except RegistrationError:
        raise UsageError(
            f"{page.source}: its print lies elsewhere than that of {base.source}. {cure}"
        ) from None
    return [line.on(sheet) for line in lines]


def _merged(copies: Sequence[Sequence[Item]]) -> list[Place]:
    """Items of all samples that stand at one place, as one."""
    found: list[Place] = []
    used: set[int] = set()
    for number, items in enumerate(copies):
        for item in items:
            if id(item) in used:
                continue
            values: list[Printed | None] = [None] * len(copies)
            values[number] = item.value
            for later in range(number + 1, len(copies)):
                same = next(
                    (o for o in copies[later] if id(o) not in used and _meet(item, o)), None
                )
                if same is not None:
                    used.add(id(same))
                    values[later] = same.value
            found.append(Place(item.label, tuple(values)))
    return found


def _meet(item: Item, other: Item) -> bool:
    if item.label and other.label:
        same_words = share_found(plain(item.label.text), plain(other.label.text)) >= _ALIKE
        return same_words and overlap(item.label, other.label) > _SAME_PLACE
    if item.value is None or other.value is None:
        return False
    return overlap(item.value, other.value) > _SAME_PLACE


def _alike(one: str, other: str) -> bool:
    """The same text but for a misread character; figures have to be the same."""
    if re.sub(r"\D", "", one) != re.sub(r"\D", "", other):
        return False
    return min(share_found(one, other), share_found(other, one)) >= _ALIKE
