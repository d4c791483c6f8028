"""One rule, ready to be asked whether values meet it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from docextract.fields import ReadsTable
from docextract.rules.syntax import names_in, parse_rule
from docextract.rules.terms import (
    UNDECIDABLE,
    EmptyPartError,
    Fields,
    FieldSpec,
    Values,
    compile_condition,
)

__all__ = ["FieldSpec", "Rule", "Verdict", "compile_rule"]


class Verdict(Enum):
    """What a rule says of values; NOT_APPLICABLE when a barcode leaves its part out."""

    MET = "met"
    VIOLATED = "violated"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A condition on several fields.

    ``pins`` are the fields whose value the other fields determine when the rule is met: those
    that stand once, alone or in a sum, on a side of its one ``==``. A rule over a table pins none:
    how sure all of many cells are is not known.
    """

    name: str
    fields: frozenset[str]
    pins: frozenset[str]
    condition: Callable[[Values], object]

    def verdict(self, values: Values) -> Verdict:
        """Judge values that hold at least the rule's fields."""
        try:
            return Verdict.MET if self.condition(values) else Verdict.VIOLATED
        except EmptyPartError:
            return Verdict.NOT_APPLICABLE
        except UNDECIDABLE:
            return Verdict.VIOLATED


def compile_rule(text: str, fields: Fields, *, says: str = "") -> Rule:
    """Compile a rule about ``fields``; its name is ``says`` or its text. Raises RuleError."""
    tree = parse_rule(text, fields)
    condition = compile_condition(tree, fields)
    names = names_in(tree)
    once = {name for name, count in Counter(names).items() if count == 1}
    tables = any(isinstance(fields[name].kind, ReadsTable) for name in names)
    pins = frozenset[str]() if tables else frozenset(_pinned(tree)) & once
    return Rule(says or text, frozenset(names), pins, condition)


def _pinned(tree: ast.expr) -> Iterator[str]:
    match tree:
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            yield from _summands(left)
            yield from _summands(right)


def _summands(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Name(id=name):
            yield name
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            yield from _summands(left)
            yield from _summands(right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield from _summands(operand)
        case ast.BoolOp(op=ast.Or(), values=[ast.Name(id=name), ast.Constant()]):
            yield name
