"""Lexicons: files and their mistakes, matching against brute force, favouring within bounds."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docextract import Extractor
from docextract.decoding import (
    Lexicon,
    compile_lexicon,
    decode_free,
    favour_lexicon,
    lexicon_names,
    load_lexicon,
    match_lexicon,
)
from docextract.decoding.ctc import string_logp
from docextract.errors import GrammarError, TemplateError, UnknownName, UsageError
from docextract.fields import field_types
from docextract.lines.reader import Knowledge, line_reader
from docextract.resources import resource_dir
from docextract.settling import Slot
from docextract.template import load_template
from docextract.types import Alphabet, Lattice

SMALL = Alphabet(("", "a", "b", "c", "ｃ", " "))


def lexicon(*entries: str, weights: tuple[float, ...] = ()) -> Lexicon:
    return Lexicon("test", entries, weights or (1.0,) * len(entries))


def lattice_of(rows: list[list[float]], alphabet: Alphabet) -> Lattice:
    logits = np.array(rows, np.float64)
    logp = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return Lattice(logp.astype(np.float32), alphabet)


def spelled(*symbols: dict[str, float]) -> Lattice:
    """A line of one frame a symbol, each with its probabilities, and blanks between."""
    chars = sorted({c for frame in symbols for c in frame})
    alphabet = Alphabet(("", *chars, *(c for c in "0O日曰未末公司甲乙丙丁" if c not in chars)))
    rows = np.full((2 * len(symbols) + 1, len(alphabet)), 1e-9)
    rows[::2, 0] = 1
    for t, frame in enumerate(symbols):
        for char, prob in frame.items():
            rows[2 * t + 1, alphabet.symbols.index(char)] = prob
    return Lattice(np.log(rows / rows.sum(axis=1, keepdims=True)).astype(np.float32), alphabet)


def favoured(line: Lattice, *entries: str, weights: tuple[float, ...] = ()) -> dict[str, float]:
    compiled = compile_lexicon(lexicon(*entries, weights=weights), line.alphabet, ignores="")
    found = favour_lexicon(line, compiled, decode_free(line))
    for candidate in found.candidates:
        assert sum(candidate.terms.values()) == pytest.approx(candidate.logp)
    return {c.text: math.exp(c.logp) for c in found.candidates}


def best(readings: dict[str, float]) -> str:
    return max(readings, key=lambda text: readings[text])


rows = st.lists(
    st.lists(st.floats(-12, 12), min_size=len(SMALL), max_size=len(SMALL)), min_size=1, max_size=7
)
entry_sets = st.sets(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=30)


@settings(max_examples=150, deadline=None)
@given(rows, entry_sets, st.integers(1, 6))
def test_hard_equals_brute_force_over_all_entries(
    rows: list[list[float]], entries: set[str], nbest: int
) -> None:
    line = lattice_of(rows, SMALL)
    found = match_lexicon(line, compile_lexicon(lexicon(*entries), SMALL), nbest=nbest)
    folded = np.logaddexp.reduce(line.logp[:, [3, 4]], axis=1)
    silent = np.logaddexp.reduce(line.logp[:, [0, 5]], axis=1)
    merged = np.column_stack([silent, line.logp[:, 1], line.logp[:, 2], folded])
    scores = {e: string_logp(merged, [" abc".index(c) for c in e], 0) for e in entries}
    top = max(scores.values())
    expected = sorted((s for s in scores.values() if s >= top - 14), reverse=True)[:nbest]
    if top == -math.inf:
        assert found.candidates == ()
        return
    assert found.exact
    assert [c.logp for c in found.candidates] == pytest.approx(expected, rel=1e-6, abs=1e-6)
    for candidate in found.candidates:
        assert candidate.logp == pytest.approx(scores[candidate.text], rel=1e-6, abs=1e-6)


def test_hard_finds_the_one_entry_among_thousands_and_prints_it_as_written() -> None:
    entries = [f"甲{i:04d}公司（{i % 7}）" for i in range(5000)]
    alphabet = Alphabet(("", *"甲公司()（）0123456789"))
    rng = np.random.default_rng(1)
    text = "甲3071公司(5)"
    rows = rng.normal(0, 1, (2 * len(text), len(alphabet)))
    rows[1::2, 0] += 9
    for i, char in enumerate(text):
        rows[2 * i, alphabet.symbols.index(char)] += 9
    found = match_lexicon(
        lattice_of(rows.tolist(), alphabet), compile_lexicon(lexicon(*entries), alphabet)
    )
    assert found.exact
    assert found.candidates[0].text == "甲3071公司（5）"


def test_hard_takes_either_case_where_the_lexicon_has_one() -> None:
    line = spelled({"K": 1.0}, {"G": 1.0})
    assert (
        match_lexicon(line, compile_lexicon(lexicon("kg", "t"), Alphabet(line.alphabet.symbols)))
        .candidates[0]
        .text
        == "kg"
    )


def test_hard_drops_ignored_blanks_but_keeps_the_entry_as_written() -> None:
    line = spelled({"甲": 1.0}, {"乙": 1.0})
    compiled = compile_lexicon(lexicon("甲 乙", "甲丙"), line.alphabet)
    assert match_lexicon(line, compiled).candidates[0].text == "甲 乙"


def test_entries_beyond_the_alphabet_are_left_out_and_none_left_is_an_error() -> None:
    compiled = compile_lexicon(lexicon("ab", "xy"), SMALL)
    assert compiled.printed == ("ab",)
    with pytest.raises(GrammarError, match=r"'test'.*none of its entries"):
        compile_lexicon(lexicon("xy"), SMALL)


def test_another_alphabet_is_refused() -> None:
    compiled = compile_lexicon(lexicon("ab"), SMALL)
    line = spelled({"甲": 1.0})
    with pytest.raises(ValueError, match="another alphabet"):
        match_lexicon(line, compiled)
    with pytest.raises(ValueError, match="another alphabet"):
        favour_lexicon(line, compiled, decode_free(line))


def test_soft_decides_a_doubtful_symbol_for_the_entry() -> None:
    line = spelled({"甲": 1.0}, {"乙": 0.6, "丙": 0.4}, {"公": 1.0}, {"司": 1.0})
    readings = favoured(line, "甲丙公司", "丁公司")
    assert best(readings) == "甲丙公司"
    assert readings["甲丙公司"] == pytest.approx(9 * 0.4 / (9 * 0.4 + 0.6), rel=1e-3)


def test_soft_counts_a_text_in_the_lexicon_once_and_makes_it_surer() -> None:
    line = spelled({"甲": 0.9, "乙": 0.1}, {"公": 1.0}, {"司": 1.0})
    readings = favoured(line, "甲公司")
    assert readings["甲公司"] == pytest.approx(8.1 / 8.2, rel=1e-3)
    assert sum(readings.values()) <= 1 + 1e-6


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.91, 0.999), st.sampled_from(["甲丙公司", "丙公司", "甲乙公", "丙乙公司", "公司"])
)
def test_soft_never_overrules_what_is_clearly_read(prob: float, entry: str) -> None:
    line = spelled({"甲": 1.0}, {"乙": prob, "丙": 1 - prob}, {"公": 1.0}, {"司": 1.0})
    assert best(favoured(line, entry)) == "甲乙公司"


@pytest.mark.parametrize(("read", "entry"), [("O", "0"), ("日", "曰"), ("未", "末")])
def test_look_alikes_become_rivals_but_do_not_win(read: str, entry: str) -> None:
    line = spelled({"甲": 1.0}, {read: 1.0}, {"公": 1.0}, {"司": 1.0})
    readings = favoured(line, f"甲{entry}公司")
    assert best(readings) == f"甲{read}公司"
    assert 0.01 < readings[f"甲{entry}公司"] < 0.5


def test_soft_matches_a_part_of_a_longer_line() -> None:
    line = spelled(
        *({c: 1.0} for c in "丁丁"),
        {"甲": 1.0},
        {"乙": 0.6, "丙": 0.4},
        {"公": 1.0},
        {"司": 1.0},
        {"丁": 1.0},
    )
    assert best(favoured(line, "甲丙公司")) == "丁丁甲丙公司丁"


def test_soft_restores_a_symbol_that_was_dropped() -> None:
    line = spelled({"甲": 1.0}, {"": 0.6, "乙": 0.4}, {"公": 1.0}, {"司": 1.0})
    assert decode_free(line).candidates[0].text == "甲公司"
    assert best(favoured(line, "甲乙公司")) == "甲乙公司"


def test_short_entries_do_not_match_inside_a_line() -> None:
    line = spelled({"甲": 1.0}, {"乙": 0.6, "丙": 0.4}, {"公": 1.0}, {"司": 1.0})
    readings = favoured(line, "丙", "甲丙")
    assert readings["甲乙公司"] == pytest.approx(0.6, rel=1e-3)


def test_a_short_entry_may_be_all_that_stands_before_a_suffix() -> None:
    line = spelled({"甲": 1.0}, {"乙": 0.5, "丙": 0.3, "丁": 0.2}, {"站": 1.0})
    compiled = compile_lexicon(lexicon("甲乙", "丙"), line.alphabet)
    favoured = favour_lexicon(line, compiled, decode_free(line), body=(0, 2))
    found = {c.text: math.exp(c.logp) for c in favoured.candidates}
    assert found["甲乙站"] == pytest.approx(4.5 / 5, rel=1e-3)
    assert found["甲丙站"] == pytest.approx(0.3 / 5, rel=1e-3)


def test_fields_with_other_suffixes_do_not_share_what_a_lexicon_says() -> None:
    line = spelled({"甲": 1.0}, {"乙": 0.5, "丙": 0.5}, {"站": 1.0})
    recognizer = SimpleNamespace(name="r", height=48, alphabet=line.alphabet)
    known = Knowledge(lexicon=lexicon("甲乙"))
    with_suffix, without = (
        line_reader(Slot("a", field_types.get("text")(), suffix=suffix), recognizer, known)
        for suffix in ("站", "")
    )
    ballots = [reader.read(line) for reader in (with_suffix, without)]
    found = [{c.text: math.exp(c.logp) for c in b.decoded.candidates} for b in ballots]
    assert found[0]["甲乙站"] > 0.85
    assert found[1]["甲乙站"] == pytest.approx(0.5, rel=1e-3)
    assert with_suffix.way != without.way


def test_a_rare_entry_gets_less_favour_than_a_common_one() -> None:
    line = spelled({"甲": 1.0}, {"乙": 0.5, "丙": 0.5}, {"公": 1.0}, {"司": 1.0})
    readings = favoured(line, "甲乙公司", "甲丙公司", weights=(10.0, 2.0))
    assert readings["甲乙公司"] == pytest.approx(5 * readings["甲丙公司"], rel=1e-3)


def test_a_lexicon_far_from_the_line_changes_nothing() -> None:
    line = spelled({"甲": 0.9, "乙": 0.1}, {"公": 1.0})
    compiled = compile_lexicon(lexicon("丁丁丁丁"), line.alphabet)
    free = decode_free(line)
    assert favour_lexicon(line, compiled, free).candidates == free.candidates


def written(folder: Path, content: bytes) -> Path:
    path = folder / "list.txt"
    path.write_bytes(content)
    return path


def test_a_file_gives_entries_and_weights(tmp_path: Path) -> None:
    text = "\ufeff# A list\n# Licence: none\n甲乙\t3\r\n\n丙 丁\n#1号\n"
    path = written(tmp_path, text.encode())
    found = load_lexicon(path)
    assert found.entries == ("甲乙", "丙 丁", "#1号")
    assert found.weights == (3.0, 1.0, 1.0)
    assert load_lexicon("list.txt", folder=tmp_path) is found


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    assert load_lexicon(written(tmp_path, b"a\n")).entries == ("a",)
    assert load_lexicon(written(tmp_path, b"a\nbc\n")).entries == ("a", "bc")


def test_a_second_column_with_a_name_is_no_weight(tmp_path: Path) -> None:
    path = written(tmp_path, "# column: code\n甲\t110000\n乙\tX\n".encode())
    assert load_lexicon(path).weights == (1.0, 1.0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no entries"),
        (b"# only a header\n\n", "no entries"),
        (b"a\nb\na\nc\nb\n", "line 3 repeats line 1; line 5 repeats line 2"),
        (b"a\na\na\na\na\n", "and 1 more"),
        ("甲乙".encode("gb18030"), "not UTF-8"),
        ("甲乙".encode("utf-16"), "not UTF-8"),
        (b"a\0b\n", "line 1 has a NUL"),
        (b"x" * 201 + b"\n", "line 1 has 201 characters"),
        (b"x" * 100_000, "line 1 has"),
        (b"a\tmany\n", "line 1 has something other than a weight"),
        (b"a\t0\n", "above 0"),
        (b"a\tinf\n", "above 0"),
        (b"\t3\n", "line 1 has no entry"),
    ],
)
def test_mistakes_in_a_file_are_named_with_their_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        load_lexicon(written(tmp_path, content))
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "list.txt") in str(caught.value)


def test_too_many_lines_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docextract.decoding.lexicon.ENTRY_LIMIT", 10)
    assert len(load_lexicon(written(tmp_path, b"".join(b"%d\n" % i for i in range(10))))) == 10
    with pytest.raises(UsageError, match="more than 10 lines"):
        load_lexicon(written(tmp_path, b"".join(b"%d\n" % i for i in range(11))))


def test_missing_files_and_unknown_names_say_what_is_near(tmp_path: Path) -> None:
    written(tmp_path, b"a\n")
    with pytest.raises(UsageError, match=r"no such lexicon. Did you mean 'list.txt'"):
        load_lexicon("lists.txt", folder=tmp_path)
    with pytest.raises(UnknownName, match="Did you mean 'banks'"):
        load_lexicon("bank")
    with pytest.raises(UsageError, match="cannot be read"):
        load_lexicon(tmp_path / "")


@pytest.mark.parametrize("name", lexicon_names())
def test_shipped_lexicons_are_sorted_and_say_where_they_come_from(name: str) -> None:
    found = load_lexicon(name)
    assert list(found.entries) == sorted(found.entries)
    text = (resource_dir("lexicons") / f"{name}.txt").read_text(encoding="utf-8")
    header = [line for line in text.splitlines() if line.startswith("# ")]
    assert any(line.startswith("# Source: ") for line in header)
    assert any(word in "".join(header) for word in ("MIT licence", "Apache-2.0"))


def test_shipped_lexicons_hold_what_their_names_promise() -> None:
    assert {"banks", "railway_stations", "regions", "surnames", "tax_categories", "units"} <= set(
        lexicon_names()
    )
    assert "*运输服务*" in load_lexicon("tax_categories").entries
    assert "北京南" in load_lexicon("railway_stations").entries
    assert "海淀区" in load_lexicon("regions").entries
    assert len(load_lexicon("regions")) > 2800


SAMPLES = resource_dir("templates") / "invoice"
SELLER = json.loads((SAMPLES / "labels.json").read_text("utf-8"))["pages"]["01-a.jpg"]["seller"]


def template_with(folder: Path, options: str, *, field: str = "seller") -> Path:
    """A copy of the invoice template whose field has further options."""
    for path in resource_dir("templates").glob("invoice*"):
        if path.is_file():
            shutil.copy(path, folder)
    path = folder / "invoice.yaml"
    text = path.read_text("utf-8")
    assert f"  {field}: {{" in text
    path.write_text(text.replace(f"  {field}: {{", f"  {field}: {{{options}, "), "utf-8")
    return path


def read_seller(folder: Path, options: str, *entries: str) -> str:
    (folder / "sellers.txt").write_text("\n".join(entries), "utf-8")
    reading = Extractor(template_with(folder, options)).read(SAMPLES / "01-a.jpg").readings
    return str(reading["seller"].value)


def test_a_template_names_a_list_beside_it_and_soft_leaves_other_values_alone(
    tmp_path: Path,
) -> None:
    another = SELLER[:-1] + "厂"
    assert read_seller(tmp_path, "lexicon: sellers.txt", another, "甲乙丙丁商店") == SELLER


def test_hard_reads_nothing_but_the_list(tmp_path: Path) -> None:
    another = SELLER[:-1] + "厂"
    options = "lexicon: sellers.txt, lexicon_mode: hard"
    assert read_seller(tmp_path, options, another, "甲乙丙丁商店") == another
    assert read_seller(tmp_path, options, another, SELLER, "甲乙丙丁商店") == SELLER


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("lexicon: bank", "fields.seller.lexicon: unknown lexicon 'bank'. Did you mean 'banks'"),
        ("lexicon: no.txt", r"fields.seller.lexicon: .*no.txt: no such lexicon"),
    ],
)
def test_a_lexicon_that_is_not_there_stops_the_extractor(
    tmp_path: Path, options: str, message: str
) -> None:
    with pytest.raises(TemplateError, match=message):
        Extractor(template_with(tmp_path, options))


@pytest.mark.parametrize(
    ("field", "options", "message"),
    [
        ("seller", "lexicon_mode: hard", "needs a name"),
        ("seller", "lexicon: banks, lexicon_mode: maybe", "lexicon_mode is 'maybe'"),
        ("seller", "lexicon: banks, suffix: X, lexicon_mode: hard", "no prefix or suffix"),
        ("qr", "lexicon: banks", "not print"),
    ],
)
def test_options_that_do_not_go_together_are_mistakes_of_the_template(
    tmp_path: Path, field: str, options: str, message: str
) -> None:
    with pytest.raises(TemplateError, match=message):
        load_template(template_with(tmp_path, options, field=field))
