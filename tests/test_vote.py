"""Votes against brute force over all pairs of paths, and what agreement and doubt make of them."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docextract.decoding import (
    Ballot,
    VoteWeights,
    compile_forms,
    compile_grammar,
    decode,
    decode_free,
    vote,
)
from docextract.decoding.spelling import is_open, unwritable, unwritable_around
from docextract.decoding.vote import text_probabilities
from docextract.decoding.vote_weights import load_vote_weights
from docextract.errors import ModelError
from docextract.fields import Form
from docextract.recognition import model_names
from docextract.types import OTHER, Alphabet, Lattice

# Two alphabets of one language: other symbols twice, another order, one without a blank to drop.
FIRST = Alphabet(("", "1", "2", "１", " "))
FIRST_FOLDED = ("", "1", "2", "1", "")
SECOND = Alphabet(("2", "x", "1", ""), blank=3)
SECOND_FOLDED = ("2", "x", "1", "")
PATTERNS = ("1*", "[12]{1,2}", "12|2|11", "(21)*")
WEIGHTS = VoteWeights(models={"first": 0.8, "second": 0.5}, floor=1e-4, other=-0.7)


def lattice_of(rows: list[list[float]], alphabet: Alphabet) -> Lattice:
    logits = np.array(rows, np.float64)
    logp = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return Lattice(logp.astype(np.float32), alphabet)


def lattices(alphabet: Alphabet) -> st.SearchStrategy[Lattice]:
    row = st.lists(st.floats(-9, 9), min_size=len(alphabet), max_size=len(alphabet))
    rows = st.lists(row, min_size=1, max_size=4)
    return rows.map(lambda r: lattice_of(r, alphabet))


def text_masses(lattice: Lattice, folded: tuple[str, ...]) -> dict[str, float]:
    """The probability of every text: one term for each path over the folded symbols."""
    symbols = ("", *sorted(set(folded) - {""}))
    rows = [
        {s: sum(p for p, f in zip(row, folded, strict=True) if f == s) for s in symbols}
        for row in np.exp(lattice.logp.astype(np.float64))
    ]
    totals: dict[str, float] = defaultdict(float)
    for path in itertools.product(symbols, repeat=len(rows)):
        text = "".join(symbol for symbol, _ in itertools.groupby(path))
        totals[text] += math.prod(row[s] for row, s in zip(rows, path, strict=True))
    return totals


def blank_mass(lattice: Lattice) -> float:
    return float(np.exp(lattice.logp[:, lattice.alphabet.blank].astype(np.float64)).prod())


def ballot(model: str, lattice: Lattice, pattern: str | None, nbest: int = 5) -> Ballot:
    if pattern is None:
        return Ballot(model, lattice, decode_free(lattice, nbest=nbest))
    grammar = compile_grammar(pattern, lattice.alphabet)
    return Ballot(model, lattice, decode(lattice, grammar, nbest=nbest), (grammar,))


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=40, deadline=None)
@given(first=lattices(FIRST), second=lattices(SECOND), nbest=st.integers(1, 3))
def test_a_vote_equals_brute_force(pattern, first, second, nbest):
    ballots = [
        ballot("first", first, pattern, nbest),
        ballot("second", second, pattern, nbest),
    ]
    masses = [text_masses(first, FIRST_FOLDED), text_masses(second, SECOND_FOLDED)]
    texts = {c.text for one in ballots for c in one.decoded.candidates}
    blanks = [blank_mass(first), blank_mass(second)]
    others = [
        max(0.0, 1 - blank - sum(mass[t] for t in texts))
        for blank, mass in zip(blanks, masses, strict=True)
    ]

    def pooled(a: float, b: float) -> float:
        return (a + 1e-4) ** 0.8 * (b + 1e-4) ** 0.5

    joint = {text: pooled(masses[0][text], masses[1][text]) for text in texts}
    blank, other = pooled(*blanks), pooled(*others) * math.exp(-0.7)
    total = sum(joint.values()) + blank + other
    outcome = vote(ballots, WEIGHTS)
    found = {c.text: math.exp(c.logp) for c in outcome.decoded.candidates}
    assert len(found) == min(5, len(texts))
    assert found == pytest.approx({t: joint[t] / total for t in found}, rel=1e-5)
    logps = [c.logp for c in outcome.decoded.candidates]
    assert logps == sorted(logps, reverse=True)
    assert math.exp(outcome.empty_logp) == pytest.approx(blank / total, rel=1e-5)
    valid = sum(joint.values()) / total
    assert math.exp(outcome.decoded.valid_logp) == pytest.approx(valid, rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(lattice=lattices(FIRST), texts=st.lists(st.text("12x", max_size=4), max_size=4))
def test_free_texts_are_scored_over_all_their_forms(lattice, texts):
    masses = text_masses(lattice, ("", "1", "2", "1", " "))  # in free text a blank is a symbol
    found = text_probabilities(ballot("first", lattice, None), texts)
    assert found == pytest.approx([masses.get(text, 0.0) for text in texts], rel=1e-6, abs=1e-12)


def said(**texts: float) -> Ballot:
    """A ballot of one step that gives each digit this probability, and the rest to "x"."""
    names = [name.strip("_") for name in texts]
    alphabet = Alphabet(("", *names, "x"))
    probabilities = [1e-9, *texts.values(), max(1e-9, 1 - sum(texts.values()))]
    lattice = Lattice(np.log(np.array([probabilities], np.float32)), alphabet)
    return ballot("", lattice, "[0-9]")


def outcome_of(*ballots: Ballot) -> dict[str, float]:
    named = [
        Ballot(name, b.lattice, b.decoded, b.grammars)
        for name, b in zip(("first", "second"), ballots, strict=True)
    ]
    weights = VoteWeights(models={"first": 0.8, "second": 0.8}, floor=1e-4)
    return {c.text: math.exp(c.logp) for c in vote(named, weights).decoded.candidates}


def test_agreement_raises_confidence_and_disagreement_lowers_it():
    alone = 0.9
    agreed = outcome_of(said(_7=alone, _1=0.08), said(_7=0.85, _1=0.1))
    assert agreed["7"] > alone
    disputed = outcome_of(said(_7=alone, _1=0.08), said(_7=0.1, _1=0.85))
    assert disputed["7"] < 0.6
    assert disputed["1"] < 0.6


def test_the_surer_recognizer_wins_a_dispute():
    found = outcome_of(said(_7=0.6, _1=0.3), said(_7=0.02, _1=0.97))
    assert found["1"] > found["7"]


def test_two_that_see_nothing_valid_do_not_agree_on_a_value():
    assert outcome_of(said(_7=0.01), said(_7=0.02))["7"] < 0.05


def test_no_lattice_overrules_the_other_without_limit():
    """A network's 1e-30 is no proof: it counts as the floor does."""
    found = outcome_of(said(_7=1 - 1e-7, _1=1e-30), said(_7=0.02, _1=0.97))
    assert 0.01 < found["1"] < 0.99


