"""What whole-page OCR gives: the lines of a page in the order they are read, as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby

from docextract.result import Failure
from docextract.sources import Source, load_page
from docextract.types import Image, Quad

_BETWEEN_PIECES = "  "  # of one row: columns of a table, a label and its value


@dataclass(frozen=True, slots=True, eq=False)
class TextLine:
    """One line of print. ``confidence`` is the probability (0 to 1) that the models give its text.

    ``block`` and ``row`` count from 0 on the page: lines side by side share a row, rows that
    belong together a block. ``quad_px`` runs clockwise from where the line begins.
    """

    text: str
    confidence: float
    quad_px: Quad
    block: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class PageText:
    """All lines of one page, in reading order.

    ``turn`` is by how many degrees the print lies turned clockwise in the picture: 0, 90, 180 or
    270. ``failure`` says why a page could not be loaded; it has no lines then. ``timings_s`` are
    seconds a step.
    """

    source: str
    number: int
    width_px: int
    height_px: int
    lines: tuple[TextLine, ...] = ()
    turn: int = 0
    failure: Failure | None = None
    timings_s: Mapping[str, float] = field(default_factory=dict)
    origin: Source | None = None

    @property
    def text(self) -> str:
        """The page as plain text: a line a row, and an empty line between blocks."""
        return "\n\n".join(
            "\n".join(_BETWEEN_PIECES.join(line.text for line in row) for row in rows)
            for rows in self.blocks()
        )

    def picture(self) -> Image:
        """The page's picture (BGR), loaded again, so that texts stay small in memory.

        Raises SourceError when the file has gone.
        """
        if self.origin is None:
            raise ValueError("a text without a page has no picture")
        return load_page(self.origin, self.number).image

    def blocks(self) -> list[list[list[TextLine]]]:
        """The lines by block and row."""
        return [
            [list(row) for _, row in groupby(block, key=lambda line: line.row)]
            for _, block in groupby(self.lines, key=lambda line: line.block)
        ]
