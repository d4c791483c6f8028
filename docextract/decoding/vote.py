"""A vote on lattices: several recognizers' evidence for each text of one line adds up.

A logarithmic opinion pool (Genest & Zidek 1986, "Combining probability distributions"): the
weighted log-probabilities of every hypothesis are added and scaled to sum to one again. The
hypotheses are the texts that any recognizer proposes, that nothing is printed, and that it is
something else; so recognizers that see nothing valid do not agree on a value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from docextract.decoding._alphabets import AlphabetKey, swap_case
from docextract.decoding._forms import forms_of
from docextract.decoding._masses import fold
from docextract.decoding.ctc import forward, scaled
from docextract.decoding.grammar import Grammar
from docextract.decoding.search import Decoded
from docextract.decoding.vote_weights import VoteWeights
from docextract.shapes import fold_symbol
from docextract.types import OTHER, Alphabet, Candidate, Lattice

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ballot:
    """What one recognizer says of a line: its lattice, and the texts decoded from it.

    ``grammars`` are those they were decoded in, none for free text.
    """

    model: str
    lattice: Lattice
    decoded: Decoded
    grammars: tuple[Grammar, ...] = ()

    @property
    def empty_logp(self) -> float:
        """The log-probability that every step is blank: that nothing is printed."""
        return float(self.lattice.logp[:, self.lattice.alphabet.blank].sum())


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The texts by their joint probability, and the log-probability of a blank place."""

    decoded: Decoded
    empty_logp: float


def vote(
    ballots: Sequence[Ballot], weights: VoteWeights, *, ignores: str = " ", nbest: int = 5
) -> Outcome:
    """Score every proposed text in every lattice and pool the evidence.

    A candidate's ``terms`` hold each recognizer's weighted log-evidence under its name, and what
    a language model or lexicon adds, which counts once. ``valid_logp`` is the log-probability of
    all proposed texts together; ``exact`` is False.
    """
    proposed = proposals(ballots, ignores)
    models = [ballot.model for ballot in ballots]
    shares = weighed([hypotheses(ballot, list(proposed)) for ballot in ballots], models, weights)
    added = [_added(candidate) for candidate in proposed.values()]
    *text_logps, empty_logp, _ = pooled(shares, weights, added)
    found = zip(proposed.values(), text_logps, shares[:, :-2].T.tolist(), strict=True)
    candidates = [_elected(c, logp, dict(zip(models, s, strict=True))) for c, logp, s in found]
    best = sorted(candidates, key=lambda candidate: -candidate.logp)[:nbest]
    valid_logp = float(np.logaddexp.reduce(text_logps, initial=-math.inf))
    decoded = Decoded(tuple(best), valid_logp, ballots[0].decoded.greedy, exact=False)
    return Outcome(decoded, empty_logp)


def proposals(ballots: Sequence[Ballot], ignores: str) -> dict[str, Candidate]:
    """The candidates of all ballots by their folded text; of equal ones the first."""
    ignored = {fold_symbol(c) for c in ignores}
    proposed: dict[str, Candidate] = {}
    for candidate in (c for ballot in ballots for c in ballot.decoded.candidates):
        folded = (fold_symbol(c) for c in candidate.text)
        proposed.setdefault("".join(c for c in folded if c not in ignored), candidate)
    return proposed


def hypotheses(ballot: Ballot, texts: Sequence[str]) -> list[float]:
    """The probability of each folded text in a lattice, of a blank place, and of anything else."""
    known = [*text_probabilities(ballot, texts), math.exp(ballot.empty_logp)]
    return [*known, max(0.0, 1 - sum(known))]


def weighed(
    probabilities: Sequence[Sequence[float]], models: Sequence[str], weights: VoteWeights
) -> Floats:
    """The weighted log-evidence (models, hypotheses); no lattice is believed beyond the floor."""
    shares: Floats = np.log(np.array(probabilities) + weights.floor)
    return shares * [[weights.models[model]] for model in models]


def pooled(shares: Floats, weights: VoteWeights, added: Sequence[float]) -> list[float]:
    """The joint log-probability of each hypothesis; ``added`` is further evidence for texts."""
    totals: Floats = shares.sum(axis=0) + np.array([*added, 0.0, weights.other])
    logps: list[float] = (totals - np.logaddexp.reduce(totals)).tolist()
    return logps


def text_probabilities(ballot: Ballot, texts: Sequence[str]) -> list[float]:
    """The probability of each folded text in a ballot's lattice, over all alignments.

    A text is read as the grammar that has it reads: with the alphabet folded, and look-alikes at
    their price. 0 for what cannot be written.
    """
    grammars = ballot.grammars or (_letters(texts, ballot.lattice.alphabet),)
    found = dict.fromkeys(texts, 0.0)
    for grammar in grammars:
        rest = [text for text in texts if not found[text]]
        mine = rest if grammar is grammars[-1] else [t for t in rest if grammar.accepts(t)]
        either_case = bool(ballot.grammars)
        found |= _probabilities(ballot.lattice, grammar, mine, either_case=either_case)
    return [found[text] for text in texts]


def _probabilities(
    lattice: Lattice, grammar: Grammar, texts: Sequence[str], *, either_case: bool
) -> dict[str, float]:
    columns = {c: k + 1 for k, c in enumerate(grammar.symbols)}
    if either_case:
        columns = {swap_case(c): k for c, k in columns.items()} | columns
    if OTHER in columns:  # another recognizer may have read what is only some character here
        known = forms_of(AlphabetKey(lattice.alphabet))
        beyond = {c for text in texts for c in text if c not in columns and c not in known}
        columns |= dict.fromkeys(beyond, columns[OTHER])
    spelled = {text: [columns.get(c, 0) for c in text] for text in texts}
    written = {text: labels for text, labels in spelled.items() if 0 not in labels}
    probs, log_scale = scaled(fold(lattice, grammar, np.dtype(np.float64)))
    tables = forward(probs, list(written.values()), 0)
    masses = [float(table[-1, -2:].sum()) * math.exp(log_scale) for table in tables]
    return dict(zip(written, masses, strict=True))


def _letters(texts: Sequence[str], alphabet: Alphabet) -> Grammar:
    """Any text over the characters of ``texts`` that the alphabet has, each in its own case."""
    forms = forms_of(AlphabetKey(alphabet))
    symbols = tuple(sorted(set("".join(texts)) & forms.keys()))
    columns = np.full(len(alphabet), -1, np.int32)
    for k, symbol in enumerate(symbols):
        columns[list(forms[symbol])] = k
    return Grammar(
        alphabet=alphabet,
        symbols=symbols,
        fold=columns,
        blanks=np.array([alphabet.blank]),
        next=np.zeros((1, len(symbols)), np.int32),
        final=np.ones(1, bool),
    )


def _added(candidate: Candidate) -> float:
    """What language model and lexicon gave a candidate beyond its lattice's evidence."""
    return candidate.logp - candidate.terms.get("ctc", candidate.logp)


def _elected(candidate: Candidate, logp: float, shares: Mapping[str, float]) -> Candidate:
    others = {name: term for name, term in candidate.terms.items() if name != "ctc"}
    return Candidate(candidate.text, logp, {**shares, **others})
