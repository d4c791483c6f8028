"""Names of files, folders and globs -> the files to load, each once, in a stable order."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from docextract.errors import SourceError
from docextract.sources.files import unreachable
from docextract.sources.formats import KNOWN_SUFFIXES


@dataclass(frozen=True, slots=True)
class Found:
    """A file to load or, where ``error`` is set, an input that led to none."""

    path: Path
    error: SourceError | None = None


def find_files(inputs: Sequence[str | Path]) -> Iterator[Found]:
    """Walk files, folders and globs in the given order; never raises for a bad input.

    Folders are walked to any depth in the order of ``sorted(folder.rglob("*"))``; hidden
    files and unknown suffixes are passed over there, while a file named outright is always
    yielded. Globs (``*``, ``?``, ``[..]``, ``**``) are for paths that do not exist as they
    are; other suffixes than a picture's or PDF's must be spelt out in them. A missing path,
    an empty folder and a glob without match each yield one error, in place. A file reached
    twice, also through links, is yielded once.
    """
    seen: set[str] = set()
    for path in map(Path, inputs):
        for found in _expand(path):
            real = os.path.realpath(found.path)
            if found.error is not None or real not in seen:
                yield found
            if found.error is None:
                seen.add(real)


def _expand(path: Path) -> Iterator[Found]:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        return _glob(path) if _is_glob(str(path)) else iter([_failed(path, error)])
    return _folder(path) if stat.S_ISDIR(mode) else iter([Found(path)])


def _folder(folder: Path) -> Iterator[Found]:
    empty = True
    for found in _walk([folder], KNOWN_SUFFIXES):
        empty = False
        yield found
    if empty:
        yield Found(folder, SourceError(str(folder), "holds no picture or PDF. Check the folder"))


def _glob(pattern: Path) -> Iterator[Found]:
    suffixes = KNOWN_SUFFIXES | {pattern.suffix.lower()}
    empty = True
    try:
        matches = _matches(pattern)
    except (OSError, ValueError) as error:
        yield _failed(pattern, error)
        return
    for found in _walk(matches, suffixes - {""}):
        empty = False
        yield found
    if empty:
        yield Found(
            pattern, SourceError(str(pattern), "matches no picture or PDF. Check the pattern")
        )


def _matches(pattern: Path) -> list[Path]:
    """List what a glob matches, sorted; hidden names only where the pattern shows a dot."""
    fixed = list(takewhile(lambda part: not _is_glob(part), pattern.parts))
    root, wild = Path(*fixed), pattern.parts[len(fixed) :]
    matches = sorted(root.glob(str(Path(*wild))))
    if any(part.startswith(".") for part in wild):
        return matches
    return [m for m in matches if not any(p.startswith(".") for p in m.relative_to(root).parts)]


def _walk(paths: Sequence[Path], suffixes: frozenset[str]) -> Iterator[Found]:
    """Yield the files with these suffixes among the paths and, to any depth, below them."""
    entered: set[str] = set()  # real paths, so that links cannot lead round in a circle
    stack = list(reversed(paths))
    while stack:
        path = stack.pop()
        try:
            if path.is_dir():
                stack.extend(reversed(_entries(path, entered)))
            elif path.suffix.lower() in suffixes:
                yield Found(path)
        except OSError as error:
            yield _failed(path, error)


def _entries(folder: Path, entered: set[str]) -> list[Path]:
    """List what is in a folder, sorted; nothing when it was entered before."""
    real = os.path.realpath(folder)
    if real in entered:
        return []
    entered.add(real)
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _is_glob(path: str) -> bool:
    return any(c in path for c in "*?[")


def _failed(path: Path, error: Exception) -> Found:
    return Found(path, unreachable(str(path), error))
