"""Lines on a form: which fields stand on each, and texts that are values of all of them."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random

from docextract.decoding import load_lexicon
from docextract.errors import InvalidValue, UsageError
from docextract.fields import FieldType, is_print
from docextract.fields._mrz import ZoneField
from docextract.settling import Slot
from docextract.synth import mrz
from docextract.synth.pages.languages import Language, random_match, random_text
from docextract.synth.pages.natural import Person, natural_text
from docextract.synth.pages.spelling import spelled
from docextract.template import Field, Layout, Template
from docextract.types import Value

_TRIES = 60
_PLAIN_NUMBERS = 0.5  # the share of zones whose number is letters, then figures
_SAYS_NONE = 0.3  # the share of missing values that the form says in print: ***, 免税
_NONE_TEXTS = ("***", "免税")


@dataclass(frozen=True)
class FormLine:
    """A line of print with the fields that are read from it, one as a rule.

    ``wanted`` are regular expressions that the print is told by, such as anchors. A ``bare`` line
    is the value alone, as the form itself prints what is before and behind it.
    """

    fields: tuple[Field, ...]
    entries: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    bare: bool = False

    @property
    def name(self) -> str:
        """The first field's name, which stands for the line."""
        return self.fields[0].name

    @property
    def nullable(self) -> bool:
        """True when nothing need be printed."""
        return all(field.nullable for field in self.fields)

    def read(self, text: str) -> dict[str, Value | None] | None:
        """The fields' values where this text is printed; None when it is not a text of all."""
        values: dict[str, Value | None] = {}
        for field in self.fields:
            slot = Slot(field.name, field.kind, field.nullable, field.prefix, field.suffix)
            try:
                values[field.name] = field.kind.parse(slot.body(text))
            except InvalidValue:
                return None
            if values[field.name] is None and not field.nullable:
                return None
        return values

    def told(self, text: str) -> bool:
        """Whether a text is what the form is told by."""
        return all(re.search(pattern, text) for pattern in self.wanted)

    def texts(self, person: Person) -> Iterator[str]:
        """Random texts of the line; few, or none, where none is found."""
        for _ in range(_TRIES):
            text = self._value_text(person)
            if text is not None and self.read(text) is not None:
                yield text

    def text_for(self, value: Value, rng: Random) -> str | None:
        """A text of a line of one field that says ``value``, or None."""
        (field,) = self.fields
        text = spelled(value, field.kind, rng)
        if text is None:
            return None
        whole = self._with_surroundings(text, rng)
        values = self.read(whole)
        return whole if values is not None and values[field.name] == value else None

    def none_text(self, rng: Random) -> str:
        """What is printed for no value: nothing, or words that say so."""
        texts = [text for text in _NONE_TEXTS if self._says_none(text)]
        return rng.choice(texts) if texts and rng.random() < _SAYS_NONE else ""

    def _says_none(self, text: str) -> bool:
        values = self.read(text)
        return values is not None and set(values.values()) == {None}

    def _value_text(self, person: Person) -> str | None:
        if len(self.fields) > 1:
            return random_text(self._languages, person.rng)
        field = self.fields[0]
        if self.entries:
            text: str | None = person.rng.choice(self.entries)
        else:
            text = natural_text(field.kind, person)
        if text is not None:
            return self._with_surroundings(text, person.rng)
        if field.kind.pattern is None:
            return None
        if self.bare:
            return random_text([_language(field, bare=True)], person.rng)
        return random_text(self._languages, person.rng)

    def _with_surroundings(self, text: str, rng: Random) -> str:
        field = self.fields[0]
        if self.bare or not (field.prefix or field.suffix):
            return text
        if " " in field.kind.ignores:
            text = text.replace(" ", "")
        before, after = (random_match(p, rng) if p else "" for p in (field.prefix, field.suffix))
        return before + text + after

    @cached_property
    def _languages(self) -> tuple[Language, ...]:
        return tuple(_language(field, bare=self.bare) for field in self.fields)


