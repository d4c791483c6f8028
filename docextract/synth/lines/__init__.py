"""Drawn text lines with known texts, to train, calibrate and measure recognizers on.

>>> from docextract.synth.lines import LineGenerator
>>> line = next(LineGenerator(seed=1, mix={"amount": 1}).lines())
>>> line.kind
'amount'
"""

from docextract.synth.lines.alphabet import SYMBOLS, typed_alphabet
from docextract.synth.lines.generator import DrawnLine, LineGenerator
from docextract.synth.lines.output import draw_lines, line_sheet, write_lines
from docextract.synth.lines.texts import text_kinds

__all__ = [
    "SYMBOLS",
    "DrawnLine",
    "LineGenerator",
    "draw_lines",
    "line_sheet",
    "text_kinds",
    "typed_alphabet",
    "write_lines",
]
