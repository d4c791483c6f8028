"""Decoding against brute force over all paths of small lattices, and known lines of real size."""

from __future__ import annotations

import itertools
import math
import re
from collections import defaultdict
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docextract.decoding._prefix_search import NEGLIGIBLE
from docextract.decoding.ctc import string_logp
from docextract.decoding.free import decode_free
from docextract.decoding.grammar import compile_grammar
from docextract.decoding.search import Decoded, decode
from docextract.errors import GrammarError
from docextract.types import Alphabet, Lattice

SMALL = Alphabet(("", "1", "2", "１", " "))
SMALL_FOLDED = ("", "1", "2", "1", "")  # what each symbol of SMALL leaves in the text
PATTERNS = ("1*", "11", "[12]{2}", "1|22|12", "(12)*", "[12]*", "2?1+", ".+", "[^1]*", "１２?")


def lattice_of(rows: list[list[float]], alphabet: Alphabet) -> Lattice:
    logits = np.array(rows, np.float64)
    logp = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return Lattice(logp.astype(np.float32), alphabet)


def lattices(alphabet: Alphabet, *, spread: float = 12) -> st.SearchStrategy[Lattice]:
    row = st.lists(st.floats(-spread, spread), min_size=len(alphabet), max_size=len(alphabet))
    rows = st.lists(row, min_size=1, max_size=5)
    return rows.map(lambda r: lattice_of(r, alphabet))


def text_probabilities(lattice: Lattice, folded: tuple[str, ...]) -> dict[str, float]:
    """The probability of every text: one term for each of the paths over the folded symbols."""
    symbols = ("", *sorted(set(folded) - {""}))
    probs = np.exp(lattice.logp.astype(np.float64))
    rows = [
        {s: sum(p for p, f in zip(row, folded, strict=True) if f == s) for s in symbols}
        for row in probs
    ]
    totals: dict[str, float] = defaultdict(float)
    for path in itertools.product(symbols, repeat=len(rows)):
        text = "".join(symbol for symbol, _ in itertools.groupby(path))
        totals[text] += math.prod(row[s] for row, s in zip(rows, path, strict=True))
    return totals


def assert_best(decoded: Decoded, valid: dict[str, float], nbest: int) -> None:
    possible = sorted(valid.values(), reverse=True)[:nbest]
    expected = [p for p in possible if p >= NEGLIGIBLE * possible[0]]
    found = [math.exp(c.logp) for c in decoded.candidates]
    assert found == pytest.approx(expected, rel=1e-8, abs=0)
    assert len({c.text for c in decoded.candidates}) == len(found)
    for candidate in decoded.candidates:
        assert math.exp(candidate.logp) == pytest.approx(valid[candidate.text], rel=1e-8)
        assert candidate.terms == {"ctc": candidate.logp}


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=40, deadline=None)
@given(lattice=lattices(SMALL), nbest=st.integers(1, 5))
def test_decode_equals_brute_force(pattern: str, lattice: Lattice, nbest: int) -> None:
    folded_pattern = pattern.replace("１", "1").replace("２", "2")
    texts = text_probabilities(lattice, SMALL_FOLDED)
    valid = {t: p for t, p in texts.items() if re.fullmatch(folded_pattern, t)}
    decoded = decode(lattice, compile_grammar(pattern, SMALL), nbest=nbest)
    assert_best(decoded, valid, nbest)
    assert decoded.exact
    assert decoded.greedy == lattice.greedy()
    expected = math.log(sum(valid.values())) if valid else -math.inf
    assert decoded.valid_logp == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(lattice=lattices(Alphabet(("a", "b", "", "c"), blank=2), spread=2))
def test_free_text_equals_brute_force(lattice: Lattice) -> None:
    texts = text_probabilities(lattice, lattice.alphabet.symbols)
    decoded = decode_free(lattice, nbest=3)
    assert decoded.greedy == lattice.greedy()
    assert decoded.valid_logp == 0.0
    for candidate in decoded.candidates:
        assert math.exp(candidate.logp) == pytest.approx(texts[candidate.text], rel=1e-8)
    if decoded.exact:
        assert_best(decoded, texts, 3)


@settings(max_examples=60, deadline=None)
@given(lattice=lattices(SMALL), labels=st.lists(st.integers(1, 4), max_size=5))
def test_string_logp_sums_all_alignments(lattice: Lattice, labels: list[int]) -> None:
    texts = text_probabilities(lattice, ("", "1", "2", "3", "4"))
    expected = texts.get("".join(map(str, labels)), 0.0)
    assert math.exp(string_logp(lattice.logp, labels, 0)) == pytest.approx(expected, rel=1e-8)


