"""Pictures of pages with their readings, one file a page."""

from __future__ import annotations

from pathlib import Path

import cv2

from docextract.errors import SourceError, UsageError
from docextract.result import Result
from docextract.types import Image


class PageNames:
    """A name for each page of a run, in a folder; pages of equally named files get their own.

    Raises UsageError when the folder cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"{folder}: cannot be a folder of pictures: {error.strerror}"
            ) from None
        self.folder = folder
        self._taken: set[str] = set()

    def of(self, result: Result) -> str:
        """STEM-PAGE, with -DOCUMENT where pages are split; and -2 and so on when that is taken."""
        first = f"{Path(result.source).stem}-{result.page}"
        if result.document is not None:
            first = f"{first}-{result.document}"
        name, again = first, 1
        while name.casefold() in self._taken:
            again += 1
            name = f"{first}-{again}"
        self._taken.add(name.casefold())
        return name


class Drawings:
    """A folder of drawings, one a page."""

    def __init__(self, folder: Path) -> None:
        self._names = PageNames(folder)

    def add(self, result: Result) -> str:
        """Draw a page, when it was loaded; returns why it could not be, "" when all is well."""
        if result.failure is not None and issubclass(result.failure.kind, SourceError):
            return ""
        try:
            name = f"{self._names.of(result)}.jpg"
            save_picture(self._names.folder / name, result.draw())
        except (SourceError, UsageError) as error:
            return str(error)
        return ""


class Crops:
    """A folder of the pictures on pages, such as portraits: PAGE-FIELD.png."""

    def __init__(self, folder: Path) -> None:
        self._names = PageNames(folder)

    def add(self, result: Result) -> dict[str, str]:
        """Save a page's pictures; their files' names by field. UsageError when that fails."""
        images = {n: r.image for n, r in result.readings.items() if r.image is not None}
        page = self._names.of(result) if images else ""
        files = {field: f"{page}-{field}.png" for field in images}
        for field, file in files.items():
            save_picture(self._names.folder / file, images[field])
        return files


def save_picture(path: Path, image: Image) -> None:
    """Write a BGR picture in the format of the path's ending; UsageError when it cannot be."""
    try:
        encoded = cv2.imencode(path.suffix, image)[1]
        path.write_bytes(encoded.tobytes())
    except cv2.error:
        raise UsageError(f"{path}: not a picture's ending. Use .png or .jpg") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
