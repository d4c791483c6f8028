"""Free text with a language model: shallow fusion inside a CTC prefix beam search."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from docextract.decoding.ctc import UNDERFLOW, forward, scaled, string_logp
from docextract.decoding.free import decode_free, likely_symbols
from docextract.decoding.ngram import Context, LanguageModel, is_scored
from docextract.decoding.search import Decoded
from docextract.types import Alphabet, Candidate, Lattice

_SURE_LOGP = math.log(0.999)  # a text this likely is beyond what a language model may overturn
_MIN_PROB = 1e-4  # of a symbol in a frame, to be tried there
_WIDTH = 12


def decode_fused(lattice: Lattice, language: LanguageModel, *, nbest: int = 5) -> Decoded:
    """Find the ``nbest`` texts with the most evidence of lattice and language model together.

    Prefix beam search with the model's score for every new character (Hannun et al. 2014,
    "First-pass large vocabulary continuous speech recognition"), joined with the lattice's own
    n-best. See ``rescore`` for what a candidate's ``logp`` means. ``exact`` is False.
    """
    slim = _slim(lattice)
    free = decode_free(slim, nbest=nbest)
    symbols = slim.alphabet.symbols
    sure = bool(free.candidates) and free.candidates[0].logp > _SURE_LOGP
    if sure or not any(map(is_scored, symbols)):
        return rescore(free, language)
    known = {candidate.text for candidate in free.candidates}
    written = {"".join(symbols[k] for k in found): found for found in _beam_search(slim, language)}
    fresh = {text: found for text, found in written.items() if text not in known}
    scored = zip(fresh, _exact_logps(slim, list(fresh.values())), strict=True)
    more = [Candidate(text, logp, {"ctc": logp}) for text, logp in scored if logp > -math.inf]
    ranked = rescore(replace(free, candidates=(*free.candidates, *more)), language)
    return replace(ranked, candidates=ranked.candidates[:nbest])


def _slim(lattice: Lattice) -> Lattice:
    """The lattice over the blank, first, and the symbols that are likely somewhere in it.

    Rows no longer sum to one: what the others have stays doubt.
    """
    used = np.r_[lattice.alphabet.blank, likely_symbols(lattice)[0]]
    symbols = tuple(lattice.alphabet.symbols[v] for v in used.tolist())
    return Lattice(lattice.logp[:, used], Alphabet(symbols))


def _exact_logps(lattice: Lattice, texts: Sequence[Sequence[int]]) -> list[float]:
    """The true CTC log-probability of each text, all in one pass."""
    probs, log_scale = scaled(np.exp(lattice.logp, dtype=np.float64))
    masses = [float(table[-1, -2:].sum()) for table in forward(probs, texts, 0)]
    return [
        math.log(mass) + log_scale if mass > UNDERFLOW else string_logp(lattice.logp, text, 0)
        for mass, text in zip(masses, texts, strict=True)
    ]


def rescore(decoded: Decoded, language: LanguageModel) -> Decoded:
    """Weigh candidates by a language model, best first.

    ``terms`` hold each candidate's true CTC log-probability and the model's two shares. Among
    candidates that differ only in Chinese characters their sum decides: the candidates' joint
    CTC mass is divided by it, and ``logp`` is the part of each. So what the lattice gives to other
    texts stays doubt, and whether a digit is an 8 or a 9 is left to the picture.
    """
    if not decoded.candidates:
        return decoded
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in decoded.candidates:
        groups[_unscored(candidate.text)].append(candidate)
    weighed = [c for group in groups.values() for c in _divided(group, language)]
    weighed.sort(key=lambda candidate: -candidate.logp)
    return replace(decoded, candidates=tuple(weighed), exact=False)


def _unscored(text: str) -> str:
    """The symbols that are not the language model's business, without blanks."""
    return "".join(c for c in text if not is_scored(c) and not c.isspace())


def _divided(group: Sequence[Candidate], language: LanguageModel) -> list[Candidate]:
    terms = [_terms(candidate, language) for candidate in group]
    totals = np.array([sum(shares.values()) for shares in terms])
    mass = np.logaddexp.reduce([candidate.logp for candidate in group])
    logps = (totals - np.logaddexp.reduce(totals) + mass).tolist()
    found = zip(group, logps, terms, strict=True)
    return [Candidate(candidate.text, logp, shares) for candidate, logp, shares in found]


def _terms(candidate: Candidate, language: LanguageModel) -> dict[str, float]:
    share = language.share(candidate.text)
    return {"ctc": candidate.logp, "lm": share.lm, "length": share.length}


class _Prefix:
    """A text so far: the label it ends with, and the language model's weight for it."""

    __slots__ = ("children", "context", "label", "labels", "score", "weight")

    def __init__(self, labels: tuple[int, ...], context: Context, score: float) -> None:
        self.labels, self.context, self.score = labels, context, score
        self.label = labels[-1] if labels else -1
        self.weight = math.exp(score)
        self.children: dict[int, _Prefix] = {}

    def child(self, label: int, symbols: Sequence[str], language: LanguageModel) -> _Prefix:
        """This prefix and one label more; always the same object for the same label."""
        found = self.children.get(label)
        if found is None:
            score, context = language.extend(self.context, symbols[label])
            found = _Prefix((*self.labels, label), context, self.score + score)
            self.children[label] = found
        return found


def _beam_search(lattice: Lattice, language: LanguageModel) -> list[tuple[int, ...]]:
    """The columns of the texts that end in the beam; the blank is column 0."""
    probs, _ = scaled(np.exp(lattice.logp, dtype=np.float64))
    symbols = lattice.alphabet.symbols
    root = _Prefix((), language.start(), 0.0)
    # The mass of all paths to a prefix that end on a blank, and on its last label.
    beam: dict[_Prefix, tuple[float, float]] = {root: (1.0, 0.0)}
    for row in probs.tolist():
        new = [(label, prob) for label, prob in enumerate(row) if prob > _MIN_PROB and label]
        grown: dict[_Prefix, tuple[float, float]] = {}
        for prefix, (on_blank, on_label) in beam.items():
            both = on_blank + on_label
            again = on_label * row[prefix.label] if on_label else 0.0
            before = grown.get(prefix, (0.0, 0.0))
            grown[prefix] = (before[0] + both * row[0], before[1] + again)
            for label, prob in new:
                mass = (on_blank if label == prefix.label else both) * prob
                if mass > 0:
                    child = prefix.child(label, symbols, language)
                    before = grown.get(child, (0.0, 0.0))
                    grown[child] = (before[0], before[1] + mass)
        beam = _widest(grown) if len(grown) > _WIDTH else grown
    return [prefix.labels for prefix in beam]


def _widest(grown: dict[_Prefix, tuple[float, float]]) -> dict[_Prefix, tuple[float, float]]:
    best = heapq.nlargest(_WIDTH, grown.items(), key=lambda item: sum(item[1]) * item[0].weight)
    return dict(best)
