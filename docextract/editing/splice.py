"""Changes of single values in a YAML text; all other characters stay as they are.

Every change is checked: the new text, read as templates are, must hold what the old one holds but
for that change.
"""

from __future__ import annotations

import json

import yaml

from docextract.editing.data import plain_data, with_key, with_value, without
from docextract.editing.error import EditError
from docextract.editing.places import (
    Item,
    end_of,
    is_block,
    item_at,
    items,
    node_at,
    root_of,
    start_of,
)
from docextract.template.document import DocumentError, Loc, show
from docextract.template.written import written

_STEP = 2  # blanks that a block is indented by
_OF_FLOW = frozenset(",:[]{}")  # what ends a text without quotes in the flow style


def set_value(text: str, loc: Loc, value: object) -> str:
    """The text with a value at a location, in the place of the one there, or added at the end.

    What is missing on the way there is added, too; a sequence grows by the index after its last.
    Raises EditError.
    """
    before = _data(text)
    wanted = with_value(before, loc, value)
    if json.dumps(wanted) == json.dumps(before):
        return text
    return _checked(_put(text, root_of(text), loc, value), loc, wanted)


def remove(text: str, loc: Loc) -> str:
    """The text without an entry of a mapping or sequence; raises EditError where there is none."""
    wanted = without(_data(text), loc)
    return _checked(_cut(text, root_of(text), loc), loc, wanted)


def rename_key(text: str, loc: Loc, name: str) -> str:
    """The text with a key called otherwise; raises EditError where it is not, or ``name`` is."""
    wanted = with_key(_data(text), loc, name)
    item = item_at(root_of(text), loc)
    if item is None or item.key is None:
        raise _by_hand(loc)
    return _checked(_spliced(text, *item.key, written(name)), loc, wanted)


def _data(text: str) -> object:
    try:
        return plain_data(text)
    except DocumentError as error:
        raise EditError(f"{error}. Correct the text by hand first") from None


def _checked(changed: str, loc: Loc, wanted: object) -> str:
    """The changed text, if it says what it should."""
    try:
        after = plain_data(changed)
    except DocumentError:
        raise _by_hand(loc) from None
    if json.dumps(after) != json.dumps(wanted):
        raise _by_hand(loc)
    return changed


def _by_hand(loc: Loc) -> EditError:
    return EditError(
        f"{show(loc)}: cannot be changed alone as it is written, such as with an anchor that "
        "others use. Change the text by hand"
    )


# Put.


def _put(text: str, root: yaml.Node, loc: Loc, value: object) -> str:
    node, parent = node_at(root, loc), node_at(root, loc[:-1])
    if node is not None:
        return _replaced(text, root, loc, node, value)
    if isinstance(parent, yaml.CollectionNode):
        return _added(text, root, loc, parent, value)
    step = loc[-1]
    return _put(text, root, loc[:-1], [value] if isinstance(step, int) else {step: value})


def _replaced(text: str, root: yaml.Node, loc: Loc, node: yaml.Node, value: object) -> str:
    start, end = start_of(text, node), end_of(node)
    item = item_at(root, loc)
    if item is None or (is_block(node) and item.key is None):
        raise _by_hand(loc)
    if is_block(node) and item.key is not None:
        start = text.index(":", item.key[1]) + 1
    while end > start and text[end - 1] in "\r\n":  # a block scalar takes its line's end in
        end -= 1
    gap = "" if text[start - 1].isspace() or text[start - 1] in "[{" else " "
    plain = isinstance(node, yaml.ScalarNode) and node.style is None
    parent = node_at(root, loc[:-1])
    bare = plain and parent is not None and _is_bare(value, in_block=is_block(parent))
    return _spliced(text, start, end, gap + (str(value) if bare else written(value)))


