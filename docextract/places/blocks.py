"""How far a block of print lies off its boxes: the drifts that lines of text support."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from docextract.template import Box

_NEAR = 0.4  # of a box's height: how far its line may be from where the drift puts it
_ALTERNATIVES = 4
_SUPPORTED = 0.5  # of the best drift's support


def drifted(
    boxes: Mapping[str, Box], lines: Sequence[Box], limits: tuple[float, float]
) -> dict[str, tuple[Box, ...]]:
    """Every field's box under each likely drift, likeliest first.

    Rows at equal distances fit lines under several drifts, each a row apart: which of them is
    true shows only when the rows are read. A field without a line near gets its box drifted.
    """
    up, down = limits
    shown = [line for line in lines if any(_beside(line, box) for box in boxes.values())]
    steps = {_middle(line) - _middle(box) for line in shown for box in boxes.values()}
    steps = {step for step in steps if up <= step <= down} | {0.0}
    support = {step: _support(boxes, shown, step) for step in steps}
    height = median(box.height for box in boxes.values())
    best = max(support.values())
    kept: list[float] = []
    for step in sorted(steps, key=lambda step: (-support[step], abs(step))):
        if len(kept) == _ALTERNATIVES or (kept and support[step] < _SUPPORTED * best):
            break
        if all(abs(step - other) > 0.6 * height for other in kept):
            kept.append(step)
    return {name: tuple(_row(box, shown, step) for step in kept) for name, box in boxes.items()}


def _support(boxes: Mapping[str, Box], lines: Sequence[Box], step: float) -> float:
    """How many boxes have a line near, each counting less the farther it is."""
    total = 0.0
    for box in boxes.values():
        off = min((abs(_middle(line) - _middle(box) - step) for line in lines), default=box.height)
        total += max(0.0, 1 - off / (_NEAR * box.height))
    return total


def _row(box: Box, lines: Sequence[Box], step: float) -> Box:
    """The box moved onto its line."""
    near = [
        line
        for line in lines
        if abs(_middle(line) - _middle(box) - step) < _NEAR * box.height and _beside(line, box)
    ]
    if not near:
        return box._replace(y=box.y + step)
    line = min(near, key=lambda line: abs(_middle(line) - _middle(box) - step))
    # The line's height is trusted within limits: two rows may have been found as one.
    height = min(max(line.height, 0.7 * box.height), 1.1 * box.height)
    return box._replace(y=_middle(line) - height / 2, height=height)


def _middle(box: Box) -> float:
    return box.y + box.height / 2


def _beside(line: Box, box: Box) -> bool:
    shared = min(line.x + line.width, box.x + box.width) - max(line.x, box.x)
    return shared > 0.3 * min(line.width, box.width)
