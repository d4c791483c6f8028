"""The changes of ``splice`` on plain data, by which they are checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

from docextract.editing.error import EditError
from docextract.template.document import Loc, parse_document, show


@lru_cache(maxsize=16)
def plain_data(text: str) -> Mapping[str, object]:
    """What a text holds, aliases unshared; DocumentError when it is no YAML mapping. Cached."""
    data: dict[str, object] = json.loads(json.dumps(parse_document(text.encode()).data))
    return data


def with_value(data: object, loc: Loc, value: object) -> object:
    """Data with a value at a location; what is missing on the way is made."""
    if not loc:
        return value
    first, rest = loc[0], loc[1:]
    if isinstance(first, int):
        there = data if isinstance(data, list) else []
        if first > len(there):
            raise EditError(f"{show(loc)}: the list has {len(there)} entries. Add at its end")
        inner = there[first] if first < len(there) else None
        return [*there[:first], with_value(inner, rest, value), *there[first + 1 :]]
    mapping = data if isinstance(data, dict) else {}
    return {**mapping, first: with_value(mapping.get(first), rest, value)}


def without(data: object, loc: Loc) -> object:
    """Data without an entry; raises EditError where it is not there."""
    first, rest = loc[0], loc[1:]
    inner = without(_inner(data, first, loc), rest) if rest else None
    kept = [inner] if rest else []
    if isinstance(data, list) and isinstance(first, int):
        return [*data[:first], *kept, *data[first + 1 :]]
    assert isinstance(data, dict)
    return {
        key: inner if key == first else value for key, value in data.items() if rest or key != first
    }


def with_key(data: object, loc: Loc, name: str) -> object:
    """Data with a key called otherwise; raises EditError where it is not there, or another is."""
    first, rest = loc[0], loc[1:]
    inner = _inner(data, first, loc)
    if rest:
        return with_value(data, (first,), with_key(inner, rest, name))
    assert isinstance(data, dict)
    if name in data:
        raise EditError(f"{show(loc)}: there is another {name!r}. Choose another name")
    return {name if key == first else key: value for key, value in data.items()}


def _inner(data: object, step: str | int, loc: Loc) -> object:
    if isinstance(data, dict) and step in data:
        return data[step]
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    raise EditError(f"{show(loc)}: is not there")
