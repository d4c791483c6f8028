"""Uploaded files: names that are only names, and limits on pages and pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import UploadFile

from docextract.service.problems import Problem
from docextract.service.settings import Settings
from docextract.sources import measure

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, eq=False)
class Upload:
    """A file's bytes, and what results call it; the name leads nowhere."""

    name: str
    data: bytes


async def take(files: Sequence[UploadFile], settings: Settings) -> list[Upload]:
    """Read the files of a request; raises Problem 413 for too many."""
    if len(files) > settings.most_files:
        raise Problem(
            413,
            "too-many-files",
            f"{len(files)} files in one request. Send at most {settings.most_files} at a time",
        )
    return [Upload(shown_name(file.filename), await file.read()) for file in files]


def count_pages(upload: Upload, settings: Settings, *, most_pages: int) -> int:
    """How many pages an upload has, before any is decoded.

    Raises SourceError for what is no file of pages, and Problem 413 for too many or too large.
    """
    extent = measure(upload.data, name=upload.name)
    if extent.pages > most_pages:
        raise Problem(
            413,
            "too-many-pages",
            f"{upload.name}: has {extent.pages} pages. Send at most {most_pages} in one file",
        )
    megapixels = extent.largest_px / 1e6
    if megapixels > settings.most_megapixels:
        raise Problem(
            413,
            "too-many-pixels",
            f"{upload.name}: has a page of {megapixels:.0f} megapixels. "
            f"Scale it down to {settings.most_megapixels:g} or fewer",
        )
    return extent.pages


def shown_name(name: str | None) -> str:
    """The last part of a file's name, without anything that does not print."""
    last = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    printed = "".join(c for c in last if c.isprintable()).strip()
    return printed[:_LONGEST_NAME] or "file"
