"""Files in a folder of this machine, or of one that all processes see."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from docextract.durable import PART, sync_folder, write_durably
from docextract.errors import SourceError, UsageError
from docextract.store.errors import StoreError
from docextract.store.files import YOUNGEST_S

_MODE = 0o600  # papers are for who runs the service
_OURS = re.compile(rf"[0-9a-f]{{64}}|{re.escape(PART)}.+")


class FolderStore:
    """A FileStore in a folder: FOLDER/ab/abcd..."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{folder}: cannot keep files: {error.strerror}") from None
        self._folder = folder

    def keep(self, data: bytes) -> str:
        """Keep a file, on the disk when this returns; gives its SHA-256; raises StoreError."""
        sha256 = hashlib.sha256(data).hexdigest()
        with _errors_told():
            self._write(self._path(sha256), data)
        return sha256

    def load(self, sha256: str, *, name: str) -> bytes:
        """A file's bytes; raises SourceError, which calls it ``name``, when it has gone."""
        try:
            return self._path(sha256).read_bytes()
        except OSError as error:
            why = f"is no longer kept ({error.strerror}). Send it again"
            raise SourceError(name, why) from None

    def drop_all_but(self, kept: Collection[str]) -> int:
        """Delete files that are not among ``kept``, and unfinished ones; gives how many."""
        until = time.time() - YOUNGEST_S
        unused = (
            path
            for path in self._folder.glob("[0-9a-f][0-9a-f]/*")
            if path.name not in kept and _OURS.fullmatch(path.name)
        )
        with _errors_told():
            return sum(_drop_older(path, until) for path in unused)

    def _write(self, path: Path, data: bytes) -> None:
        try:
            os.utime(path)
        except FileNotFoundError:
            path.parent.mkdir(exist_ok=True)
            sync_folder(self._folder)
            write_durably(path, data, mode=_MODE)

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256


def _drop_older(path: Path, until: float) -> bool:
    """Delete a file last kept before a time; False for a younger one, or one that has gone."""
    try:
        if path.stat().st_mtime >= until:
            return False
        path.unlink()
    except FileNotFoundError:  # other processes purge, too
        return False
    return True


@contextmanager
def _errors_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = f"files: the disk failed ({error.strerror}). See that it has room and may be written"
        raise StoreError(why) from None
