"""A template's fields, each with a valid value, and the template's rules met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from decimal import Decimal
from typing import Protocol

from pydantic import BaseModel

from docextract.errors import UsageError
from docextract.fields import ReadsMarks
from docextract.fields.barcode import Barcode
from docextract.rules import Rule, Verdict, compile_rule, part_proposals, proposals
from docextract.synth.pages.lines import FormLine, zone_texts, zone_values
from docextract.synth.pages.marks import marked_value, random_ticks, ticks_for
from docextract.synth.pages.natural import Person
from docextract.synth.pages.payloads import random_payload, read_back, with_part
from docextract.template import Field, Layout, Template
from docextract.types import Value

_ATTEMPTS = 40
_PASSES = 3  # over the rules: to meet one may break another
_LEFT_OUT = 0.12  # the share of nullable fields that say nothing
_MOST_PROPOSALS = 2000

Fits = Callable[[FormLine, str], bool]


@dataclass(frozen=True)
class FilledForm:
    """What one form says: values by field, and what is to be printed and ticked for them.

    ``texts`` are by the name of their line, ``codes`` (barcodes' payloads) and ``ticks`` by field;
    ``rows`` is a zone, if the form has one; ``tables`` are the texts of tables' rows by column.
    """

    values: Mapping[str, Value | None]
    texts: Mapping[str, str]
    codes: Mapping[str, str]
    ticks: Mapping[str, tuple[str, ...]]
    rows: tuple[str, ...] = ()
    tables: Mapping[str, tuple[Mapping[str, str], ...]] = attribute(default_factory=dict)


class FillsRows(Protocol):
    """Invents the rows of a table."""

    def fill(self, person: Person) -> tuple[tuple[BaseModel, ...], tuple[Mapping[str, str], ...]]:
        """The rows' values, and their texts by column."""
        ...


class Filler:
    """Fills in one layout of a template; ``lines`` are those of the layout.

    ``fits`` says whether a text has room on its line; texts that have are preferred. ``shown`` are
    values that the blank form has already. ``tables`` invent rows.
    """

    def __init__(
        self,
        template: Template,
        layout: Layout,
        lines: tuple[FormLine, ...],
        fits: Fits,
        shown: Mapping[str, Value | None],
        *,
        tables: Mapping[str, FillsRows] | None = None,
    ) -> None:
        self._tables = tables or {}
        self._template, self._layout, self._fits, self._shown = template, layout, fits, shown
        self._lines = {line.name: line for line in lines}
        self._line_of = {field.name: line for line in lines for field in line.fields}
        self._rules = tuple(
            (line.rule, compile_rule(line.rule, template.fields)) for line in template.rules
        )

    def fill(self, person: Person) -> FilledForm:
        """Invent values that meet all rules.

        Raises UsageError for a field without a text, or a rule that no values were found for.
        """
        broken: Counter[str] = Counter()
        for _ in range(_ATTEMPTS):
            form = _Draft(self._template.fields, dict(self._shown), {}, {}, {})
            tables = self._random_tables(form, person)
            rows = self._random_form(form, person)
            failed = self._repair(form, person)
            if failed is None:
                return replace(self._finished(form, rows), tables=tables)
            broken[failed] += 1
        rule = broken.most_common(1)[0][0]
        raise UsageError(
            f"{self._template.path}: rules: no values found that meet {rule!r}, in {_ATTEMPTS} "
            "attempts. Draw pages with a copy of the template that lacks the rule"
        )

    def _random_form(self, form: _Draft, person: Person) -> tuple[str, ...]:
        rows = zone_texts(self._template, self._layout, person)
        if rows is not None:
            form.values.update(zone_values(self._template, rows))
        for line in self._lines.values():
            form.print(line, self._random_text(line, person))
        for field in self._template.fields.values():
            if isinstance(field.kind, ReadsMarks):
                ticked = random_ticks(field.kind, person.rng, nullable=field.nullable)
                if ticked is None:
                    raise UsageError(
                        f"{self._template.path}: fields.{field.name}: no boxes to tick say a value"
                    )
                form.tick(field, ticked)
            elif isinstance(field.kind, Barcode):
                form.encode(field, random_payload(field.kind, person.rng))
        return rows or ()

    def _random_tables(
        self, form: _Draft, person: Person
    ) -> dict[str, tuple[Mapping[str, str], ...]]:
        """Invent the tables; gives their texts."""
        texts = {}
        for name, table in self._tables.items():
            form.values[name], texts[name] = table.fill(person)
        return texts

    def _random_text(self, line: FormLine, person: Person) -> str:
        if line.nullable and person.rng.random() < _LEFT_OUT:
            return line.none_text(person.rng)
        found: str | None = None
        for text in line.texts(person):
            if self._fits(line, text) and line.told(text):
                return text
            found = found if found and line.told(found) else text
        if found is None:
            names = ", ".join(field.name for field in line.fields)
            raise UsageError(
                f"{self._template.path}: fields.{names}: no text found that is a value"
                f"{' of all of them, which share a box' if len(line.fields) > 1 else ''}. "
                "Give the field a pattern, or a lexicon"
            )
        return found

    def _repair(self, form: _Draft, person: Person) -> str | None:
        """Change fields until all rules are met; returns one that is not, or None."""
        settled: set[str] = set()
        for _ in range(_PASSES):
            failed = [(text, rule) for text, rule in self._rules if not form.meets(rule)]
            if not failed:
                return None
            for text, rule in failed:
                if not form.meets(rule) and not self._solve(form, text, rule, settled, person):
                    return text
                settled |= {
                    name
                    for name in rule.fields
                    if not isinstance(self._template.fields[name].kind, Barcode)
                }
        return next((text for text, rule in self._rules if not form.meets(rule)), None)

    def _solve(
        self, form: _Draft, text: str, rule: Rule, settled: set[str], person: Person
    ) -> bool:
        """Change one field, of those not ``settled``, so that a rule is met."""
        for name in self._solvable(rule, settled):
            field = self._template.fields[name]
            for change in self._changes(form, text, field, person):
                if form.meets(rule, change.values):
                    form.apply(change)
                    return True
        return False

    def _solvable(self, rule: Rule, settled: set[str]) -> list[str]:
        """Fields to change, barcodes first, then those that the others determine."""
        fields = self._template.fields
        free = sorted(rule.fields - settled)
        return sorted(
            free, key=lambda n: (not isinstance(fields[n].kind, Barcode), n not in rule.pins)
        )

    def _changes(self, form: _Draft, rule: str, field: Field, person: Person) -> Iterator[_Draft]:
        """The form with one field changed, in all ways that the rule suggests."""
        fields, kind = self._template.fields, field.kind
        if isinstance(kind, Barcode) and kind.parts:
            for part in kind.part_names:
                for value in part_proposals(rule, fields, field.name, part, form.values):
                    payload = with_part(kind, form.codes[field.name], part, value)
                    if payload is not None:
                        coded = _Draft(fields, {}, {}, {}, {})
                        coded.encode(field, payload)
                        yield coded
            return
        found = proposals(rule, fields, field.name, form.values)
        for _, value in zip(range(_MOST_PROPOSALS), found, strict=False):
            change = self._changed(field, value, person)
            if change is not None:
                yield change

    def _changed(self, field: Field, value: Value, person: Person) -> _Draft | None:
        change = _Draft(self._template.fields, {}, {}, {}, {})
        if isinstance(value, Decimal) and value < 0:
            return None  # sums are invented above 0
        if isinstance(field.kind, ReadsMarks):
            ticked = ticks_for(field.kind, value, person.rng)
            if ticked is None:
                return None
            change.tick(field, ticked)
        elif isinstance(field.kind, Barcode):
            change.encode(field, str(value))
        else:
            line = self._line_of.get(field.name)
            if line is None or len(line.fields) > 1:
                return None
            text = line.text_for(value, person.rng)
            if text is None:
                return None
            change.print(line, text)
        return change

    def _finished(self, form: _Draft, rows: tuple[str, ...]) -> FilledForm:
        values = dict(form.values)
        for name, payload in form.codes.items():
            kind = self._template.fields[name].kind
            assert isinstance(kind, Barcode)
            values[name] = read_back(kind, payload)
        ordered = {name: values[name] for name in self._template.fields}
        return FilledForm(ordered, form.texts, form.codes, form.ticks, rows)


@dataclass
class _Draft:
    """A form being filled in, or a change to one."""

    fields: Mapping[str, Field]
    values: dict[str, Value | None]
    texts: dict[str, str]
    codes: dict[str, str]
    ticks: dict[str, tuple[str, ...]]

    def print(self, line: FormLine, text: str) -> None:
        read = line.read(text) if text else None
        self.values.update(read or dict.fromkeys(field.name for field in line.fields))
        self.texts[line.name] = text

    def tick(self, field: Field, ticked: tuple[str, ...]) -> None:
        self.values[field.name] = marked_value(field.kind, ticked)
        self.ticks[field.name] = ticked

    def encode(self, field: Field, payload: str) -> None:
        self.values[field.name] = payload
        self.codes[field.name] = payload

    def meets(self, rule: Rule, changes: Mapping[str, Value | None] | None = None) -> bool:
        values = {**self.values, **(changes or {})}
        if any(
            name not in values or (values[name] is None and not self.fields[name].nullable)
            for name in rule.fields
        ):
            return False
        return rule.verdict(values) is not Verdict.VIOLATED

    def apply(self, change: _Draft) -> None:
        self.values.update(change.values)
        self.texts.update(change.texts)
        self.codes.update(change.codes)
        self.ticks.update(change.ticks)
