"""Files by the hash of their content: equal files are kept once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

YOUNGEST_S = 3600.0  # a file that no job has yet may belong to one that is being made


class FileStore(Protocol):
    """Files, each under its SHA-256; no name from elsewhere becomes a path."""

    def keep(self, data: bytes) -> str:
        """Keep a file, all of it there when this returns; gives its SHA-256.

        Raises StoreError when it cannot be written; then there is nothing of it.
        """

    def load(self, sha256: str, *, name: str) -> bytes:
        """A file's bytes; raises SourceError, which calls it ``name``, when it has gone."""

    def drop_all_but(self, kept: Collection[str]) -> int:
        """Delete files that are not among ``kept``, and unfinished ones; gives how many.

        What came within the last hour stays, since its job may just be made, and so does what is
        not called as a file of the store. Raises StoreError.
        """
