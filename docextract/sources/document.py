"""An opened source: how many pages it has, and the picture of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from docextract.errors import SourceError
from docextract.types import Image, Page


@dataclass(frozen=True, slots=True, eq=False)
class PageSlot:
    """The place of one page in its source: the page, or why it alone could not be loaded.

    Exactly one of ``page`` and ``error`` is set; ``number`` counts from 1.
    """

    number: int
    page: Page | None
    error: SourceError | None = None

    def __post_init__(self) -> None:
        if (self.page is None) == (self.error is None):
            raise ValueError("PageSlot holds either a page or an error")

    def unwrap(self) -> Page:
        """Return the page or raise its SourceError."""
        if self.page is None:
            raise self.error or ValueError("PageSlot is empty")
        return self.page


@dataclass(frozen=True, slots=True)
class Document:
    """A source while it is open; ``render(index, place)`` makes the picture of a page.

    ``index`` counts from 0, ``place`` is what an error calls the page; raises SourceError.
    """

    name: str
    count: int
    render: Callable[[int, str], Image]

    def slot(self, number: int) -> PageSlot:
        """Load page ``number``, from 1 to ``count``."""
        place = self.name if self.count == 1 else f"{self.name} page {number}"
        try:
            return PageSlot(number, Page(self.render(number - 1, place), self.name, number))
        except SourceError as error:
            return PageSlot(number, None, error)
