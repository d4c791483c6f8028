"""Pages of any template: its form filled in with valid values, drawn, scanned or photographed."""

from docextract.synth.pages.conditions import HARD_PHOTO, PHOTO, SCAN, Conditions
from docextract.synth.pages.generator import DrawnPage, PageGenerator
from docextract.synth.pages.output import write_pages

__all__ = [
    "HARD_PHOTO",
    "PHOTO",
    "SCAN",
    "Conditions",
    "DrawnPage",
    "PageGenerator",
    "write_pages",
]
