"""Files in object stores and on other machines, by a URL that fsspec knows."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import urlsplit

from fsspec.core import url_to_fs
from fsspec.registry import known_implementations

from docextract.errors import SourceError, UnknownName, UsageError
from docextract.store.errors import StoreError
from docextract.store.files import YOUNGEST_S

_OURS = re.compile(r"[0-9a-f]{64}|\.probe-.+")


class _File(AbstractContextManager["_File"], Protocol):
    def write(self, data: bytes) -> int: ...
    def commit(self) -> None: ...
    def discard(self) -> None: ...


class _FileSystem(Protocol):
    """What is used of fsspec's ``AbstractFileSystem``."""

    def makedirs(self, path: str, exist_ok: bool) -> None: ...
    def open(self, path: str, mode: str, *, autocommit: bool) -> _File: ...
    def cat_file(self, path: str) -> bytes: ...
    def find(self, path: str, maxdepth: int) -> list[str]: ...
    def modified(self, path: str) -> datetime: ...
    def rm_file(self, path: str) -> None: ...


class RemoteStore:
    """A FileStore at a URL: URL/abcd...

    Whatever a file system raises becomes an error of ours: each has kinds of its own.
    """

    def __init__(self, url: str) -> None:
        self._shown = _without_password(url)
        self._fs, self._root = _file_system(url, self._shown)
        try:
            self._fs.makedirs(self._root, exist_ok=True)
            self._probe()
        except NotImplementedError:
            raise UsageError(
                f"{self._shown}: does not tell when a file came, which purging has to know. "
                "Use another file system"
            ) from None
        except Exception as error:
            raise _cannot_keep(self._shown, error) from None

    def keep(self, data: bytes) -> str:
        """Keep a file, all of it there when this returns; gives its SHA-256; raises StoreError.

        It is written anew also where it is there, which makes it young, as purging has to see.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        with self._errors_told():
            self._write(self._path(sha256), data)
        return sha256

    def load(self, sha256: str, *, name: str) -> bytes:
        """A file's bytes; raises SourceError, which calls it ``name``, when it has gone.

        Raises StoreError when the file system fails.
        """
        try:
            with self._errors_told():
                return self._fs.cat_file(self._path(sha256))
        except FileNotFoundError:
            raise SourceError(name, "is no longer kept. Send it again") from None

    def drop_all_but(self, kept: Collection[str]) -> int:
        """Delete files that are not among ``kept``; gives how many; raises StoreError."""
        until = time.time() - YOUNGEST_S
        with self._errors_told():
            names = [path.rsplit("/", 1)[-1] for path in self._fs.find(self._root, maxdepth=1)]
        unused = (name for name in names if name not in kept and _OURS.fullmatch(name))
        return sum(self._drop_older(name, until) for name in unused)

    def _drop_older(self, name: str, until: float) -> bool:
        """Delete a file last kept before a time; False for a younger one, or one that has gone."""
        try:
            with self._errors_told():
                if _seconds(self._fs.modified(self._path(name))) >= until:
                    return False
                self._fs.rm_file(self._path(name))
        except FileNotFoundError:  # other processes purge, too
            return False
        return True

    def _write(self, path: str, data: bytes) -> None:
        """Write a file whole or not at all: it is put under its name when it is committed."""
        file = self._fs.open(path, "wb", autocommit=False)
        try:
            with file:
                file.write(data)
        except BaseException:
            file.discard()
            raise
        file.commit()

    def _probe(self) -> None:
        """Do all that will be needed once: mistakes are told at the start."""
        path = self._path(f".probe-{secrets.token_hex(8)}")
        self._write(path, b"docextract")
        self._fs.cat_file(path)
        self._fs.modified(path)
        self._fs.find(self._root, maxdepth=1)
        self._fs.rm_file(path)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except Exception as error:
            raise StoreError(
                f"files: {self._shown} failed ({type(error).__name__}). See that it can be reached"
            ) from None


def _file_system(url: str, shown: str) -> tuple[_FileSystem, str]:
    """A URL's file system and the path in it; what other processes do there is seen at once."""
    try:
        fs, root = url_to_fs(url, use_listings_cache=False)
    except ImportError as error:
        raise UsageError(f"{shown}: {error}: pip install it") from None
    except ValueError as error:
        scheme = shown.split("://", 1)[0]
        if scheme in known_implementations:
            raise UsageError(f"{shown}: is no URL of {scheme}: {error}") from None
        raise UnknownName("file system", scheme, known_implementations) from None
    except Exception as error:  # some connect at once
        raise _cannot_keep(shown, error) from None
    return fs, root.rstrip("/")


def _cannot_keep(shown: str, error: Exception) -> UsageError:
    why = " ".join(str(error).split()) or type(error).__name__
    return UsageError(
        f"{shown}: cannot keep files: {why}. See that it is there, and that you "
        "may read, write, list and delete there"
    )


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1], query="").geturl()


def _seconds(when: datetime) -> float:
    """Seconds since 1970; a time without a zone is UTC."""
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