def test_string_logp_survives_underflow() -> None:
    logp = np.full((200, 2), -60.0)
    logp[:, 0] = 0.0
    found = string_logp(logp, [1] * 18, 0)
    assert found == pytest.approx(18 * -60 + math.log(math.comb(200 - 17, 18)), abs=1e-3)


@pytest.mark.skipif(np.finfo(np.longdouble).minexp > -16000, reason="long double is double here")
def test_a_line_without_support_still_ranks_its_texts() -> None:
    logits = np.full((60, 5), -70.0)
    logits[:, 0] = 0
    logits[30, 1] = -65
    decoded = decode(Lattice(logits.astype(np.float32), SMALL), compile_grammar("1{9}|2{9}", SMALL))
    assert [c.text for c in decoded.candidates] == ["1" * 9, "2" * 9]
    assert decoded.valid_logp < -500
    assert decoded.exact


DIGITS = Alphabet(("", *"0123456789"))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("spread", [1.0, 4.0])
def test_the_best_of_a_vague_line_are_the_best_of_all_texts(seed: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    rows: list[list[float]] = rng.normal(0, spread, (9, len(DIGITS))).tolist()
    lattice = lattice_of(rows, DIGITS)
    found = decode(lattice, compile_grammar("[0-9]{3}", DIGITS))
    scored = {
        "".join(text): string_logp(lattice.logp, [int(c) + 1 for c in text], 0)
        for text in itertools.product("0123456789", repeat=3)
    }
    assert found.exact
    assert_best(found, {text: math.exp(logp) for text, logp in scored.items()}, 5)


@pytest.mark.parametrize("pattern", ["[0-9]{7}", "1?[0-9]+(22|[3-9])", "(12|21)*3?", "[0-9]*"])
@pytest.mark.parametrize("kind", [np.float64, np.longdouble])
def test_the_masses_behind_each_cell_are_sums_over_all_ways_on(
    pattern: str, kind: type[np.floating]
) -> None:
    """Of few frames all paths can be walked, cell by cell."""
    rng = np.random.default_rng(3)
    grammar = compile_grammar(pattern, DIGITS)
    arcs, frames = grammar.arcs, 4
    probs = rng.dirichlet(np.ones(1 + len(grammar.symbols)), frames).astype(kind)
    cells, total = arcs.backward(probs)

    @cache
    def ways(frame: int, cell: int) -> np.floating:
        """The mass of all ways on from a cell, this frame included."""
        mass = probs[frame, arcs.columns[cell]]
        if frame == frames - 1:
            return mass * bool(grammar.final[arcs.states[cell]])
        return mass * sum(ways(frame + 1, step) for step in steps(cell))

    def steps(cell: int) -> set[int]:
        state, column = int(arcs.states[cell]), int(arcs.columns[cell])
        onward = {int(arcs.led_to[state, k]) for k in range(1, 1 + len(grammar.symbols))}
        anew = int(arcs.led_to[state, column]) if column else -1
        return ({state} | onward) - {anew, len(arcs.states)} | {cell}

    for frame in range(frames):
        for cell in range(len(arcs.states)):
            assert cells[frame, cell] == pytest.approx(ways(frame, cell), rel=1e-12)
    assert total == pytest.approx(sum(ways(0, step) for step in steps(0)), rel=1e-12)
    assert cells.dtype == kind


def test_repeated_characters_need_a_blank_between() -> None:
    ones = lattice_of([[-90, 9, 0, -90, -90]] * 2, SMALL)
    apart = lattice_of([[-90, 9, 0, -90, -90], [9, 0, 0, -90, -90], [-90, 9, 0, -90, -90]], SMALL)
    grammar = compile_grammar("11|22?", SMALL)
    assert decode(ones, grammar).candidates[0].text == "2"
    assert decode(apart, grammar).candidates[0].text == "11"


def test_a_space_parts_equal_digits_and_is_dropped() -> None:
    rows = [[0, 9, 0, 0, 0], [0, 0, 0, 0, 9], [0, 9, 0, 0, 0]]
    lattice = lattice_of(rows, SMALL)
    assert decode(lattice, compile_grammar("1+", SMALL)).candidates[0].text == "11"
    kept = decode(lattice, compile_grammar("1+", SMALL, ignores="")).candidates[0]
    assert math.exp(kept.logp) < 0.01


def test_no_candidate_when_nothing_valid_has_probability() -> None:
    logp = np.full((3, 5), -np.inf, np.float32)
    logp[:, 0] = 0
    decoded = decode(Lattice(logp, SMALL), compile_grammar("1", SMALL))
    assert decoded.candidates == ()
    assert decoded.valid_logp == -math.inf


@pytest.mark.parametrize("steps", [0, 3])
def test_the_empty_text_may_be_valid(steps: int) -> None:
    logp = np.log(np.full((steps, 5), 0.2)).astype(np.float32)
    decoded = decode(Lattice(logp, SMALL), compile_grammar("", SMALL))
    assert [c.text for c in decoded.candidates] == [""]
    assert decoded.valid_logp == pytest.approx(steps * math.log(0.4))
    assert len(decode_free(Lattice(logp, SMALL)).candidates) == (5 if steps else 1)


def test_nbest_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        decode(lattice_of([[0.0] * 5], SMALL), compile_grammar("1", SMALL), nbest=0)


def test_a_vague_line_is_searched_within_limits() -> None:
    lattice = Lattice(np.full((60, 5), math.log(0.2), np.float32), SMALL)
    decoded = decode(lattice, compile_grammar("[12]{20}", SMALL))
    assert len(decoded.candidates) == 5
    assert not decoded.exact


def test_decode_refuses_a_grammar_of_another_alphabet() -> None:
    other = Alphabet(("", "2", "1", "１", " "))
    with pytest.raises(ValueError, match="alphabet"):
        decode(lattice_of([[0.0] * 5], SMALL), compile_grammar("1", other))


PRINTED = Alphabet(("", *"0123456789Xx.,-¥￥:： 　０—–−﹣（(○〇ⅢoOcS年", "ab"))


def folds(pattern: str, ignores: str = " ") -> dict[str, set[str]]:
    grammar = compile_grammar(pattern, PRINTED, ignores=ignores)
    table: dict[str, set[str]] = {s: set() for s in grammar.symbols}
    for symbol, k in zip(PRINTED.symbols, grammar.fold, strict=True):
        if k >= 0:
            table[grammar.symbols[k]].add(symbol)
    return table


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("¥0", {"¥": {"¥", "￥"}, "0": {"0", "０"}}),
        ("￥", {"¥": {"¥", "￥"}}),
        ("—", {"-": set("-—–−﹣")}),
        ("[:-]", {"-": set("-—–−﹣"), ":": set(":：")}),
        ("（", {"(": set("（(")}),
        ("〇", {"〇": set("○〇")}),
        ("X", {"X": {"X", "x"}}),
        ("[Xx]", {"X": {"X"}, "x": {"x"}}),
        ("C", {"C": {"c"}}),
        ("s", {"s": {"S"}}),
        ("1é?", {"1": {"1"}}),
        ("[^0-9A-Za-z .,¥:()—○]", {"年": {"年"}, "Ⅲ": {"Ⅲ"}}),
    ],
)
def test_symbols_of_one_shape_fold_into_one(pattern: str, expected: dict[str, set[str]]) -> None:
    assert folds(pattern) == expected


