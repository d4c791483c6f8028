"""Lists of what a field usually or always says, loaded from text files."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TextIO

from docextract.errors import UnknownName, UsageError, did_you_mean
from docextract.resources import resource_dir

ENTRY_LIMIT = 2_000_000
LENGTH_LIMIT = 200  # characters of one entry; a longer one is not a line of print
_LINE_LIMIT = 4096
_SHOWN = 3


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Distinct entries as printed, and how often each occurs (> 0, any unit)."""

    name: str
    entries: tuple[str, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.entries or len(self.entries) != len(self.weights):
            raise ValueError("a lexicon has at least one entry, and one weight for each")

    def __len__(self) -> int:
        return len(self.entries)


def lexicon_names() -> tuple[str, ...]:
    """The names of the lexicons that come with docextract, sorted."""
    return tuple(sorted(path.stem for path in resource_dir("lexicons").glob("*.txt")))


def load_lexicon(name_or_path: str | Path, *, folder: Path = Path()) -> Lexicon:
    """Load a lexicon by its name, or by a path when there is a folder or .txt in it; cached.

    A file is UTF-8 text with one entry a line. Lines that start with "# " are its header; blank
    lines mean nothing. After a tab may stand a weight, a number above 0. In a file with the
    header line "# column: NAME" what stands there is a note instead, and every weight is 1.
    A relative path starts at ``folder``.

    Raises UnknownName for a name that no shipped lexicon has; UsageError for a file that is
    missing, empty, not UTF-8, has more than 2,000,000 lines, or has bad or repeated entries.
    """
    path = _resolve(str(name_or_path), folder)
    try:
        stat = path.stat()
    except FileNotFoundError:
        beside = [p.name for p in path.parent.glob("*.txt")]
        raise UsageError(f"{path}: no such lexicon. {did_you_mean(path.name, beside)}") from None
    return _load(path, stat.st_mtime_ns, stat.st_size)


def _resolve(name: str, folder: Path) -> Path:
    path = Path(name)
    if path.name != name or path.suffix.lower() == ".txt":
        return folder / path
    if name not in lexicon_names():
        raise UnknownName("lexicon", name, lexicon_names())
    return resource_dir("lexicons") / f"{name}.txt"


@lru_cache(maxsize=16)
def _load(path: Path, _changed_ns: int, _size: int) -> Lexicon:
    lines = _read_lines(path)
    faults: list[str] = []
    noted = False
    first_line: dict[str, int] = {}
    weights: list[float] = []
    for number, line in enumerate(lines, 1):
        if line.startswith("# ") or line == "#":
            noted = noted or line.startswith("# column:")
            continue
        text, tab, rest = line.partition("\t")
        entry = text.strip()
        if not line.strip():
            continue
        weight = _weight(rest) if tab and not noted else 1.0
        if fault := _fault(entry, weight, first_line.get(entry)):
            faults.append(f"line {number} {fault}")
            continue
        first_line[entry] = number
        weights.append(weight)
    if faults:
        more = f" (and {len(faults) - _SHOWN} more)" if len(faults) > _SHOWN else ""
        raise UsageError(f"{path}: {'; '.join(faults[:_SHOWN])}{more}. Correct the file")
    if not first_line:
        raise UsageError(f"{path}: has no entries. Write one a line")
    return Lexicon(path.stem, tuple(first_line), tuple(weights))


def _fault(entry: str, weight: float, earlier: int | None) -> str:
    if earlier is not None:
        return f"repeats line {earlier}"
    if not entry:
        return "has no entry before its tab"
    if len(entry) > LENGTH_LIMIT:
        return f"has {len(entry)} characters, above {LENGTH_LIMIT}"
    if "\0" in entry:
        return "has a NUL character"
    if not 0 < weight < math.inf:
        return "has something other than a weight, a number above 0, after its tab"
    return ""


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _lines(file: TextIO) -> Iterator[str]:
    """The file's lines; an endless one is cut, and its entry then found too long."""
    while line := file.readline(_LINE_LIMIT):
        yield line


def _read_lines(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            lines = [line.rstrip("\n") for line in islice(_lines(file), ENTRY_LIMIT + 1)]
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8 text. Save it as UTF-8") from None
    except OSError as e:
        raise UsageError(f"{path}: cannot be read: {e.strerror}. Give a text file") from None
    if len(lines) > ENTRY_LIMIT:
        raise UsageError(f"{path}: has more than {ENTRY_LIMIT:,} lines. Split or shorten it")
    return lines
