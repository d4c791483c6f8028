"""A reliability diagram as SVG: what confidences promised, and what share was right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from docextract.confidence.calibrating import Calibrated
from docextract.confidence.reliability import Bin, reliability

_SIDE, _MARGIN = 260, 46  # px of one diagram, and around it
_LOWEST = -4.0  # the axes end at 1 - 10**-4: doubt is drawn on a logarithmic scale
_COLUMNS = 3
_RAW, _FITTED = "#b0b0b0", "#0a6"


def reliability_svg(found: Sequence[Calibrated]) -> str:
    """One diagram a calibration: doubt (1 - confidence) to the share wrong, both logarithmic.

    Grey: the lattice's probabilities; green: calibrated. Points above the diagonal are surer
    than they are right. A bin without an error is drawn at the bottom edge.
    """
    cell = _SIDE + 2 * _MARGIN
    rows = -(-len(found) // _COLUMNS)
    width, height = cell * min(_COLUMNS, max(len(found), 1)), cell * max(rows, 1)
    drawn = "\n".join(
        f'<g transform="translate({i % _COLUMNS * cell + _MARGIN},'
        f'{i // _COLUMNS * cell + _MARGIN})">{_diagram(one)}</g>'
        for i, one in enumerate(found)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="11">\n'
        f'<rect width="100%" height="100%" fill="white"/>\n{drawn}\n</svg>\n'
    )


def _diagram(one: Calibrated) -> str:
    entry = one.calibration
    title = f"{entry.type}, {entry.model}, n = {entry.held_out.n}"
    return "".join(
        [
            f'<text x="0" y="-8">{escape(title)}</text>',
            f'<rect width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#333"/>',
            f'<line x1="0" y1="{_SIDE}" x2="{_SIDE}" y2="0" stroke="#ddd"/>',
            *_ticks(),
            *_points(reliability(one.raw, one.right), _RAW),
            *_points(reliability(one.confidences, one.right), _FITTED),
        ]
    )


def _ticks() -> list[str]:
    marks = []
    for power in range(round(_LOWEST), 1):
        at, label = _along(10.0**power), f"{10.0**power:g}"
        marks.append(f'<text x="{at}" y="{_SIDE + 14}" text-anchor="middle">{label}</text>')
        marks.append(f'<text x="-4" y="{_SIDE - at + 4}" text-anchor="end">{label}</text>')
    marks.append(f'<text x="{_SIDE / 2}" y="{_SIDE + 30}" text-anchor="middle">doubt</text>')
    return marks


def _points(bins: Sequence[Bin], colour: str) -> list[str]:
    return [
        f'<circle cx="{_along(1 - part.confidence):.1f}" '
        f'cy="{_SIDE - _along(1 - part.right):.1f}" r="4" fill="{colour}"/>'
        for part in bins
    ]


def _along(share: float) -> float:
    """Where a share stands on an axis, in px from its lower end."""
    power = math.log10(max(share, 10.0**_LOWEST))
    return _SIDE * (1 - power / _LOWEST)