def _added(text: str, root: yaml.Node, loc: Loc, parent: yaml.CollectionNode, value: object) -> str:
    there, step = list(items(parent)), loc[-1]
    if is_block(parent):
        indent = _column(text, there[0].starts, in_sequence=isinstance(step, int))
        return _with_lines(text, there[-1].ends, _lines(step, value, indent))
    if there:
        return _spliced(text, there[-1].ends, there[-1].ends, f", {_entry(step, value)}")
    start, key = start_of(text, parent), item_at(root, loc[:-1])
    around = node_at(root, loc[:-2]) if len(loc) > 1 else None
    if around is None or key is None or key.key is None or not is_block(around):
        return _spliced(text, start + 1, start + 1, _entry(step, value))
    lines = _lines(step, value, _column(text, key.starts, in_sequence=False) + _STEP)
    blanks = text[:start].rstrip(" ")
    return _with_lines(_spliced(text, len(blanks), end_of(parent), ""), len(blanks), lines)


def _entry(step: str | int, value: object) -> str:
    return written(value) if isinstance(step, int) else f"{written(step)}: {written(value)}"


def _lines(step: str | int, value: object, indent: int) -> list[str]:
    """An entry in lines of its own; a list of texts has a line for each."""
    blanks = " " * indent
    if isinstance(step, int):
        return [f"{blanks}- {_item(value)}"]
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        further = " " * _STEP
        return [f"{blanks}{written(step)}:", *(f"{blanks}{further}- {_item(one)}" for one in value)]
    return [f"{blanks}{_entry(step, value)}"]


def _item(value: object) -> str:
    """A value as an item of a block, where conditions have no quotes."""
    return str(value) if _is_bare(value, in_block=True) else written(value)


def _is_bare(value: object, *, in_block: bool) -> bool:
    """Whether a value is a condition, or words, that mean the same without quotes."""
    if not isinstance(value, str) or " " not in value or not value.isprintable():
        return False
    starts = value[0].isalpha() or value[0] in "_("
    ends = value[-1] not in ": "
    plain = starts and ends and ": " not in value and " #" not in value
    return plain and (in_block or _OF_FLOW.isdisjoint(value))


# Cut.


def _cut(text: str, root: yaml.Node, loc: Loc) -> str:
    parent, item = node_at(root, loc[:-1]), item_at(root, loc)
    if parent is None or item is None:
        raise _by_hand(loc)
    there = list(items(parent))
    if is_block(parent):
        if len(there) == 1:
            empty: object = [] if isinstance(loc[-1], int) else {}
            return _replaced(text, root, loc[:-1], parent, empty)
        return _without_lines(text, loc, item)
    at = there.index(item)
    if at + 1 < len(there):
        return _spliced(text, item.starts, there[at + 1].starts, "")
    start = text.index(",", there[at - 1].ends) if at else item.starts
    return _spliced(text, start, item.ends, "")


def _without_lines(text: str, loc: Loc, item: Item) -> str:
    start = _line_start(text, item.starts)
    if text[start : item.starts].strip() != ("-" if item.key is None else ""):
        raise _by_hand(loc)
    end = text.find("\n", _line_end(text, item.ends))
    return _spliced(text, start, end + 1 if end >= 0 else len(text), "")


# Characters and lines.


def _spliced(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _with_lines(text: str, after: int, lines: list[str]) -> str:
    """The text with lines after the one that a place is on."""
    newline = "\r\n" if "\r\n" in text else "\n"
    at = _line_end(text, after)
    return _spliced(text, at, at, "".join(newline + line for line in lines))


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    """Where the line of a place ends, after its comment; a block scalar ends on the next line."""
    if text[at - 1] == "\n":
        at -= 1
    found = text.find("\n", at)
    end = len(text) if found < 0 else found
    return end - 1 if text[end - 1] == "\r" else end


def _column(text: str, starts: int, *, in_sequence: bool) -> int:
    """The indentation of an entry; of one in a sequence, that of its dash."""
    start = _line_start(text, starts)
    if in_sequence:
        return starts - start - len(text[start:starts].lstrip(" "))
    return starts - start