def test_a_text_that_an_alphabet_cannot_write_counts_as_the_floor():
    with_sign = Alphabet(("", "7", "¥"))
    lattice = lattice_of([[-9, -9, 9], [-9, 9, -9]], with_sign)
    grammar = "¥?7"
    first = ballot("first", lattice, grammar)
    second = ballot("second", lattice_of([[9, -9], [-9, 9]], Alphabet(("", "7"))), grammar)
    assert text_probabilities(second, ["¥7", "7"]) == [0.0, pytest.approx(1, abs=1e-6)]
    outcome = vote([first, second], WEIGHTS)
    (sign,) = (c for c in outcome.decoded.candidates if c.text == "¥7")
    assert sign.terms["second"] == pytest.approx(0.5 * math.log(1e-4))


def test_terms_name_every_recognizers_share_and_add_up():
    first = ballot("first", lattice_of([[0, 2, 1, 0, 0]], FIRST), "[12]")
    second = ballot("second", lattice_of([[1, 0, 2, 0]], SECOND), "[12]")
    one, two = vote([first, second], WEIGHTS).decoded.candidates
    assert set(one.terms) == {"first", "second"}
    led = sum(one.terms.values()) - sum(two.terms.values())
    assert one.logp - two.logp == pytest.approx(led)


@pytest.mark.parametrize(
    ("pattern", "missing"),
    [
        ("[0-9]+", ""),
        ("(合计)?[:：]?", "合计"),
        ("[:：]", ""),
        ("[^0-9]*", ""),
        (r"\s*A", ""),
        ("[a-z]", ""),
        ("[1-5合]", ""),
        ("[1合计]", "合计"),
        ("", ""),
    ],
)
def test_what_an_alphabet_cannot_write_is_told(pattern, missing):
    alphabet = Alphabet(("", *"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ："))
    assert unwritable(pattern, alphabet) == missing


