"""Lexicons that remember which documents an entry was learnt from, so that it can go with them.

Before a learnt entry stand lines of its documents, which are headers to who loads the file::

    # of 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    Ogdenville<tab>4
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

_OF = "# of "


class Entry(NamedTuple):
    """One line of a lexicon's file, and the SHA-256 of each document it was learnt from.

    Without documents it is an entry that was there before anyone corrected, or a header.
    """

    line: str
    documents: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The entry without its weight."""
        return self.line.split("\t", 1)[0]

    def lines(self) -> list[str]:
        """The entry as the file has it."""
        return [*(_OF + document for document in self.documents), self.line]


def read_entries(text: str) -> Iterator[Entry]:
    """The entries and headers of a lexicon's file."""
    documents: list[str] = []
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith(_OF):
            documents.append(line.removeprefix(_OF))
        else:
            yield Entry(line, tuple(documents))
            documents.clear()


def documents_of(text: str) -> Mapping[str, tuple[str, ...]]:
    """The documents of each learnt entry of a lexicon's file."""
    return {entry.text: entry.documents for entry in read_entries(text) if entry.documents}


def without_forgotten(text: str, kept: Collection[str]) -> tuple[str, int]:
    """A lexicon's file without entries of whose documents none is kept, and how many went.

    Of the other learnt entries, documents that are no longer kept are dropped.
    """
    lines: list[str] = []
    gone = 0
    for entry in read_entries(text):
        documents = tuple(one for one in entry.documents if one in kept)
        if entry.documents and not documents:
            gone += 1
        else:
            lines += entry._replace(documents=documents).lines()
    return "".join(f"{line}\n" for line in lines), gone
