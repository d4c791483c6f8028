"""Crops to readings: recognizers, decoders and settling at work together, field by field."""

from docextract.lines.looks import FieldReader, LineRead, first_look, further_looks, look
from docextract.lines.making import read_lines, template_readers
from docextract.lines.reader import LineReader

__all__ = [
    "FieldReader",
    "LineRead",
    "LineReader",
    "first_look",
    "further_looks",
    "look",
    "read_lines",
    "template_readers",
]