def _language(field: Field, *, bare: bool) -> Language:
    prefix, suffix = ("", "") if bare else (field.prefix, field.suffix)
    return Language(field.kind.forms, prefix, suffix, field.kind.ignores)


def form_lines(
    template: Template,
    layout: Layout,
    *,
    wanted: Callable[[Field], tuple[str, ...]],
    bare: Callable[[Field], bool],
) -> tuple[FormLine, ...]:
    """The lines of a layout, rows aside: fields of one box and place share one.

    ``wanted`` gives the regular expressions by which a field's print is told, ``bare`` whether the
    form prints its surroundings. Raises UnknownName or UsageError for a lexicon.
    """
    groups: dict[object, list[Field]] = {}
    for field in template.fields.values():
        if is_print(field.kind) and not is_in_rows(field):
            key = (template.box(field.name, layout.name), field.place, field.direction)
            groups.setdefault(key, []).append(field)
    return tuple(
        FormLine(
            tuple(fields),
            entries=_entries(fields[0], template) if len(fields) == 1 else (),
            wanted=tuple(dict.fromkeys(p for field in fields for p in wanted(field))),
            bare=len(fields) == 1 and bare(fields[0]),
        )
        for fields in groups.values()
    )


def is_in_rows(field: Field) -> bool:
    """True for a field that is read across a layout's rows."""
    return field.place is not None and field.place.rows is not None


def _entries(field: Field, template: Template) -> tuple[str, ...]:
    """The entries of a field's lexicon that are values of it."""
    if field.lexicon is None:
        return ()
    lexicon = load_lexicon(field.lexicon, folder=template.path.parent)
    entries = tuple(entry for entry in lexicon.entries if _parses(field.kind, entry))
    if not entries:
        raise UsageError(
            f"{template.path}: fields.{field.name}.lexicon {field.lexicon!r} has no entry that is "
            "a value of the field. Correct the lexicon or the field's type"
        )
    return entries


def _parses(kind: FieldType, text: str) -> bool:
    try:
        return kind.parse(text) is not None
    except InvalidValue:
        return False


def zone_texts(template: Template, layout: Layout, person: Person) -> tuple[str, ...] | None:
    """Rows of a machine readable zone that the layout's patterns match; None without such fields.

    Raises UsageError for rows of fields that are not parts of a zone, or that match no zone.
    """
    fields = [field for field in template.fields.values() if is_in_rows(field)]
    if not fields:
        return None
    where = f"{template.path}: layouts.{layout.name}.rows"
    odd = [field.name for field in fields if not isinstance(field.kind, ZoneField)]
    if odd:
        raise UsageError(
            f"{where}: {odd[0]} is no part of a machine readable zone, and texts of several rows "
            "are known for those only. Draw pages without that field"
        )
    for _ in range(_TRIES):
        values = mrz.random_values(person.rng, person.rng.choice(mrz.FORMATS))
        if person.rng.random() < _PLAIN_NUMBERS:
            values = replace(values, number=_passport_number(person.rng))
        rows = mrz.zone_rows(values)
        if len(rows) == len(layout.rows) and all(
            re.fullmatch(place.pattern, row) for place, row in zip(layout.rows, rows, strict=True)
        ):
            return rows
    raise UsageError(f"{where}: no machine readable zone matches the patterns. Correct them")


def _passport_number(rng: Random) -> str:
    """Letters, then figures, as most states number passports; a form may print no others."""
    letters = rng.choices(string.ascii_uppercase, k=rng.choice((1, 2, 2)))
    return "".join([*letters, *rng.choices(string.digits, k=9 - len(letters))])


def zone_values(template: Template, rows: tuple[str, ...]) -> Mapping[str, Value | None]:
    """What a zone says of each of its fields."""
    text = "".join(rows)
    fields = (field for field in template.fields.values() if is_in_rows(field))
    return {field.name: field.kind.parse(text) for field in fields}
