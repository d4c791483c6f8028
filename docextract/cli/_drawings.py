"""Pictures of pages with their readings, one file a page."""

from __future__ import annotations

from pathlib import Path

import cv2

from docextract.errors import SourceError, UsageError
from docextract.result import Result
from docextract.types import Image


class Drawings:
    """A folder of drawings; pages of equally named files get names of their own."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{folder}: not a folder to draw in: {error.strerror}") from None
        self._folder = folder
        self._taken: set[str] = set()

    def add(self, result: Result) -> str:
        """Draw a page, when it was loaded; returns why it could not be, "" when all is well."""
        if result.failure is not None and issubclass(result.failure.kind, SourceError):
            return ""
        try:
            save_picture(self._folder / self._name(result), result.draw())
        except (SourceError, UsageError) as error:
            return str(error)
        return ""

    def _name(self, result: Result) -> str:
        """STEM-PAGE.jpg, or STEM-PAGE-2.jpg and so on when that is taken."""
        first = f"{Path(result.source).stem}-{result.page}"
        name, again = first, 1
        while name.casefold() in self._taken:
            again += 1
            name = f"{first}-{again}"
        self._taken.add(name.casefold())
        return f"{name}.jpg"


def save_picture(path: Path, image: Image) -> None:
    """Write a BGR picture in the format of the path's ending; UsageError when it cannot be."""
    try:
        encoded = cv2.imencode(path.suffix, image)[1]
        path.write_bytes(encoded.tobytes())
    except cv2.error:
        raise UsageError(f"{path}: not a picture's ending. Use .png or .jpg") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
