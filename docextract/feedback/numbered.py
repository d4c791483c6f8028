"""Folders that are counted: 0001, 0002..., each made as a whole and then left as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from docextract.durable import PART, sync_folder, sync_tree


def numbers(folder: Path) -> list[int]:
    """The numbers that there are, ascending."""
    return sorted(int(path.name) for path in folder.glob("[0-9]*"))


def numbered(folder: Path, number: int) -> Path:
    """The folder of a number."""
    return folder / f"{number:04}"


@contextmanager
def next_folder(folder: Path) -> Iterator[tuple[int, Path]]:
    """The next number, and an empty folder to fill, which bears it at the end; raises OSError.

    It has another name until all that was written is on the disk; after an error it goes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=PART) as part:
        new = Path(part) / "new"
        new.mkdir()
        number = max([0, *numbers(folder)]) + 1
        yield number, new
        sync_tree(new)
        new.rename(numbered(folder, number))
    sync_folder(folder)
