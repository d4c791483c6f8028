"""What was learnt from documents goes when they go."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from docextract.durable import PART, write_durably
from docextract.errors import UsageError
from docextract.feedback.learnt import without_forgotten
from docextract.feedback.training_lines import LABELS, document_of

_DEAD_S = 86_400.0  # what was begun so long ago nobody finishes any more


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many lines to train on and entries of lexicons were deleted."""

    lines: int
    entries: int


def forget_all_but(folder: Path, kept: Collection[str]) -> Forgotten:
    """Delete what came from documents that are not among ``kept``, the SHA-256 of their files.

    In proposals and in all versions of a folder: lines to train on, with their texts; entries of
    lexicons, unless another document that is kept has them, too. Calibrations stay: they are a
    dozen numbers, fitted to all documents together. Raises UsageError when the folder fails.
    """
    try:
        for part in folder.glob(f"*/{PART}*"):
            if part.stat().st_mtime < time.time() - _DEAD_S:
                shutil.rmtree(part)
        lines = sum(_forget_lines(one, kept) for one in folder.glob("proposals/*/lines"))
        lexicons = (*folder.glob("proposals/*/*.txt"), *folder.glob("versions/*/*/*.txt"))
        return Forgotten(lines, sum(_forget_entries(lexicon, kept) for lexicon in lexicons))
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be purged: {error.strerror}. See that it may be written"
        ) from None


def _forget_lines(folder: Path, kept: Collection[str]) -> int:
    """Delete a folder's lines of documents that have gone: first their texts, then pictures."""
    known = {document_of(sha256) for sha256 in kept}
    rows = json.loads((folder / LABELS).read_text("utf-8"))
    staying = [row for row in rows if row["file"].split("-", 1)[0] in known]
    if len(staying) < len(rows):
        write_durably(folder / LABELS, json.dumps(staying, ensure_ascii=False, indent=0).encode())
    gone = [path for path in folder.glob("*.png") if path.name.split("-", 1)[0] not in known]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _forget_entries(lexicon: Path, kept: Collection[str]) -> int:
    before = lexicon.read_text("utf-8")
    after, gone = without_forgotten(before, kept)
    if after != before:
        write_durably(lexicon, after.encode())
    return gone
