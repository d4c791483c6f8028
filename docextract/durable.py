"""Files that are there whole or not at all, also after the power failed."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

PART = ".part-"  # what files are called until they are whole


def write_durably(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Write a file, or replace it; when this returns, file and name are on the disk.

    ``mode`` are its rights before the umask. Raises OSError, and then leaves what was there.
    """
    part = path.with_name(f"{PART}{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk: a file's own fsync says nothing of its name."""
    if os.name != "posix":  # elsewhere folders cannot be opened, and names are written with files
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Bring a folder to the disk with all that is in it."""
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    sync_folder(folder)
