"""YAML text -> plain data that JSON could hold, and the line each value stands on.

Stricter than YAML where YAML guesses: a key given twice is a mistake, ``no`` and ``2020-01-01``
are text (YAML 1.2), and aliases may not blow a small file up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import yaml

Loc = tuple[str | int, ...]
_MAX_BYTES = 1_000_000
_MAX_NODES = 100_000
_MERGE = "tag:yaml.org,2002:merge"
_STR = "tag:yaml.org,2002:str"
_CORE = ("map", "seq", "str", "int", "float", "bool", "null")
_TAGS = {f"tag:yaml.org,2002:{name}" for name in _CORE}


class Mistake(NamedTuple):
    """What is wrong on a line (from 1; 0 when it is no line's fault)."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}" if self.line else self.text


class DocumentError(Exception):
    """The text is no document to look into; holds all mistakes found."""

    def __init__(self, *mistakes: Mistake) -> None:
        self.mistakes = mistakes
        super().__init__("; ".join(map(str, mistakes)))


@dataclass(frozen=True, slots=True)
class Document:
    """A file's data and the line of each location in it."""

    data: dict[str, object]
    lines: dict[Loc, int]

    def line(self, loc: Loc) -> int:
        """The line of ``loc`` or of the nearest thing around it that exists."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines[loc] if loc else 0


class Loader(yaml.SafeLoader):
    """The safe loader without YAML 1.1's guesses at dates, octals and yes/no."""


_KEPT = {"null", "merge"}
Loader.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in resolvers if tag.rsplit(":", 1)[1] in _KEPT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _regex, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_regex})$"), list(_first)
    )


def parse_document(raw: bytes) -> Document:
    """Read one YAML mapping; DocumentError with every mistake found when it is not one."""
    text = decode(raw)
    try:
        loader = Loader(text)
        root = loader.get_single_node()
        if root is None:
            raise DocumentError(Mistake(0, "the file is empty. Begin with: docextract: 1"))
        lines = _survey(root)
        data = loader.construct_document(root)
    except yaml.YAMLError as e:
        raise DocumentError(_syntax_mistake(e)) from None
    except RecursionError:
        raise DocumentError(Mistake(0, "it is nested too deeply. Write it flat")) from None
    except (ValueError, LookupError):
        raise DocumentError(Mistake(0, "a number or !!tag is wrong. Put it in quotes")) from None
    if not isinstance(data, dict):
        raise DocumentError(Mistake(1, "the file should be 'key: value' lines at the top"))
    return Document(data, lines)


def decode(raw: bytes) -> str:
    """A file's text; DocumentError when it is too long, or not UTF-8."""
    if len(raw) > _MAX_BYTES:
        raise DocumentError(Mistake(0, f"the file is over {_MAX_BYTES} bytes. Is it a template?"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = raw.count(b"\n", 0, e.start) + 1
        raise DocumentError(Mistake(line, "a byte is not UTF-8. Save the file as UTF-8")) from None


def _syntax_mistake(error: yaml.YAMLError) -> Mistake:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    if mark is None:
        return Mistake(0, f"not YAML: {problem}. Remove it")
    cure = "Check indentation, quotes and brackets here and above"
    return Mistake(mark.line + 1, f"column {mark.column + 1} is not YAML: {problem}. {cure}")


def _survey(root: yaml.Node) -> dict[Loc, int]:
    """The line of every location; DocumentError for keys given twice, odd keys and odd tags."""
    lines: dict[Loc, int] = {}
    mistakes: list[Mistake] = []
    stack: list[tuple[Loc, yaml.Node]] = [((), root)]
    while stack:
        loc, node = stack.pop()
        if len(lines) > _MAX_NODES or len(loc) > 100:
            raise DocumentError(Mistake(0, "aliases make it too large. Write the values out"))
        if node.tag not in _TAGS:
            line = node.start_mark.line + 1
            mistakes.append(Mistake(line, f"{show(loc)} has the tag {node.tag!r}. Drop the tag"))
        if isinstance(node, yaml.MappingNode):
            mistakes += _key_mistakes(loc, node)
        for step, line, child in _children(node):
            lines.setdefault((*loc, step), line)
            stack.append(((*loc, step), child))
    if mistakes:
        raise DocumentError(*sorted(set(mistakes)))
    return lines


def _children(node: yaml.Node) -> Iterator[tuple[str | int, int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), key.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield index, item.start_mark.line + 1, item


def _key_mistakes(loc: Loc, node: yaml.MappingNode) -> Iterator[Mistake]:
    first: dict[str, int] = {}
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if key.tag not in (_STR, _MERGE):
            yield Mistake(line, f"{show(loc)}: a key is not text. Put it in quotes")
        elif key.value in first:
            place = show((*loc, key.value))
            yield Mistake(line, f"{place} is given again, after line {first[key.value]}. Keep one")
        else:
            first[key.value] = line


def show(loc: Loc) -> str:
    """A location as people write it: ``layouts[0].boxes.total``."""
    parts = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in loc)
    return parts.removeprefix(".") or "the file"