def test_a_space_the_pattern_names_is_kept() -> None:
    assert set(folds("1 2")) == {"1", " ", "2"}
    assert folds("1 2")[" "] == {" ", "　"}
    blanks = compile_grammar("1[^ ]", PRINTED).blanks
    assert {PRINTED.symbols[v] for v in blanks} == {"", " ", "　"}


@pytest.mark.parametrize(
    "pattern", [r"a{2,3}(b|cd)*e?", "", "(?i:ab)c", "a+?b??", "[a-c][^a]", ".", "a?", "(a|b){0,2}"]
)
@given(text=st.text("abcdeA", max_size=7))
def test_the_automaton_accepts_what_the_expression_matches(pattern: str, text: str) -> None:
    alphabet = Alphabet(("", *"abcdeABCDE"))
    matches = re.fullmatch(pattern, text) is not None
    assert compile_grammar(pattern, alphabet).accepts(text) == matches


def test_every_state_is_needed() -> None:
    assert compile_grammar("ab|cb|é1", Alphabet(("", *"abc1"))).next.shape == (3, 3)
    assert compile_grammar("(1|2)(1|2)|1[12]", SMALL).next.shape == (3, 2)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("[0-9", "regular expression"),
        ("(?=1)1", "look-around"),
        (r"(1)\1", "back-references"),
        ("^1$", "anchors"),
        ("1é", "lacks 'é'"),
        ("[^\x00-\uffff]", "no text"),
        ("(1|2)*1(1|2){20}", "20000 states"),
        ("1{30000}", "20000 states"),
        ("((1{500}){500}){500}", "states"),
    ],
)
def test_a_pattern_that_cannot_be_met_is_refused(pattern: str, says: str) -> None:
    with pytest.raises(GrammarError, match=re.escape(says)):
        compile_grammar(pattern, SMALL)


