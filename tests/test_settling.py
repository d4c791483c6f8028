"""Candidates become readings: what is chosen, how sure, and what is said of doubt."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from docextract.decoding import compile_grammar, decode
from docextract.fields import field_types
from docextract.settling import Slot, settle, settle_picture
from docextract.types import Alphabet, Candidate, Lattice, Reading

QUAD = np.array([[0, 0], [90, 0], [90, 20], [0, 20]], float)
NOTHING = -1e9


def slot(type_name: str, *, nullable: bool = False, prefix: str = "", suffix: str = "") -> Slot:
    return Slot("f", field_types.get(type_name)(), nullable, prefix, suffix)


def settled(where: Slot, *candidates: tuple[str, float], empty: float = NOTHING) -> Reading:
    """Settle texts given with their probabilities; ``empty`` is a log-probability."""
    listed = [Candidate(text, math.log(p)) for text, p in candidates]
    return settle(where, listed, empty_logp=empty, quad_px=QUAD)


def test_the_likeliest_value_wins_with_its_margin_over_the_next():
    reading = settled(slot("digits"), ("123", 0.6), ("124", 0.3))
    assert (reading.value, reading.text, reading.ok) == ("123", "123", True)
    assert reading.confidence == pytest.approx(0.6)
    assert reading.margin == pytest.approx(math.log(0.6 / 0.3))
    assert reading.quad_px is QUAD
    assert [candidate.text for candidate in reading.candidates] == ["123", "124"]


def test_equal_values_add_up():
    reading = settled(slot("amount"), ("9.97", 0.4), ("8.97", 0.3), ("¥8.97", 0.25))
    assert reading.value == Decimal("8.97")
    assert reading.confidence == pytest.approx(0.55)
    assert reading.margin == pytest.approx(math.log(0.55 / 0.4))


def test_without_a_rival_the_margin_is_over_nothing_printed():
    reading = settled(slot("digits"), ("7", 0.9), empty=math.log(0.01))
    assert reading.margin == pytest.approx(math.log(90))


def test_a_reading_tells_how_much_of_the_picture_is_valid_at_all():
    kind = slot("digits")
    reading = settle(
        kind, [Candidate("7", math.log(0.2))], empty_logp=NOTHING, quad_px=QUAD,
        valid_logp=math.log(0.25),
    )  # fmt: skip
    assert reading.mass == pytest.approx(0.25)
    nothing = settle(kind, [], empty_logp=NOTHING, quad_px=QUAD, valid_logp=-math.inf)
    assert nothing.mass == 0.0


def test_no_reading_is_quite_certain():
    assert 0.999 < settled(slot("digits"), ("7", 1.0)).confidence < 1


def test_an_impossible_date_is_passed_over():
    reading = settled(slot("date"), ("2021年02月30日", 0.7), ("2021年02月20日", 0.2))
    assert reading.value == date(2021, 2, 20)
    assert reading.confidence == pytest.approx(0.2)


def test_a_failing_check_is_named_and_gives_no_value():
    right = "11010519491231002X"  # the worked example of GB 11643
    assert settled(slot("id_card"), (right, 0.9)).value == right
    reading = settled(slot("id_card"), (right[:-1] + "1", 0.9))
    assert (reading.value, reading.confidence) == (None, 0.0)
    assert reading.failed == ("mod11-2",)


def test_each_failing_check_is_named_once():
    reading = settled(slot("date"), ("2021年02月30日", 0.5), ("2021年02月31日", 0.4))
    assert len(reading.failed) == 1


def test_checks_never_hold_the_value_read():
    secret = "110105194912310021"
    reading = settled(slot("id_card"), (secret, 0.9))
    assert all(secret not in check and secret[6:14] not in check for check in reading.failed)


@pytest.mark.parametrize("empty_p", [0.8, 0.5])
def test_a_blank_place_is_none_where_that_is_allowed(empty_p):
    reading = settled(slot("digits", nullable=True), ("1", 0.1), empty=math.log(empty_p))
    assert (reading.value, reading.text, reading.failed) == (None, "", ())
    assert reading.confidence == pytest.approx(empty_p)
    assert reading.margin == pytest.approx(math.log(empty_p / 0.1))


def test_a_blank_place_is_a_failed_check_where_a_value_is_needed():
    reading = settled(slot("digits"), ("1", 0.1), empty=math.log(0.8))
    assert (reading.value, reading.failed, reading.confidence) == (None, ("blank",), 0.0)


def test_print_that_outweighs_the_blank_is_read_even_where_none_is_allowed():
    reading = settled(slot("digits", nullable=True), ("1", 0.7), empty=math.log(0.2))
    assert reading.value == "1"


def test_nothing_at_all_is_unreadable():
    reading = settle(slot("digits"), [], empty_logp=-math.inf, quad_px=QUAD)
    assert (reading.value, reading.failed) == (None, ("unreadable",))


def test_what_is_printed_around_a_value_is_dropped():
    around = slot("digits", prefix="No[.:]", suffix="号?")
    assert settled(around, ("No.123号", 0.9)).value == "123"
    assert settled(around, ("No:123", 0.9)).text == "123"


def test_texts_that_differ_only_around_the_value_add_up():
    reading = settled(slot("digits", prefix="[No.]*"), ("N.55", 0.4), ("No.55", 0.3))
    assert reading.value == "55"
    assert reading.confidence == pytest.approx(0.7)


def test_a_barcode_is_right_unread_or_not_of_its_type():
    assert settle_picture(slot("digits"), "0042", quad_px=QUAD).value == "0042"
    assert settle_picture(slot("digits"), None, quad_px=QUAD).failed == ("unreadable",)
    assert settle_picture(slot("digits", nullable=True), None, quad_px=QUAD).ok
    wrong = settle_picture(slot("digits"), "x42", quad_px=QUAD)
    assert wrong.value is None
    assert not wrong.ok
    assert "x42" not in "".join(wrong.failed)


ALPHABET = Alphabet(("", *"0123456789"))


def printed(*steps: dict[str, float]) -> Lattice:
    """A lattice of the given probabilities a step; what is left of 1 is the blank's."""
    p = np.full((len(steps), len(ALPHABET)), 1e-9, np.float32)
    for row, step in zip(p, steps, strict=True):
        for symbol, share in step.items():
            row[ALPHABET.symbols.index(symbol)] = share
        row[0] = 1 - sum(step.values()) + 1e-9
    return Lattice(np.log(p), ALPHABET)


def test_a_lattice_settles_on_the_value_and_its_probability():
    lattice = printed({"4": 0.9, "1": 0.1}, {}, {"2": 0.8, "7": 0.2})
    where = Slot("f", field_types.get("digits")(length=2))
    found = decode(lattice, compile_grammar(r"[0-9]{2}", ALPHABET), nbest=4)
    reading = settle(where, found.candidates, empty_logp=-50.0, quad_px=QUAD)
    assert reading.value == "42"
    assert reading.confidence == pytest.approx(0.72, abs=1e-3)
    assert reading.margin == pytest.approx(math.log(0.72 / 0.18), abs=1e-2)
