"""A rule's tree -> a typed function of the fields' values.

Types are checked here, once, so that no value can make a rule meaningless later: numbers are
Decimals throughout, text is never a number, and a value that may be None ("the form says there
is none") must be dealt with before it is reckoned with: ``(tax or 0)``, ``due is None or ...``.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, Protocol, TypeAlias

from docextract.errors import InvalidValue, did_you_mean
from docextract.fields import FieldType, ReadsTable, field_types
from docextract.fields._parts import HasParts
from docextract.rules.syntax import RuleError
from docextract.types import Value

Values: TypeAlias = Mapping[str, Value | None]
Kind: TypeAlias = Literal["number", "text", "date", "time", "condition", "none"]
_KINDS: dict[type, Kind] = {
    int: "number",
    Decimal: "number",
    str: "text",
    date: "date",
    time: "time",
    bool: "condition",
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
# The types of both sides are checked before these are used.
_COMPARISONS: dict[type[ast.cmpop], Callable[[object, object], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,  # type: ignore[dict-item]
    ast.LtE: operator.le,  # type: ignore[dict-item]
    ast.Gt: operator.gt,  # type: ignore[dict-item]
    ast.GtE: operator.ge,  # type: ignore[dict-item]
    ast.In: lambda value, text: str(value) in str(text),
    ast.NotIn: lambda value, text: str(value) not in str(text),
}


class FieldSpec(Protocol):
    """What a rule needs to know of a field."""

    @property
    def kind(self) -> FieldType:
        """The field's type."""
        ...

    @property
    def nullable(self) -> bool:
        """True when the field's value may be None."""
        ...


class EmptyPartError(Exception):
    """The barcode leaves out a part that the rule asks for."""


@dataclass(frozen=True, slots=True)
class Term:
    """One piece of a rule: what kind of value it has, and how to get it.

    ``is_part`` marks a barcode's part: text that is read as what it is compared with.
    ``parse`` is set for a bare field: how its texts become values.
    """

    kind: Kind
    value: Callable[[Values], object]
    nullable: bool = False
    is_part: bool = False
    parse: Callable[[str], Value | None] | None = None


Fields: TypeAlias = Mapping[str, FieldSpec]


def compile_condition(tree: ast.expr, fields: Fields) -> Callable[[Values], object]:
    """The function that tells whether values meet a rule; RuleError when it is no condition."""
    term = _Compiler(fields, frozenset()).term(tree)
    if term.kind != "condition" or term.nullable:
        raise RuleError(f"It is a {term.kind}, not a condition. Compare it with something: ... ==")
    return term.value


def compile_term(node: ast.expr, fields: Fields, present: frozenset[str]) -> Term:
    """One piece of a rule, the nullable fields in ``present`` having values; or RuleError."""
    return _Compiler(fields, present).term(node)


