"""Touching the file system: opening a file, and saying why one cannot be reached."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import BinaryIO

from docextract.errors import SourceError


def open_file(path: Path, place: str) -> BinaryIO:
    """Open a regular file for reading; raises SourceError for anything else."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise SourceError(place, "is a folder. Name a file in it, or run over the folder")
        if not stat.S_ISREG(mode):
            raise SourceError(place, "is a pipe or device. Save it as a file first")
        return path.open("rb")
    except (OSError, ValueError) as error:
        raise unreachable(place, error) from error


def read(stream: BinaryIO, place: str, size: int) -> bytes:
    """Read ``size`` bytes, all for -1; raises SourceError when the disk fails."""
    try:
        return stream.read(size)
    except OSError as error:
        raise unreachable(place, error) from error


def unreachable(place: str, error: Exception) -> SourceError:
    """Turn the operating system's refusal into a SourceError."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return SourceError(place, "no such file or folder. Check the path")
    if isinstance(error, PermissionError):
        return SourceError(place, "may not be read (permission denied). Change its permissions")
    reason = getattr(error, "strerror", None) or error
    return SourceError(place, f"cannot be read ({reason}). Check the path")
