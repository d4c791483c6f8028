"""Lattices to texts when anything may be printed."""

from __future__ import annotations

import math

from docextract.decoding import LanguageModel, decode_fused
from docextract.types import Lattice

_SURE_LOGP = math.log(0.9)  # the best path's share, from which nothing else is looked for


def likely_text(lattice: Lattice, language: LanguageModel) -> tuple[str, float]:
    """The likeliest text of a line, and the probability that the models give it.

    Where the best path already has most of the probability, its text is taken, and its own share
    given, which is a little less than the text's. Else the texts are searched with the language
    model, which decides between Chinese characters only.
    """
    path_logp = float(lattice.logp.max(axis=1).sum())
    if path_logp > _SURE_LOGP:
        return lattice.greedy().strip(), math.exp(min(path_logp, 0.0))
    candidates = decode_fused(lattice, language, nbest=2).candidates
    if not candidates:
        return "", 0.0
    return candidates[0].text.strip(), math.exp(min(candidates[0].logp, 0.0))


def clearness(lattice: Lattice) -> float:
    """How sure a recognizer is a step on average (a natural logarithm, at most 0)."""
    return float(lattice.logp.max(axis=1).mean())
