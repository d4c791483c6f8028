"""A page's text as plain values, for JSON."""

from __future__ import annotations

from typing import TypedDict

from docextract.ocr.page_text import PageText, TextLine

_CONFIDENCE_DIGITS = 6


class LineContent(TypedDict):
    """A line of print; ``quad`` are its corners (x, y) in px, clockwise from where it begins."""

    text: str
    confidence: float
    quad: list[list[float]]
    block: int
    row: int


class PageContent(TypedDict):
    """A page; ``reason`` and ``error`` say why it could not be read, "" when it was."""

    source: str
    page: int
    width: int
    height: int
    turn: int
    text: str
    lines: list[LineContent]
    reason: str
    error: str


def page_content(page: PageText) -> PageContent:
    """What was read of a page, as values that JSON knows."""
    return PageContent(
        source=page.source,
        page=page.number,
        width=page.width_px,
        height=page.height_px,
        turn=page.turn,
        text=page.text,
        lines=[_line_content(line) for line in page.lines],
        reason=page.failure.reason if page.failure else "",
        error=page.failure.kind.__name__ if page.failure else "",
    )


def _line_content(line: TextLine) -> LineContent:
    return LineContent(
        text=line.text,
        confidence=round(line.confidence, _CONFIDENCE_DIGITS),
        quad=[[round(float(v), 1) for v in corner] for corner in line.quad_px],
        block=line.block,
        row=line.row,
    )
