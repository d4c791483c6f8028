"""Where the parts of a YAML text stand: each key and value by its characters.

The nodes are those of the loader that reads templates, so both see the same document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from docextract.template.document import Loader, Loc

_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")  # an anchor or a tag, before the value itself


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a mapping or sequence; places count the text's characters from 0.

    ``key`` is None in a sequence. An entry ``ends`` where its last value ends.
    """

    step: str | int
    starts: int
    key: tuple[int, int] | None
    node: yaml.Node
    ends: int


class _Places(Loader):
    """Nodes of aliases stand where the alias is written, not where its value is."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        node = super().compose_node(parent, index)
        if not isinstance(event, yaml.AliasEvent):
            return node
        start, end = event.start_mark, event.end_mark
        assert isinstance(start, yaml.Mark)
        assert isinstance(end, yaml.Mark)
        return yaml.ScalarNode("tag:yaml.org,2002:str", "", start, end)


def root_of(text: str) -> yaml.Node:
    """The text's root node; the text is one that ``parse_document`` takes."""
    node = _Places(text).get_single_node()
    assert node is not None
    return node


def node_at(root: yaml.Node, loc: Loc) -> yaml.Node | None:
    """The node at a location, None where nothing is written there."""
    node = root
    for step in loc:
        item = next((item for item in items(node) if item.step == step), None)
        if item is None:
            return None
        node = item.node
    return node


def item_at(root: yaml.Node, loc: Loc) -> Item | None:
    """The entry at a location; None where there is none, and for the whole document."""
    parent = node_at(root, loc[:-1]) if loc else None
    there = () if parent is None else items(parent)
    return next((item for item in there if item.step == loc[-1]), None)


def items(node: yaml.Node) -> Iterator[Item]:
    """The entries of a mapping or sequence as they are written; none of a scalar."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            span = (key.start_mark.index, key.end_mark.index)
            yield Item(str(key.value), span[0], span, value, max(span[1], end_of(value)))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield Item(index, value.start_mark.index, None, value, end_of(value))


def end_of(node: yaml.Node) -> int:
    """Where a value ends; block collections end with their last value, not before what follows."""
    if is_block(node) and node.value:
        return max(item.ends for item in items(node))
    return int(node.end_mark.index)


def is_block(node: yaml.Node) -> bool:
    """Whether a value is a mapping or sequence in lines of its own."""
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def start_of(text: str, node: yaml.Node) -> int:
    """Where a value starts, after its anchor."""
    start = int(node.start_mark.index)
    found = _PROPERTIES.match(text, start)
    return found.end() if found is not None else start
