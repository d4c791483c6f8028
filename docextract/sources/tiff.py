"""TIFF -> one picture a frame; a damaged frame does not lose the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from docextract.sources.document import Document
from docextract.sources.formats import Format
from docextract.sources.pictures import damaged, decode_frame, open_header
from docextract.sources.pixels import check_size
from docextract.types import Image

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile


def open_tiff(stream: BinaryIO, kind: Format, name: str) -> Document:
    """Open a TIFF whose ``stream`` stays open; raises SourceError for a damaged first frame."""
    tiff = open_header(stream, kind, name)

    def render(index: int, place: str) -> Image:
        try:
            tiff.seek(index)
        except Exception as error:
            raise damaged(place, kind.name, error) from error
        check_size(place, *tiff.size)
        return decode_frame(tiff, kind, place)

    return Document(name, _count_frames(tiff), render)


def _count_frames(tiff: ImageFile) -> int:
    """Count the frames, and the break in the chain as one more, which then says so itself."""
    count = 1
    while True:
        try:
            tiff.seek(count)
        except EOFError:
            return count
        except Exception:
            return count + 1
        count += 1