def test_the_state_limit_can_be_set() -> None:
    assert len(compile_grammar("1{9}", SMALL, state_limit=10).final) == 10
    with pytest.raises(GrammarError, match="10 states"):
        compile_grammar("1{10}", SMALL, state_limit=10)


def test_grammars_are_compiled_once_for_equal_alphabets() -> None:
    grammar = compile_grammar("[12]{3}", SMALL)
    assert compile_grammar("[12]{3}", Alphabet(SMALL.symbols)) is grammar
    assert compile_grammar("[12]{3}", Alphabet(SMALL.symbols, blank=4)) is not grammar
    assert compile_grammar("[12]{3}", SMALL, ignores="") is not grammar


def printed_line(text: str, alphabet: Alphabet, *, noise: float, seed: int = 0) -> Lattice:
    """A line of 80 frames; ``noise`` is the standard deviation of all logits."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, noise, (80, len(alphabet)))
    logits[:, alphabet.blank] += 12
    for i, char in enumerate(text):
        logits[round((i + 0.5) * 80 / len(text)), alphabet.symbols.index(char)] += 20
    return lattice_of(logits.tolist(), alphabet)


AMOUNT = r"¥?(0|[1-9][0-9]{0,2}(,[0-9]{3})+|[1-9][0-9]*)\.[0-9]{2}"
WIDE = Alphabet(("", *"0123456789.,¥￥ 。，Oo", *(chr(0x4E00 + i) for i in range(500))))


def test_an_amount_is_read_through_noise_and_wrong_symbols() -> None:
    lattice = printed_line("￥1 2,8o6。50", WIDE, noise=1.0)
    lattice.logp[:, WIDE.symbols.index("0")] += 3
    lattice.logp[:, WIDE.symbols.index(".")] += 3
    decoded = decode(lattice, compile_grammar(AMOUNT, WIDE))
    assert decoded.greedy == "￥1 2,8o6。50"
    assert decoded.candidates[0].text == "¥12,806.50"
    assert decoded.exact
    assert decoded.valid_logp >= decoded.candidates[0].logp


@pytest.mark.parametrize("seed", range(5))
def test_scores_of_long_lines_are_those_of_the_folded_lattice(seed: int) -> None:
    grammar = compile_grammar(AMOUNT, WIDE)
    lattice = printed_line("¥12,806.50", WIDE, noise=3.0, seed=seed)
    folded = np.full((80, 1 + len(grammar.symbols)), -np.inf)
    for v in range(len(WIDE)):
        k = 0 if v in grammar.blanks else grammar.fold[v] + 1
        if k or v in grammar.blanks:
            folded[:, k] = np.logaddexp(folded[:, k], lattice.logp[:, v])
    for claim in grammar.claims:
        claimed = lattice.logp[:, claim.read].astype(float) + math.log(claim.share)
        folded[:, claim.symbol + 1] = np.logaddexp(folded[:, claim.symbol + 1], claimed)
    decoded = decode(lattice, grammar)
    assert len(decoded.candidates) == 5
    for c in decoded.candidates:
        labels = [grammar.symbols.index(s) + 1 for s in c.text]
        assert c.logp == pytest.approx(string_logp(folded, labels, 0), abs=1e-9)
    total = np.logaddexp.reduce([c.logp for c in decoded.candidates])
    assert total <= decoded.valid_logp + 1e-9


def test_a_grammar_of_thousands_of_symbols_keeps_the_likely_ones() -> None:
    text = "一丁丂七丄丅丆万丈三"
    words = "|".join(chr(0x4E00 + i) * 3 for i in range(400))
    lattice = printed_line(text, WIDE, noise=0.5)
    assert decode(lattice, compile_grammar(f".{{9,11}}|{words}", WIDE)).candidates[0].text == text


def test_free_text_of_a_clear_line() -> None:
    lattice = printed_line("一丁 丂七￥12", WIDE, noise=0.5)
    decoded = decode_free(lattice)
    assert decoded.greedy == decoded.candidates[0].text == "一丁 丂七￥12"
    assert len(decoded.candidates) == 5
    labels = [WIDE.symbols.index(c) for c in decoded.greedy]
    assert decoded.candidates[0].logp == pytest.approx(string_logp(lattice.logp, labels, 0))
