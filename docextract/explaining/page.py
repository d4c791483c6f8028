"""An explanation as one HTML page that needs no other file and no network."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

import cv2

from docextract.explaining.explanation import Explanation, Heard
from docextract.explaining.lattice import Step
from docextract.types import Image

_STEP_PX, _ROW_PX, _SHOWN = 26, 24, 4
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em; color: #222; max-width: 75em }
table { border-collapse: collapse } th, td { text-align: left; padding: .2em 1em .2em 0 }
th { border-bottom: 1px solid #999 } td.number { font-variant-numeric: tabular-nums }
.lattice { overflow-x: auto; padding-bottom: .5em } tr.failed { color: #b22 }
.accepted { color: #0a6 } .review { color: #c60 } svg text { font-family: system-ui, sans-serif }
"""


def html_page(found: Explanation) -> str:
    """The crop with the lattice drawn below it, the candidates, the rules and the reasons."""
    reading = found.reading
    value = "no value" if reading.value is None else str(reading.value)
    title = f"{found.field}: {value}"
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p><b class="{found.status}">{found.status}</b>, confidence '
        f"{reading.confidence:.6g}; type {escape(found.type)}, {escape(found.source)}</p>",
        *(_lattice(found.crop, heard) for heard in found.heard),
        "<h2>Why</h2><ol>",
        *(f"<li>{escape(sentence)}</li>" for sentence in found.why),
        "</ol><h2>Candidates</h2>",
        _candidates(found),
        *_rules(found),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>"
        + "\n".join(body)
        + "</body></html>\n"
    )


def _lattice(crop: Image, heard: Heard) -> str:
    """The crop, and under every step its likeliest symbols, as strong as they are likely."""
    inside = sum(step.middle < 1 for step in heard.steps)
    width, total = inside * _STEP_PX, len(heard.steps) * _STEP_PX
    tall = round(crop.shape[0] * width / crop.shape[1]) if width else 0
    cells = "".join(_step(i, step, tall) for i, step in enumerate(heard.steps))
    height = tall + (_SHOWN + 1) * _ROW_PX
    return (
        f"<h2>What {escape(heard.model)} sees</h2>"
        f"<p>Likeliest path: <b>{escape(heard.greedy) or '(nothing)'}</b></p>"
        f'<div class="lattice"><svg xmlns="http://www.w3.org/2000/svg" width="{total}" '
        f'height="{height}"><image href="{_inline(crop)}" width="{width}" height="{tall}" '
        f'preserveAspectRatio="none"/>{cells}</svg></div>'
    )


def _step(index: int, step: Step, top: int) -> str:
    left = index * _STEP_PX
    listed = "; ".join(f"{symbol} {probability:.4f}" for symbol, probability in step.symbols)
    shown = "".join(
        f'<text x="{left + _STEP_PX / 2}" y="{top + (row + 1) * _ROW_PX}" text-anchor="middle" '
        f'fill-opacity="{_strength(probability, step):.2f}">{escape(symbol)}</text>'
        for row, (symbol, probability) in enumerate(step.symbols)
    )
    edge = f'<line x1="{left}" x2="{left}" y1="0" y2="{top + 8}" stroke="#2a7" opacity="0.35"/>'
    return f"<g><title>{escape(listed)}</title>{edge}{shown}</g>"


def _strength(probability: float, step: Step) -> float:
    """How dark a symbol is drawn; sure blanks are pale, since they say nothing."""
    return 0.15 if step.silent else 0.25 + 0.75 * probability


def _inline(image: Image) -> str:
    """A picture as a data URL."""
    encoded = cv2.imencode(".png", image)[1].tobytes()
    return f"data:image/png;base64,{base64.b64encode(encoded).decode('ascii')}"


def _candidates(found: Explanation) -> str:
    head = ("text", "value", "log-evidence", *found.scorers, "failed check")
    rows = []
    for one in found.candidates:
        terms = [one.candidate.terms.get(name) for name in found.scorers]
        shares = ["" if term is None else f"{term:.3f}" for term in terms]
        cells = (one.candidate.text, one.value, f"{one.candidate.logp:.3f}", *shares, one.failed)
        rows.append(_row(cells, "failed" if one.failed else ""))
    return f"<table><tr>{_cells(head, 'th')}</tr>{''.join(rows)}</table>"


def _rules(found: Explanation) -> Iterable[str]:
    if found.rules:
        rows = "".join(_row(pair, "") for pair in found.rules.items())
        yield f"<h2>Rules</h2><table><tr>{_cells(('rule', 'verdict'), 'th')}</tr>{rows}</table>"


def _row(cells: Sequence[str], kind: str) -> str:
    return f'<tr class="{kind}">{_cells(cells, "td")}</tr>'


def _cells(cells: Sequence[str], tag: str) -> str:
    return "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells)
