"""The contract of every writer, the row it takes, and the registry writers are found in."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from docextract.errors import UsageError
from docextract.registry import Registry
from docextract.template import Template
from docextract.types import Status, Value


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one document: values, confidences (0 to 1) and failed checks by field name.

    ``error`` is the class of the error that ``reason`` tells, "" when the page was read. ``crops``
    are the names of the files that fields' pictures were saved in. ``cells`` are the confidences of
    a table's cells, row by row and by column. ``document`` counts the documents on a page that may
    bear several, from 1, and ``quad`` are the corners of its form on the page, in px.
    """

    source: str
    page: int
    template: str
    layout: str | None
    status: Status
    reason: str
    values: Mapping[str, Value | None]
    confidences: Mapping[str, float]
    failed: Mapping[str, tuple[str, ...]]
    error: str = ""
    crops: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, tuple[Mapping[str, float], ...]] = field(default_factory=dict)
    document: int | None = None
    quad: tuple[tuple[float, float], ...] = ()


class Writer(ABC):
    """Writes rows as they come; leaving its ``with`` block finishes the file."""

    endings: ClassVar[tuple[str, ...]]
    mixes: ClassVar[bool] = False
    """True where rows of several templates go into one file; a table has one's columns."""

    @abstractmethod
    def __init__(self, path: Path | None, template: Template) -> None:
        """Open ``path`` (None: stdout) for rows of ``template``; UsageError when it cannot be."""

    @abstractmethod
    def write(self, row: Row) -> None:
        """Take one row."""

    @abstractmethod
    def close(self, *, complete: bool) -> None:
        """Finish the file; ``complete`` is False when an error ended the run."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close(complete=error is None)


class PartFile:
    """A file that appears under its name only when it is whole."""

    def __init__(self, path: Path | None, format: str) -> None:
        if path is None:
            raise UsageError(f"{format} does not go to stdout. Name a file, or write jsonl")
        check_writable(path)
        self.target = path
        self.path = path.with_name(f".{path.name}.{os.getpid()}.part")

    def finish(self, *, complete: bool) -> None:
        """Give the file its name when it is complete, else drop it."""
        if complete:
            self.path.replace(self.target)
        else:
            self.path.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Raise UsageError when a file of that name cannot be made."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder. Name a file in it")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: no folder {path.parent}. Make it first")
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"{path}: no right to write in {path.parent}. Choose another folder")


writers: Registry[type[Writer]] = Registry("format", "docextract.writers", "docextract.writers")