@dataclass(frozen=True, slots=True)
class _Compiler:
    fields: Fields
    present: frozenset[str]  # nullable fields that are known to have a value here

    def term(self, node: ast.expr) -> Term:  # noqa: PLR0911 - one a form
        match node:
            case ast.Constant():
                return _constant(node)
            case ast.Name():
                return self._field(node.id)
            case ast.Attribute(value=ast.Name(id=name), attr=part):
                return self._part(name, part)
            case ast.UnaryOp():
                return self._unary(node)
            case ast.BinOp():
                return self._arithmetic(node)
            case ast.BoolOp():
                return self._logic(node)
            case ast.Compare():
                return self._comparison(node)
            case ast.Call(func=ast.Name(id=name)):
                return self._call(name, node.args)
            case ast.Subscript():
                return self._substring(node)
        raise RuleError(f"{ast.unparse(node)!r} cannot stand here. Use it after 'in'")

    def _field(self, name: str) -> Term:
        spec = self.fields[name]
        kind = _KINDS.get(spec.kind.value_type)
        if kind is None:
            raise RuleError(f"Rules cannot use values such as those of {name!r}. Drop it")
        nullable = spec.nullable and name not in self.present

        def value(values: Values) -> object:
            found = values[name]
            number = isinstance(found, int) and not isinstance(found, bool)
            return Decimal(found) if number else found  # type: ignore[arg-type]

        return Term(kind, value, nullable, parse=spec.kind.parse)

    def _part(self, name: str, part: str) -> Term:
        kind = self.fields[name].kind
        if isinstance(kind, ReadsTable):
            raise RuleError(f"{name}.{part} is a whole column. Write sum({name}.{part})")
        if not isinstance(kind, HasParts):
            raise RuleError(f"{name!r} has no parts. Write {name!r} alone")
        if part not in kind.part_names:
            cure = did_you_mean(part, kind.part_names) if kind.part_names else "Give it 'parts'."
            raise RuleError(f"{name!r} has no part {part!r}. {cure}")

        def value(values: Values) -> object:
            payload = values[name]
            text = "" if payload is None else kind.part(str(payload), part)
            if not text:
                raise EmptyPartError
            return text

        return Term("text", value, is_part=True)

    def _unary(self, node: ast.UnaryOp) -> Term:
        if isinstance(node.op, ast.Not):
            inner = self._typed(node.operand, "condition")
            return Term("condition", lambda values: not inner.value(values))
        inner = self._typed(node.operand, "number")
        return Term("number", lambda values: -_number(inner, values))

    def _arithmetic(self, node: ast.BinOp) -> Term:
        left, right = self._typed(node.left, "number"), self._typed(node.right, "number")
        apply = _ARITHMETIC[type(node.op)]
        return Term("number", lambda values: apply(_number(left, values), _number(right, values)))

    def _logic(self, node: ast.BoolOp) -> Term:
        """``and``, ``or`` of conditions; of values, ``a or b`` is b where a is None."""
        is_or = isinstance(node.op, ast.Or)
        first = self.term(node.values[0])
        if is_or and first.kind != "condition":
            return self._coalesced(first, node.values[1:])
        terms, here = [], self
        for value in node.values:
            terms.append(here._typed(value, "condition"))
            here = here._knowing(value, is_or)
        combine = any if is_or else all
        return Term("condition", lambda values: combine(term.value(values) for term in terms))

    def _coalesced(self, first: Term, others: Sequence[ast.expr]) -> Term:
        terms = [first, *map(self.term, others)]
        if {term.kind for term in terms} != {first.kind}:
            raise RuleError("Both sides of 'or' should be of one kind, as in (tax or 0)")

        def value(values: Values) -> object:
            found = (term.value(values) for term in terms)
            return next((v for v in found if v is not None), None)

        return Term(first.kind, value, all(term.nullable for term in terms))

    def _knowing(self, node: ast.expr, is_or: bool) -> _Compiler:
        """After ``x is None or`` and after ``x is not None and``, x has a value."""
        wanted = ast.Is if is_or else ast.IsNot
        match node:
            case ast.Compare(left=ast.Name(id=name), ops=[op]) if isinstance(op, wanted):
                return _Compiler(self.fields, self.present | {name})
        return self

    def _comparison(self, node: ast.Compare) -> Term:
        sides = [node.left, *node.comparators]
        pairs = [self._compared(sides[i], op, sides[i + 1]) for i, op in enumerate(node.ops)]
        return Term("condition", lambda values: all(pair(values) for pair in pairs))

    def _compared(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Callable[[Values], bool]:
        if isinstance(op, ast.Is | ast.IsNot):
            return self._is_none(left, isinstance(op, ast.Is), right)
        compare = _COMPARISONS[type(op)]
        first = self.term(left)
        if isinstance(op, ast.In | ast.NotIn) and isinstance(right, ast.Tuple):
            items = [self.term(item) for item in right.elts]
            pairs = [_alike(first, item) for item in items]
            found = isinstance(op, ast.In)
            return lambda values: any(a(values) == b(values) for a, b in pairs) == found
        second = self.term(right)
        if isinstance(op, ast.In | ast.NotIn) and (first.kind, second.kind) != ("text", "text"):
            raise RuleError("After 'in' write values in brackets, as in: kind in ('10', '04')")
        if not isinstance(op, ast.Eq | ast.NotEq):
            _check_present(first, left)
            _check_present(second, right)
        a, b = _alike(first, second)
        return lambda values: compare(a(values), b(values))

    def _is_none(self, left: ast.expr, positive: bool, right: ast.expr) -> Callable[[Values], bool]:
        if not (isinstance(right, ast.Constant) and right.value is None):
            raise RuleError("'is' compares only with None. Write == instead")
        term = self.term(left)
        return lambda values: (term.value(values) is None) == positive

    def _call(self, name: str, args: Sequence[ast.expr]) -> Term:  # noqa: PLR0911 - one a function
        if name in ("min", "max"):
            return self._extreme(name, args)
        if name == "round":
            return self._rounded(args)
        if len(args) != 1:
            raise RuleError(f"{name}() takes one value, as in: {name}(x)")
        if name == "sum":
            return self._sum(args[0])
        if name == "abs":
            inner = self._typed(args[0], "number")
            return Term("number", lambda values: abs(_number(inner, values)))
        if name == "len" and self._is_table(args[0]):
            return self._count(args[0])
        if name == "len":
            inner = self._typed(args[0], "text")
            return Term("number", lambda values: Decimal(len(str(inner.value(values)))))
        if name == "date":
            written, read = self._typed(args[0], "text"), field_types.get("date")().parse
            return Term("date", lambda values: read(str(written.value(values))))
        inner = self._typed(args[0], "date")
        part = operator.attrgetter(name)
        return Term("number", lambda values: Decimal(part(inner.value(values))))

    def _is_table(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and isinstance(self.fields[node.id].kind, ReadsTable)

    def _count(self, node: ast.expr) -> Term:
        """How many rows a table has; none where it may be missing."""
        assert isinstance(node, ast.Name)
        name = node.id
        return Term("number", lambda values: Decimal(len(_rows(values, name))))

    def _sum(self, node: ast.expr) -> Term:
        """The sum of a table's column; a blank cell of a nullable column counts as 0."""
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=column):
                pass
            case _:
                name = column = ""
        table = self.fields[name].kind if name else None
        if not isinstance(table, ReadsTable):
            raise RuleError("sum() takes a table's column, as in: sum(lines.amount)")
        if column not in table.columns:
            raise RuleError(
                f"{name!r} has no column {column!r}. " + did_you_mean(column, table.columns)
            )
        if _KINDS.get(table.columns[column].kind.value_type) != "number":
            raise RuleError(f"{name}.{column} is not numbers. Only numbers have a sum")
        nullable = table.columns[column].nullable

        def total(values: Values) -> Decimal:
            cells = [getattr(row, column) for row in _rows(values, name)]
            if None in cells and not nullable:
                raise InvalidValue("blank", "a cell of the column was not read")
            return sum((Decimal(cell) for cell in cells if cell is not None), Decimal(0))

        return Term("number", total)

    def _extreme(self, name: str, args: Sequence[ast.expr]) -> Term:
        if len(args) < 2:
            raise RuleError(f"{name}() takes two values or more, as in: {name}(x, y)")
        kind = self.term(args[0]).kind
        terms = [self._typed(arg, kind) for arg in args]
        choose: Callable[..., object] = min if name == "min" else max
        return Term(kind, lambda values: choose(term.value(values) for term in terms))

    def _rounded(self, args: Sequence[ast.expr]) -> Term:
        """Half up, as money is rounded; the number of decimals is 0 to 8."""
        places = args[1] if len(args) == 2 else ast.Constant(0)
        written = isinstance(places, ast.Constant) and places.value in range(9)
        if len(args) not in (1, 2) or not written:
            raise RuleError("round() takes a number and its decimals, as in: round(x, 2)")
        inner = self._typed(args[0], "number")
        unit = Decimal(1).scaleb(-int(ast.literal_eval(places)))
        return Term("number", lambda values: _number(inner, values).quantize(unit, ROUND_HALF_UP))

    def _substring(self, node: ast.Subscript) -> Term:
        inner = self._typed(node.value, "text")
        cut = _cut(node.slice)
        return Term("text", lambda values: str(inner.value(values))[cut])

    def _typed(self, node: ast.expr, kind: Kind) -> Term:
        term = self.term(node)
        if term.kind != kind:
            raise RuleError(f"{ast.unparse(node)!r} is a {term.kind}. Here stands a {kind}")
        _check_present(term, node)
        return term


def _rows(values: Values, name: str) -> tuple[object, ...]:
    """A table's rows; none where it has no value."""
    rows = values[name]
    return rows if isinstance(rows, tuple) else ()


def _check_present(term: Term, node: ast.expr) -> None:
    if term.nullable or term.kind == "none":
        source = ast.unparse(node)
        raise RuleError(
            f"{source!r} may be None. Write ({source} or 0), or begin with: {source} is None or"
        )


def _alike(first: Term, second: Term) -> tuple[Callable[[Values], object], ...]:
    """How to get both sides of a comparison as values of one kind."""
    if first.is_part and not second.is_part:
        return _as_kind_of(first, second), second.value
    if second.is_part and not first.is_part:
        return first.value, _as_kind_of(second, first)
    if first.kind != second.kind and "none" not in (first.kind, second.kind):
        raise RuleError(f"A {first.kind} never equals a {second.kind}. Compare like with like")
    return first.value, second.value


def _as_kind_of(part: Term, other: Term) -> Callable[[Values], object]:
    """Read a part as a number, as the field beside it would read it, or as it is."""
    parse: Callable[[str], object] | None = other.parse
    if other.kind == "number":
        parse = Decimal
    if parse is None:
        if other.kind != "text":
            raise RuleError(f"A part cannot become a {other.kind}. Compare it with a field")
        return part.value
    read = parse
    return lambda values: read(str(part.value(values)))


def _constant(node: ast.Constant) -> Term:
    value: object = node.value
    if value is None:
        return Term("none", lambda _: None, nullable=True)
    if isinstance(value, bool):
        return Term("condition", lambda _: value)
    if isinstance(value, str):
        return Term("text", lambda _: value)
    if isinstance(value, int | float):
        number = Decimal(str(value))  # 0.06 as written, not its binary neighbour
        return Term("number", lambda _: number)
    raise RuleError(f"{value!r} is no value of a field. Write a number or 'text'")


def _cut(node: ast.expr) -> slice:
    """The characters a subscript names: [2] or [2:6], counted from 0, whole numbers."""
    if not isinstance(node, ast.Slice):
        first = _index(node)
        return slice(first, None if first == -1 else first + 1)
    if node.step is not None:
        raise RuleError("A piece of text has a start and an end: [0:6]")
    bounds = [None if bound is None else _index(bound) for bound in (node.lower, node.upper)]
    return slice(*bounds)


def _index(node: ast.expr) -> int:
    try:
        index: object = ast.literal_eval(node)
    except ValueError:
        index = None
    if type(index) is not int:
        raise RuleError("A piece of text is named by whole numbers, as in [0:6]")
    return index


def _number(term: Term, values: Values) -> Decimal:
    value = term.value(values)
    assert isinstance(value, Decimal)  # the types were checked
    return value


UNDECIDABLE = (ArithmeticError, InvalidValue)
"""What values may raise in a rule: dividing by 0, or a part that is no such value."""