@pytest.mark.parametrize(
    ("around", "missing"),
    [("(发票代码)?[:：]?", ""), ("[一-龥]{2}", None), ("発行ж", "ж"), ("[^0-9]*", "")],
)
def test_other_stands_for_the_few_characters_that_are_named(around, missing):
    alphabet = Alphabet(("", *"0123456789:", OTHER))
    found = unwritable_around(around, alphabet)
    assert found == missing if missing is not None else len(found) > 20_000
    assert "发" in unwritable("发?1", alphabet)  # a value has to be written


def test_a_label_is_read_by_a_recognizer_that_sees_only_that_it_is_chinese():
    few = Alphabet(("", "1", "2", OTHER))
    (labelled,) = compile_forms((Form("[12]{2}"),), few, prefix="代码")
    columns = {"": 0, "1": 1, "2": 2, OTHER: 3}
    seen = [OTHER, "", OTHER, "", "1", "2"]
    lattice = lattice_of([[9 * (columns[s] == v) for v in range(4)] for s in seen], few)
    first, *_ = decode(lattice, labelled).candidates
    assert first.text == "代码12"
    assert math.exp(first.logp) == pytest.approx(1, abs=0.01)
    named = compile_grammar("[12]{2}", few)
    assert math.exp(decode(lattice, named).valid_logp) < 0.01  # it is no part of the value


def test_what_another_recognizer_reads_is_some_character_to_one_of_few_symbols():
    few, many = Alphabet(("", "1", OTHER)), Alphabet(("", "1", "张"))
    unsure = lattice_of([[0, 3, 0], [3, 0, 0], [0, 0, 9]], few)
    sure = lattice_of([[0, 9, 0], [9, 0, 0], [0, 0, 9]], many)
    first, second = ballot("first", unsure, "1.?"), ballot("second", sure, "1.?")
    assert text_probabilities(first, ["1张"])[0] == pytest.approx(
        text_probabilities(first, [f"1{OTHER}"])[0]
    )
    assert vote([first, second], WEIGHTS).decoded.candidates[0].text == "1张"


@pytest.mark.parametrize(
    ("pattern", "open_"), [("[0-9]+", False), ("合计.{0,3}", True), ("[^0-9]?", True), ("", False)]
)
def test_a_pattern_that_takes_any_character_is_told(pattern, open_):
    assert is_open(pattern) == open_


def test_a_letter_of_a_case_that_the_alphabet_lacks_is_read_as_the_other():
    capital = Alphabet(("", "X", "1"))
    grammar = compile_grammar("[0-9]|[Xx]{2}", capital)
    decoded = decode(lattice_of([[-9, 9, -9], [9, -9, -9], [-9, 9, -9]], capital), grammar)
    assert decoded.candidates[0].text == "XX"


def test_every_fitted_company_is_of_shipped_models():
    weights = load_vote_weights(["ppocrv5-mobile", "ppocrv6-small"])
    assert weights.fitted
    assert set(weights.models) <= set(model_names())


def test_strangers_get_one_weight():
    weights = load_vote_weights(["ppocrv6-small", "stranger"])
    assert len(set(weights.models.values())) == 1
    assert not weights.fitted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("docextract: 1\nunfitted: 3\n", "unfitted: Input should be less than"),
        ("docextract: 1\nunfitted: 1\nvotes: [{models: {a: -1}}]", "votes.0.models.a"),
        ("a: [", "not readable vote weights"),
        ("", "Input should be a valid dictionary"),
    ],
)
def test_wrong_weights_are_one_clear_error(tmp_path: Path, text: str, message: str):
    path = tmp_path / "votes.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ModelError, match=message) as caught:
        load_vote_weights(["a"], path=path)
    assert "\n" not in str(caught.value)
