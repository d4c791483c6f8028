"""Lines of print told apart: labels, the values that belong to them, and the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from docextract.authoring.kinds import TAILS, is_typed
from docextract.authoring.printed import Printed, join, overlap, same_row
from docextract.authoring.words import is_known, known_start

_COLON = re.compile("[:：]")
_REACH = 14.0  # line heights between a label and the value to its right
_FAR = 50.0  # the same, for a value of a type of its own, as sums at the foot of a table are
_BELOW = 2.5  # line heights between a label and the value under it
_SPACED = 5.0  # line heights between the characters of a label that is printed wide
_LETTER = re.compile(r"[^\W\d_]")
_FIGURES = re.compile("[0-9]{1,3}")
_FEWEST_CELLS = 4
_CELL = 1.2  # line heights between figures in neighbouring cells
_HAN = re.compile("[一-龥]{2,8}")
_BESIDE = re.compile(r"[0-9A-Z] *(?=[一-龥])[一-龥]|[一-龥] *(?=[0-9A-Z])[0-9A-Z]")
_SAME = 0.6  # of the smaller box: two lines that share so much are one print
_GAP = 1.3  # line heights between the middles of characters that are no neighbours
_TIME = re.compile(r"\d\s*[:：]\s*\d")


@dataclass(frozen=True, slots=True)
class Item:
    """A label with its value; one of the two may be missing."""

    label: Printed | None
    value: Printed | None


def pair(lines: Sequence[Printed]) -> list[Item]:
    """Labels with the values to their right or under them, and what is left of both."""
    pieces = [piece for line in _in_cells(_joined(lines)) for piece in _split(line)]
    free = [p.value for p in pieces if p.label is None and p.value is not None]
    items = [_whole(p, free) for p in pieces if p.label is not None and p.value is not None]
    for piece in (p for p in pieces if p.label is not None and p.value is None):
        assert piece.label is not None
        labels = [p.label for p in pieces if p.label is not None and p.label is not piece.label]
        value = _right_of(piece.label, free, labels) or _below(piece.label, free)
        if value is not None:
            free.remove(value)
        items.append(Item(piece.label, value))
    items += [Item(None, value) for value in free]
    return sorted(items, key=_reading_order)


def _whole(item: Item, free: list[Printed]) -> Item:
    """The item with its value's whole line, where the label's line holds the beginning only."""
    value = item.value
    for line in free:
        if value is not None and overlap(value, line) > _SAME and line.box.width > value.box.width:
            free.remove(line)
            return Item(item.label, line)
    return item


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


def _in_cells(lines: Iterable[Printed]) -> Iterator[Printed]:
    """Figures that stand in cells of their own, side by side, as one line."""
    rest = sorted(lines, key=lambda line: line.box.x)
    while rest:
        run = [rest.pop(0)]
        while _FIGURES.fullmatch(run[-1].text):
            following = (
                o for o in rest if _FIGURES.fullmatch(o.text) and _in_next_cell(run[-1], o)
            )
            other = next(following, None)
            if other is None:
                break
            rest.remove(other)
            run.append(other)
        yield join(run) if len(run) >= _FEWEST_CELLS else run[0]
        rest = [*run[1:], *rest] if 1 < len(run) < _FEWEST_CELLS else rest


def _in_next_cell(line: Printed, other: Printed) -> bool:
    near = -0.5 < (other.box.x - line.right) / max(line.box.height, 1) < _CELL
    return near and same_row(line, other)


def _split(line: Printed) -> Iterator[Item]:
    """A line's labels and values: several where it holds several colons or unlike texts."""
    cuts = [*_label_starts(line.text)][1:]
    for piece in line.pieces(cuts):
        item = _split_one(piece)
        if item.label is None and item.value is not None:
            yield from (Item(None, part) for part in _unlike(item.value))
        else:
            yield item


def _unlike(value: Printed) -> list[Printed]:
    """The two texts of a line in which Chinese words stand beside figures, a gap between them."""
    for match in _BESIDE.finditer(value.text):
        at = match.start() + 1
        gap = value.middles[match.end() - 1] - value.middles[match.start()]
        named = value.text[-1] in TAILS and _HAN.fullmatch(value.text[at:]) is not None
        if " " in match[0] or gap > _GAP * value.box.height or named:
            parts = [*value.pieces([at])]
            if all(is_typed(part.text) or _HAN.fullmatch(part.text) for part in parts):
                return parts
    return [value]


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
    if end and all(map(is_known, line.text[end:].split())):
        return Item(line, None)
    if end and end < len(line.text.rstrip()):
        return Item(line.part(0, end), line.part(end, len(line.text)))
    if end or is_known(line.text):
        return Item(line, None)
    head = re.match(r"[(（]([^()（）]+)[)）]", line.text)
    if head and is_known(head[1]) and head.end() < len(line.text):
        return Item(line.part(0, head.end()), line.part(head.end(), len(line.text)))
    return Item(None, line)


def _right_of(label: Printed, free: Sequence[Printed], labels: Sequence[Printed]) -> Printed | None:
    row = [v for v in free if same_row(label, v) and v.box.x - label.right + v.box.height / 2 >= 0]
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
