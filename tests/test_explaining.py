"""Explanations: the reading taken apart in text and on one page, and clear errors."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from docextract import Extractor
from docextract.cli.main import app
from docextract.errors import RegistrationError, UnknownName, UsageError
from docextract.explaining import Explanation, explain, html_page
from docextract.explaining.lattice import BLANK, steps_of
from docextract.resources import resource_dir
from docextract.template import load_template
from docextract.types import Alphabet, Lattice

SAMPLES = resource_dir("templates") / "invoice"
SCAN = SAMPLES / "02-a.jpg"


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor("invoice")


@pytest.fixture(scope="module")
def total(extractor) -> Explanation:
    return explain(extractor.inspect(SCAN, "total"))


def _docextract(*arguments: object):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_steps_hold_the_likeliest_symbols_and_where_they_stand():
    probabilities = np.array([[0.9, 0.1, 0], [0.2, 0.7, 0.1], [0.998, 0.001, 0.001]], np.float32)
    with np.errstate(divide="ignore"):
        lattice = Lattice(np.log(probabilities), Alphabet(("", "a", "b")))
    first, second, last = steps_of(lattice)
    assert [symbol for symbol, _ in first.symbols] == [BLANK, "a"]
    assert [symbol for symbol, _ in second.symbols] == ["a", BLANK, "b"]
    assert second.symbols[0][1] == pytest.approx(0.7)
    assert (first.silent, second.silent, last.silent) == (False, False, True)
    assert first.middle < second.middle < last.middle


def test_an_explanation_agrees_with_the_reading(extractor, total):
    reading = extractor.read(SCAN).readings["total"]
    assert total.reading.value == reading.value
    assert total.reading.confidence == pytest.approx(reading.confidence)
    best = total.candidates[0]
    assert best.value == str(reading.value)
    assert best.failed == ""
    assert sum(best.candidate.terms.values()) == pytest.approx(best.candidate.logp)
    logps = [one.candidate.logp for one in total.candidates]
    assert logps == sorted(logps, reverse=True)


def test_the_greedy_text_is_that_of_the_steps(total):
    best = [step.symbols[0][0] for step in total.heard[0].steps]
    merged = [s for i, s in enumerate(best) if i == 0 or s != best[i - 1]]
    assert "".join(s for s in merged if s != BLANK) == total.heard[0].greedy


def test_rules_about_the_field_are_named_with_their_verdicts(total):
    assert total.rules == {"total == amount + (tax or 0)": "met", "total == total_cn": "met"}
    assert any("total_cn, is met" in sentence for sentence in total.why)


def test_a_field_of_text_shows_each_scorers_share(extractor):
    found = explain(extractor.inspect(SCAN, "seller"))
    assert {"ctc", "lm"} <= set(found.scorers)


def test_a_blank_field_says_that_nothing_outweighs_the_empty_place(extractor):
    pages = json.loads((SAMPLES / "labels.json").read_text("utf-8"))["pages"]
    page, name = next(
        (page, name)
        for page, labels in pages.items()
        for name, label in labels.items()
        if label is None and name in ("payee", "reviewer")
    )
    found = explain(extractor.inspect(SAMPLES / page, name))
    assert found.reading.value is None
    assert "No valid text outweighs an empty place." in found.why


class _Outline(HTMLParser):
    """Checks that tags close, and collects addresses and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [v or "" for k, v in attrs if k in ("href", "src")]
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [v or "" for k, v in attrs if k in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_whole_and_needs_no_other_file(total):
    page = _Outline()
    page.feed(html_page(total))
    assert page.open == []
    (address,) = page.addresses
    encoded = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    crop = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    assert (crop == total.crop).all()
    assert str(total.reading.value) in page.text
    assert all(sentence in page.text for sentence in total.why)
    assert page.text.count("∅") >= len(total.heard[0].steps) // 3


def test_the_terminal_shows_the_same_and_files_are_written_on_request(tmp_path, total):
    html, crop = tmp_path / "total.html", tmp_path / "total.png"
    result = _docextract(
        "explain", SCAN, "-t", "invoice", "--field", "total", "--html", html, "--crop", crop
    )
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith(f"total = {total.reading.value}, {total.status}")
    for number, sentence in enumerate(total.why, 1):
        assert f"{number}. {sentence}" in result.stdout
    for one in total.candidates:
        assert re.search(rf"^{re.escape(one.candidate.text)} .*{one.value}", result.stdout, re.M)
    assert html.read_text("utf-8") == html_page(total)
    assert (cv2.imread(str(crop)) == total.crop).all()


def test_wrong_names_are_answered_with_their_cure(extractor):
    with pytest.raises(UnknownName, match=r"unknown field 'totl'. Did you mean 'total'"):
        extractor.inspect(SCAN, "totl")
    with pytest.raises(UsageError, match="field 'qr' is not print"):
        extractor.inspect(SCAN, "qr")
    with pytest.raises(UsageError, match="has no page 2"):
        extractor.inspect(SCAN, "total", page=2)
    with pytest.raises(RegistrationError):
        extractor.inspect(np.full((600, 900, 3), 200, np.uint8), "total")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((SCAN, "-t", "invoice", "-f", "totl"), 2, "Did you mean 'total' or"),
        ((SCAN, "-t", "invoce", "-f", "total"), 2, "Did you mean 'invoice' or"),
        (("missing.jpg", "-t", "invoice", "-f", "total"), 3, "missing.jpg"),
        ((SCAN, "-t", "invoice", "-f", "total", "--html", "no/x.html"), 2, "no/x.html"),
    ],
)
def test_the_command_line_exits_with_the_errors_code(arguments, code, says):
    result = _docextract("explain", *arguments)
    assert result.exit_code == code
    assert says in result.stderr


def test_the_invoice_has_the_fields_these_tests_name():
    assert {"total", "seller", "qr"} <= load_template("invoice").fields.keys()
