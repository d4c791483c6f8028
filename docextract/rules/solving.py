"""What one field would have to say for a rule to be met, the others' values being given.

Rules are conditions, and no rule says which of its fields follows from the others. So these are
proposals: the caller asks the rule which of them meet it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from datetime import date, time
from decimal import Decimal

from docextract.rules.syntax import RuleError, names_in, parse_rule
from docextract.rules.terms import (
    UNDECIDABLE,
    EmptyPartError,
    Fields,
    Term,
    Values,
    compile_term,
)
from docextract.types import Value


def proposals(rule: str, fields: Fields, name: str, values: Values) -> Iterator[Value]:
    """Values of the field ``name`` under which a rule may be met; likelier ones first.

    A number is where two sides that it stands on are equal, if it stands there in a sum or a
    product; a text, date or time is what it is compared with; a text may also hold a piece of
    another field's text. Raises RuleError for a text that is no rule about ``fields``.
    """
    tree = parse_rule(rule, fields)
    present = frozenset(field for field, value in values.items() if value is not None) | {name}
    terms = _Terms(fields, present)
    kind = terms.of(ast.Name(name))
    if kind is None:
        return
    if kind.kind == "number":
        yield from _roots(tree, terms, name, values)
        return
    yield from _compared(tree, terms, kind, name, values)
    if kind.kind == "text":
        yield from _spliced(tree, name, values)


def part_proposals(
    rule: str, fields: Fields, name: str, part: str, values: Values
) -> Iterator[Value]:
    """What the part of a barcode field ``name`` is compared with in a rule."""
    tree = parse_rule(rule, fields)
    terms = _Terms(fields, frozenset(n for n, value in values.items() if value is not None))
    for sides in _comparisons(tree):
        if any(_is_part(side, name, part) for side in sides):
            yield from _values(sides, terms, values)


class _Terms:
    """Compiles pieces of a rule, or says None where one has no meaning by itself."""

    def __init__(self, fields: Fields, present: frozenset[str]) -> None:
        self._fields, self._present = fields, present

    def of(self, node: ast.expr) -> Term | None:
        try:
            return compile_term(node, self._fields, self._present)
        except RuleError:
            return None


def _roots(tree: ast.expr, terms: _Terms, name: str, values: Values) -> Iterator[Decimal]:
    for left, right in _differences(tree):
        if names_in(left).count(name) + names_in(right).count(name) == 0:
            continue
        first, second = terms.of(left), terms.of(right)
        if first is not None and second is not None and _numbers(first, second):
            try:
                yield from _root(first, second, name, values)
            except (*UNDECIDABLE, EmptyPartError, TypeError):
                continue  # nothing to divide by, or a part that is no number


def _root(left: Term, right: Term, name: str, values: Values) -> Iterator[Decimal]:
    """Where a difference that is linear in the field is 0."""

    def difference(value: int) -> Decimal:
        at = {**values, name: Decimal(value)}
        return Decimal(str(left.value(at))) - Decimal(str(right.value(at)))

    offset = difference(0)
    slope = difference(1) - offset
    if slope:
        yield -offset / slope + Decimal(0)


def _numbers(first: Term, second: Term) -> bool:
    kinds = {"number" if term.is_part else term.kind for term in (first, second)}
    return kinds == {"number"} and not (first.is_part and second.is_part)


def _differences(tree: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Pairs of sides that may be equal: of comparisons, and what ``abs`` is taken of and 0."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=left, comparators=others):
                sides = [left, *others]
                yield from zip(sides, others, strict=False)
            case ast.Call(func=ast.Name(id="abs"), args=[inner]):
                yield inner, ast.Constant(0)


def _compared(
    tree: ast.expr, terms: _Terms, wanted: Term, name: str, values: Values
) -> Iterator[Value]:
    if wanted.kind == "condition":
        yield from (True, False)
        return
    for sides in _comparisons(tree):
        if any(isinstance(side, ast.Name) and side.id == name for side in sides):
            others = [side for side in sides if name not in names_in(side)]
            for value in _values(others, terms, values):
                meant = _as_read(value, wanted)
                if meant is not None:
                    yield meant


def _as_read(value: Value, wanted: Term) -> Value | None:
    """A barcode's part as the field would read it; other values as they are."""
    if not isinstance(value, str) or wanted.parse is None:
        return value
    try:
        return wanted.parse(value)
    except UNDECIDABLE:
        return None


def _comparisons(tree: ast.expr) -> Iterator[list[ast.expr]]:
    """The sides of every comparison; those of ``in`` one by one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides: list[ast.expr] = []
            for side in (node.left, *node.comparators):
                sides += side.elts if isinstance(side, ast.Tuple) else [side]
            yield sides


def _values(sides: list[ast.expr], terms: _Terms, values: Values) -> Iterator[Value]:
    for side in sides:
        term = terms.of(side)
        if term is None:
            continue
        try:
            value = term.value(values)
        except (*UNDECIDABLE, EmptyPartError, TypeError):
            continue
        if isinstance(value, str | Decimal | date | time):
            yield value


def _is_part(node: ast.expr, name: str, part: str) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id=found), attr=attr):
            return (found, attr) == (name, part)
        case ast.Subscript(value=inner):
            return _is_part(inner, name, part)
    return False


def _spliced(tree: ast.expr, name: str, values: Mapping[str, Value | None]) -> Iterator[str]:
    """The field's text with a piece of another text at each of its places, long pieces first."""
    own = values[name]
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    others = dict.fromkeys(n for n in names_in(tree) if n != name)
    for other in (*(values[n] for n in others), *texts):
        if not (isinstance(own, str) and isinstance(other, str) and other):
            continue
        for length in range(min(len(other), len(own)), 0, -1):
            for start in range(len(other) - length + 1):
                piece = other[start : start + length]
                for at in range(len(own) - length, -1, -1):
                    yield own[:at] + piece + own[at + length :]
