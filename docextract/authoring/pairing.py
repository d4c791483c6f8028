"""Lines of print told apart: labels, the values that belong to them, and the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docextract.authoring.kinds import is_typed
from docextract.authoring.printed import Printed, join, same_row
from docextract.authoring.words import is_known, known_start

_COLON = re.compile("[:：]")
_REACH = 14.0  # line heights between a label and the value to its right
_FAR = 50.0  # the same, for a value of a type of its own, as sums at the foot of a table are
_BELOW = 2.5  # line heights between a label and the value under it
_SPACED = 5.0  # line heights between the characters of a label that is printed wide
_LETTER = re.compile(r"[^\W\d_]")
_TIME = re.compile(r"\d\s*[:：]\s*\d")


@dataclass(frozen=True, slots=True)
class Item:
    """A label with its value; one of the two may be missing."""

    label: Printed | None
    value: Printed | None


def pair(lines: Sequence[Printed]) -> list[Item]:
    """Labels with the values to their right or under them, and what is left of both."""
    pieces = [piece for line in _joined(lines) for piece in _split(line)]
    free = [p.value for p in pieces if p.label is None and p.value is not None]
    items = [p for p in pieces if p.label is not None and p.value is not None]
    for piece in (p for p in pieces if p.label is not None and p.value is None):
        assert piece.label is not None
        labels = [p.label for p in pieces if p.label is not None and p.label is not piece.label]
        value = _right_of(piece.label, free, labels) or _below(piece.label, free)
        if value is not None:
            free.remove(value)
        items.append(Item(piece.label, value))
    items += [Item(None, value) for value in free]
    return sorted(items, key=_reading_order)


def _reading_order(item: Item) -> tuple[float, float]:
    shown = item.value or item.label
    assert shown is not None
    return round(shown.middle / max(shown.box.height, 1)), shown.box.x


def _joined(lines: Sequence[Printed]) -> Iterator[Printed]:
    """Lines whose label is printed wide ("名    称：") as one."""
    rest = sorted(lines, key=lambda line: line.box.x)
    while rest:
        line = rest.pop(0)
        if len(line.text) == 1 and _LETTER.match(line.text):
            for other in rest:
                gap = other.box.x - line.right
                near = 0 < gap < _SPACED * line.box.height and same_row(line, other)
                if near and is_known(line.text + _COLON.split(other.text)[0]):
                    rest.remove(other)
                    line = join([line, other])
                    break
        yield line


def _split(line: Printed) -> Iterator[Item]:
    """A line's labels and values: several where it holds several colons."""
    cuts = [*_label_starts(line.text)][1:]
    for piece in line.pieces(cuts):
        yield _split_one(piece)


def _label_starts(text: str) -> Iterator[int]:
    """Where the labels of a line begin: each ends with a colon and follows a blank."""
    for number, colon in enumerate(_label_colons(text)):
        if number == 0:
            yield 0
            continue
        head = text[:colon].rstrip()
        before = re.search(r"(?<=\s)\S+$", head)
        if before is not None:
            yield before.start()
            continue
        for length in range(min(6, len(head)), 1, -1):
            if is_known(head[-length:]):
                yield len(head) - length
                break


def _label_colons(text: str) -> Iterator[int]:
    """Colons that end a label; those in times of day and after figures do not."""
    times = [match.span() for match in _TIME.finditer(text)]
    for match in _COLON.finditer(text):
        in_time = any(start <= match.start() < end for start, end in times)
        before = text[: match.start()]
        if _LETTER.search(before[-12:]) and (not in_time or not before[-1:].isdigit()):
            yield match.start()


def _split_one(line: Printed) -> Item:
    colon = next(_label_colons(line.text), None)
    end = colon + 1 if colon is not None else known_start(line.text)
    if end and end < len(line.text.rstrip()):
        return Item(line.part(0, end), line.part(end, len(line.text)))
    if end or is_known(line.text):
        return Item(line, None)
    head = re.match(r"[(（]([^()（）]+)[)）]", line.text)
    if head and is_known(head[1]) and head.end() < len(line.text):
        return Item(line.part(0, head.end()), line.part(head.end(), len(line.text)))
    return Item(None, line)


def _right_of(label: Printed, free: Sequence[Printed], labels: Sequence[Printed]) -> Printed | None:
    row = [v for v in free if same_row(label, v) and 0 <= v.box.x - label.right + v.box.height / 2]
    nearest = min(row, key=lambda v: v.box.x, default=None)
    if nearest is None:
        return None
    reach = _FAR if is_typed(nearest.text) else _REACH
    if nearest.box.x - label.right > reach * label.box.height:
        return None
    between = (o for o in labels if same_row(label, o) and label.right <= o.box.x < nearest.box.x)
    return None if any(between) else nearest


def _below(label: Printed, free: Sequence[Printed]) -> Printed | None:
    """The line under a column's heading; one that is of no type is as likely other print."""
    near = _BELOW * label.box.height
    under = [
        v
        for v in free
        if 0 <= v.box.y - label.bottom + v.box.height / 2 < near
        and min(v.right, label.right) - max(v.box.x, label.box.x) > -2 * label.box.height
    ]
    nearest = min(under, key=lambda v: v.box.y, default=None)
    return nearest if nearest is not None and is_typed(nearest.text) else None

