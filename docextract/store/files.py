"""Files on disk by the hash of their content: equal files are kept once."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from docextract.errors import SourceError, UsageError

_YOUNGEST_S = 3600.0  # files that no job has yet may belong to one that is being made


class FileStore:
    """A folder of files, each under its SHA-256; no name from elsewhere becomes a path."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{folder}: cannot keep files: {error.strerror}") from None
        self._folder = folder

    def keep(self, data: bytes) -> str:
        """Keep a file, on the disk when this returns; gives its SHA-256."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        if path.exists():
            os.utime(path)
            return sha256
        path.parent.mkdir(exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as part:
            part.write(data)
            part.flush()
            os.fsync(part.fileno())
        Path(part.name).replace(path)
        return sha256

    def load(self, sha256: str, *, name: str) -> bytes:
        """A file's bytes; raises SourceError, which calls it ``name``, when it has gone."""
        try:
            return self._path(sha256).read_bytes()
        except OSError as error:
            why = f"is no longer kept ({error.strerror}). Send it again"
            raise SourceError(name, why) from None

    def drop_all_but(self, kept: Collection[str]) -> int:
        """Delete files that are not among ``kept``, and unfinished ones; gives how many.

        What came within the last hour stays: its job may just be made.
        """
        until = time.time() - _YOUNGEST_S
        dropped = 0
        for path in self._files():
            if path.name not in kept and path.stat().st_mtime < until:
                path.unlink(missing_ok=True)
                dropped += 1
        return dropped

    def _files(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("*/*") if path.is_file())

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256
