"""Samples of a form to a proposed template and its reference picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel

from docextract.authoring.codes import find_codes
from docextract.authoring.comparing import Place, places
from docextract.authoring.draft import Draft, DraftAnchor, DraftField, names
from docextract.authoring.kinds import Guess, guess, is_company, is_typed
from docextract.authoring.printed import Printed, overlap
from docextract.authoring.reference import Sample
from docextract.authoring.words import is_known, known, plain
from docextract.errors import UsageError
from docextract.sight import Sight
from docextract.template import Box
from docextract.types import Image, Page

_MOST_ANCHORS = 24
_FEWEST_CHARACTERS = 3  # of an anchor: shorter words are found anywhere
_WIDE = 1.5  # length to height of an anchor
_LONGER_THAN_NAMES = 6
_LONGEST_TITLE = 24
_TOP = 0.3  # of the page: where its title is
TAKEN = frozenset(dir(BaseModel))
_LOOK = "Proposed by docextract template new: look through names, types and boxes."
_ALONE = (
    "From one sample: lengths of numbers are its own, and print without a label is taken for the\n"
    "# form's. A second sample tells them apart."
)


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A drafted template, what its form shows without the values, and what should be read."""

    draft: Draft
    reference: Image


@dataclass(frozen=True, slots=True)
class _Value:
    """A place that a value is printed in, and the fields it holds."""

    place: Place
    guesses: tuple[Guess, ...]
    name: str


def propose(name: str, pages: Sequence[Page], sight: Sight) -> Proposal:
    """Draft a template from samples of one form, the first of which is its reference.

    With several samples, what is equal is the form's and what differs is a value. With one, a
    value is what has a label or a type of its own. Raises UsageError for a sample without print,
    for samples of different forms, and where no value is found.
    """
    found, lines = places(pages, sight)
    values = [value for value in map(_as_value, found) if value is not None]
    codes = find_codes(pages[0].image)
    if not values and not codes:
        raise UsageError(
            f"{pages[0].source}: print was found, but no values. "
            "Give a form that is filled in, or two that are filled in differently"
        )
    pieces = [part for place in found for part in (place.label, place.values[0]) if part]
    sample = Sample(pages[0].image, [*lines, *pieces])
    fields = (*_fields(values, sample, len(pages)), *_code_fields(codes))
    form = [line for line in _form_lines(found, values) if not _in_values(line, values)]
    height, width = pages[0].image.shape[:2]
    draft = Draft(
        name,
        (width, height),
        fields,
        anchors=tuple(_anchors(form, lines)),
        title=_title(form, height),
        remarks=(_LOOK, *((_ALONE,) if len(pages) == 1 else ())),
    )
    return Proposal(draft, _reference(sample, found, fields, form))


def _as_value(place: Place) -> _Value | None:
    """The place as a value; None where it shows the form itself."""
    shown = place.shown
    label = place.label
    if not shown:
        return None
    words = known(label.text) if label else None
    texts = [value.text for value in shown]
    guesses = guess(texts, words.type if words else "")
    if place.same and not (label and is_known(label.text)):
        return None
    alone = len(place.values) == 1
    if label is None and alone and not is_typed(texts[0]):
        return None
    return _Value(place, guesses, words.name if words else "")


def _fields(values: Sequence[_Value], sample: Sample, samples: int) -> Iterator[DraftField]:
    one_each = [(value, found) for value in values for found in value.guesses]
    wanted = [
        found.type if found is not value.guesses[0] else value.name for value, found in one_each
    ]
    for (value, found), name in zip(one_each, names(wanted, TAKEN), strict=True):
        label = value.place.label
        yield DraftField(
            name,
            found.type,
            sample.room(value.place.shown, label),
            found.options,
            title=plain_title(label) if label else "",
            prefix=found.prefix,
            suffix=found.suffix,
            nullable=len(value.place.shown) < samples,
            remark="the same in all samples" if value.place.same else "",
        )


def _code_fields(codes: Sequence[Box]) -> Iterator[DraftField]:
    for number, box in enumerate(codes, 1):
        yield DraftField("barcode" if number == 1 else f"barcode_{number}", "barcode", box)


def plain_title(label: Printed) -> str:
    """A label as a title: without its colon."""
    return "".join(label.text.strip().rstrip(":： ").split("\n"))[:_LONGEST_TITLE]


def _form_lines(found: Sequence[Place], values: Sequence[_Value]) -> Iterator[Printed]:
    """Print that every copy has: labels, and what is the same in all samples.

    Of a single sample, long words: short ones may be somebody's name.
    """
    read = {id(value.place) for value in values}
    for place in found:
        if place.label is not None:
            yield place.label
        if id(place) in read or not place.shown:
            continue
        text = plain(place.shown[0].text)
        long = len(text) >= _LONGER_THAN_NAMES and not is_company(text)
        long = long and not any(char.isdigit() for char in text)
        if place.same or (len(place.values) == 1 and long):
            yield place.shown[0]


def _in_values(line: Printed, values: Sequence[_Value]) -> bool:
    return any(overlap(line, v) > 0.5 for value in values for v in value.place.shown)


def _anchors(form: Sequence[Printed], lines: Sequence[Printed]) -> Iterator[DraftAnchor]:
    """Words of the form that are printed once and are wide; a label by its whole line."""
    texts = [plain(line.text) for line in form]
    fit = [
        line
        for line in form
        if len(plain(line.text)) >= _FEWEST_CHARACTERS
        and line.box.width > _WIDE * line.box.height
        and texts.count(plain(line.text)) == 1
    ]
    step = max(1, -(-len(fit) // _MOST_ANCHORS))
    for words in fit[::step]:
        whole = next((line for line in lines if overlap(words, line) > 0.9), words)
        yield DraftAnchor(words.text.strip(), whole.box)


def _title(form: Sequence[Printed], height: int) -> str:
    """The largest words at the top of the form."""
    words = [
        line
        for line in form
        if len(plain(line.text)) >= _FEWEST_CHARACTERS
        and line.bottom < _TOP * height
        and not line.text.rstrip().endswith((":", "："))
    ]
    largest = max(words, key=lambda line: line.box.height, default=None)
    return largest.text.strip()[:_LONGEST_TITLE] if largest else ""


def _reference(
    sample: Sample, found: Sequence[Place], fields: Sequence[DraftField], form: Sequence[Printed]
) -> Image:
    """The first sample without anything that a copy has of its own.

    With one sample, that is all print but labels and what has no figures.
    """
    boxes = [field.box for field in fields if field.box is not None]
    kept = {id(line) for line in form}
    boxes += [value.box for place in found for value in place.shown if id(value) not in kept]
    return sample.blanked(boxes)


def retyped(draft: Draft, unread: Sequence[str]) -> Draft:
    """The draft with fields that do not read their own sample as plain text, or gone if codes."""
    kept = [
        replace(field, type="text", options={}, prefix="", suffix="")
        if field.name in unread
        else field
        for field in draft.fields
        if field.type != "barcode" or field.name not in unread
    ]
    return replace(draft, fields=tuple(kept))
