"""Files, folders, bytes and arrays -> Pages, one page in memory at a time."""

from docextract.sources.document import PageSlot
from docextract.sources.finding import Found, find_files
from docextract.sources.loading import Source, load_page, load_pages
from docextract.sources.measuring import Extent, measure
from docextract.sources.pixels import MAX_PIXELS, MAX_SIDE_PX, MIN_SIDE_PX

__all__ = [
    "MAX_PIXELS",
    "MAX_SIDE_PX",
    "MIN_SIDE_PX",
    "Extent",
    "Found",
    "PageSlot",
    "Source",
    "find_files",
    "load_page",
    "load_pages",
    "measure",
]
