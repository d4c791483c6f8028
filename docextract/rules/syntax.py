"""Rule text -> a syntax tree that holds nothing but what rules may say.

Rules are written as Python expressions and parsed by Python's own ``ast``; nothing is ever
given to ``eval``. What is not in the list below is refused by name.
"""

from __future__ import annotations

import ast
from collections.abc import Collection

from docextract.errors import did_you_mean

FUNCTIONS = ("abs", "date", "day", "len", "max", "min", "month", "round", "sum", "year")
MAX_LENGTH = 300
_MAX_DEPTH = 30
_ALLOWED: tuple[type[ast.AST], ...] = (
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div),
    *(ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
    *(ast.In, ast.NotIn, ast.Is, ast.IsNot, ast.Tuple, ast.Constant, ast.Load),
    *(ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Slice),
)


class RuleError(ValueError):
    """A rule that says nothing docextract can check; the message is the cure."""


def parse_rule(text: str, field_names: Collection[str]) -> ast.expr:
    """The tree of a rule about these fields; RuleError for what is not in the language."""
    if len(text) > MAX_LENGTH:
        raise RuleError(f"A rule has at most {MAX_LENGTH} characters. Write several rules")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise RuleError("It should be a condition such as 'total == amount + tax'") from None
    _check(tree, field_names, depth=0)
    if not names_in(tree):
        raise RuleError("It should name at least one field")
    return tree


def names_in(tree: ast.AST) -> list[str]:
    """The names of fields in a tree, as often as they occur."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return [node.id for node in names if id(node) not in called]


def _check(node: ast.AST, field_names: Collection[str], depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise RuleError("It is nested too deeply. Write several rules")
    if not isinstance(node, _ALLOWED):
        raise RuleError(f"{_shown(node)} has no place in a rule. Use comparisons and + - * /")
    if isinstance(node, ast.Name) and node.id not in field_names:
        raise RuleError(f"No field is called {node.id!r}. {did_you_mean(node.id, field_names)}")
    if isinstance(node, ast.Attribute) and not isinstance(node.value, ast.Name):
        raise RuleError(
            "A dot stands only between a barcode and its part, or a table and its column"
        )
    inner = ast.iter_child_nodes(node)
    if isinstance(node, ast.Call):
        _check_call(node)
        inner = iter(node.args)
    for child in inner:
        _check(child, field_names, depth + 1)


def _check_call(node: ast.Call) -> None:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in FUNCTIONS:
        raise RuleError(
            f"No function is called {_shown(node.func)}. {did_you_mean(name, FUNCTIONS)}"
        )
    if node.keywords:
        raise RuleError(f"{name}() takes no named arguments. Write its arguments without names")


def _shown(node: ast.AST) -> str:
    try:
        return repr(ast.unparse(node)[:40])
    except (RecursionError, ValueError, AttributeError):
        return f"'{type(node).__name__}'"
