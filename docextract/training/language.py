"""Language models made from a file of texts: models/NAME with its n-grams and its card."""

from __future__ import annotations

import gzip
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from docextract.decoding.ngram import LanguageModel, words_of
from docextract.errors import SourceError
from docextract.training.kneser_ney import NgramModel, estimate

NGRAMS_FILE, CARD_FILE = "lm.arpa.gz", "lm.yaml"


def read_texts(path: Path) -> list[str]:
    """The lines of a UTF-8 file that are not blank; raises SourceError."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except UnicodeDecodeError as err:
        raise SourceError(str(path), f"not UTF-8 at byte {err.start}. Save it as UTF-8") from None
    except OSError as err:
        raise SourceError(str(path), f"{err.strerror}. Give a file of one text a line") from None
    return [line for line in lines if line.strip()]


def build_language(
    texts: Sequence[str], folder: Path, *, order: int, prune: Sequence[int]
) -> NgramModel:
    """Estimate a character model and write it to ``folder``; the same texts give the same bytes.

    A card that is already there stays; else one with the usual weights is written.
    """
    model = estimate(map(words_of, texts), order=order, prune=prune)
    folder.mkdir(parents=True, exist_ok=True)
    with (
        (folder / NGRAMS_FILE).open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed,
        io.TextIOWrapper(packed, "utf-8", newline="\n") as text,
    ):
        model.write_arpa(text)
    card = folder / CARD_FILE
    if not card.exists():
        head = {"docextract": 1, "name": folder.name, "licence": "unknown", "file": NGRAMS_FILE}
        card.write_text(yaml.safe_dump(head, sort_keys=False, allow_unicode=True), "utf-8")
    return model


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a model foresees texts: perplexity by word (a character, or a run), ends too."""

    texts: int
    words: int
    perplexity: float


def evaluate(model: LanguageModel, texts: Sequence[str]) -> Fit:
    """The perplexity of ``texts``."""
    words = sum(len(words_of(text)) + 1 for text in texts)
    logp = sum(map(model.logp, texts))
    return Fit(len(texts), words, math.exp(-logp / words) if words else math.nan)
