"""Where files are kept: a folder, or a URL."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from docextract.errors import UsageError
from docextract.store.files import FileStore
from docextract.store.folder import FolderStore


def open_files(place: str) -> FileStore:
    """The files in a folder, which is made if needed, or at a URL that fsspec knows.

    Raises UsageError for a place that cannot be written, and UnknownName for a URL of no known
    file system.
    """
    if not re.match(r"[\w+.:-]+://", place):
        return FolderStore(Path(place))
    url = urlsplit(place)
    if url.scheme in ("file", "local"):
        if url.netloc not in ("", "localhost"):
            raise UsageError(f"{place}: names a host. Write a folder as file:///FOLDER")
        return FolderStore(Path(url2pathname(url.path)))
    from docextract.store.remote import RemoteStore  # most services keep files on their own disk

    return RemoteStore(place)
