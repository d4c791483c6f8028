"""Machine readable zones (ICAO 9303): their grammar, and drawn documents that bear them."""

from __future__ import annotations

import datetime
import json
import random
import re
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from docextract.checks import AsFigures, icao_9303, passes
from docextract.decoding import compile_forms
from docextract.errors import InvalidValue, TemplateError
from docextract.fields import field_types
from docextract.fields._mrz import FORMATS, read_zone
from docextract.pipeline import Extractor
from docextract.recognition import load_recognizer
from docextract.registration import Row
from docextract.registration.row_search import find_blocks
from docextract.resources import resource_dir
from docextract.synth import mrz
from docextract.synth._fonts import fonts_installed
from docextract.synth.photo import photograph
from docextract.template import load_template

TEMPLATES = resource_dir("templates")
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
needs_fonts = pytest.mark.skipif(not fonts_installed(but=()), reason="the drawing fonts are absent")

# --- the text ------------------------------------------------------------------------------

PASSPORT = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
ANNA = mrz.ZoneValues(
    format="TD3", document_type="P", issuer="UTO", surname="ERIKSSON", given_names="ANNA MARIA",
    number="L898902C3", nationality="UTO", birth=datetime.date(1974, 8, 12), sex="F",
    expiry=datetime.date(2012, 4, 15), optional="ZE184226B",
)  # fmt: skip


def refusal(text: str) -> str:
    with pytest.raises(InvalidValue) as caught:
        read_zone(text)
    assert text not in str(caught.value)
    return caught.value.check


def test_the_standards_passport_is_written_and_read() -> None:
    assert mrz.zone_rows(ANNA) == PASSPORT
    zone = read_zone("".join(PASSPORT))
    assert (zone.format, zone.surname, zone.given_names) == ("TD3", "ERIKSSON", "ANNA MARIA")
    assert (zone.issuer, zone.nationality, zone.number) == ("UTO", "UTO", "L898902C3")
    assert (zone.birth, zone.sex) == (datetime.date(1974, 8, 12), "F")
    assert (zone.expiry, zone.optional) == (datetime.date(2012, 4, 15), "ZE184226B")


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        ("C36UTO", "C37UTO", "number"),
        ("L89", "L88", "number"),
        ("7408122", "7408121", "birth"),
        ("1204159", "1204158", "expiry"),
        ("<<<<<10", "<<<<<20", "optional"),
        ("<<<<<10", "<<<<<11", "composite"),
        ("N<<ANNA", "N<<<ANN", "names"),
        ("P<UTO", "X<UTO", "pattern"),
        ("2F120", "2A120", "pattern"),
        ("<<<<<10", "<<<<10", "pattern"),
    ],
)
def test_what_is_wrong_has_its_name(old: str, new: str, check: str) -> None:
    text = "".join(PASSPORT)
    assert text.count(old) == 1
    assert refusal(text.replace(old, new)) == check


def test_a_long_number_goes_on_in_the_optional_data() -> None:
    for zone_format, number in (("TD1", "D23145890734"), ("TD2", "D2314589073")):
        values = replace(ANNA, format=zone_format, document_type="I", number=number, optional="")
        text = "".join(mrz.zone_rows(values))
        assert read_zone(text).number == number
        rest = number[9:] + mrz.check_digit(number)
        assert text.count(rest) == 1
        assert refusal(text.replace(rest, f"9{rest[1:]}")) == "composite"


def test_a_birth_is_in_the_last_century_before_the_expiry() -> None:
    for born, ends in (((1930, 5, 6), (2029, 1, 1)), ((2008, 5, 6), (2029, 1, 1)),
                       ((2000, 2, 29), (2020, 1, 1)), ((1998, 1, 2), (1999, 1, 1))):  # fmt: skip
        birth, expiry = datetime.date(*born), datetime.date(*ends)
        text = "".join(mrz.zone_rows(replace(ANNA, birth=birth, expiry=expiry)))
        assert (read_zone(text).birth, read_zone(text).expiry) == (birth, expiry)


def born(text: str) -> str:
    """The passport with another date of birth, and its check digits."""
    first, second = PASSPORT
    second = second[:13] + text + mrz.check_digit(text) + second[20:43]
    return first + second + mrz.check_digit(second[:10] + second[13:20] + second[21:43])


@pytest.mark.parametrize("unknown", ["<<<<<<", "70<<<<", "7012<<"])
def test_an_unknown_birth_has_no_date(unknown: str) -> None:
    assert read_zone(born(unknown)).birth is None


def test_a_day_that_there_was_not_is_refused() -> None:
    assert read_zone(born("720229")).birth == datetime.date(1972, 2, 29)
    assert refusal(born("740229")) == "calendar"


def test_letters_and_figures_that_look_alike_go_by_their_place() -> None:
    text = "".join(PASSPORT)
    read = text.replace("UTO", "UT0").replace("1204159", "I2O4IS9").replace("<<10", "<<IO")
    assert read_zone(read) == read_zone(text)
    assert refusal(text.replace("L898902", "L8989O2")) == "number"


def test_look_alikes_count_as_figures_only_where_figures_stand() -> None:
    check = AsFigures(icao_9303("n", range(2), 2), frozenset({2}))
    digit = mrz.check_digit("O1")
    assert passes(check, f"O1{digit}")
    assert passes(check, "0OZ") is (mrz.check_digit("0O") == "2")
    assert not passes(check, f"01{digit}")


seeds = st.integers(0, 10**6)


@QUICK
@given(seed=seeds, zone_format=st.sampled_from(mrz.FORMATS))
def test_what_is_written_is_read(seed: int, zone_format: str) -> None:
    values = mrz.random_values(random.Random(seed), zone_format)
    rows = mrz.zone_rows(values)
    zone, labels = read_zone("".join(rows)), values.labels()
    assert len(set(map(len, rows))) == 1
    for name, label in labels.items():
        said = getattr(zone, name)
        shown = said.isoformat() if isinstance(said, datetime.date) else said or None
        if name == "birth" and label is not None and values.birth != said:
            assert said is not None  # of a centenarian the zone does not tell
            assert said.year - values.birth.year == 100
        else:
            assert shown == label, name


@QUICK
@given(seed=seeds, zone_format=st.sampled_from(mrz.FORMATS), data=st.data())
def test_one_wrong_character_is_refused_where_a_digit_checks(
    seed: int, zone_format: str, data: st.DataObject
) -> None:
    values = mrz.random_values(random.Random(seed), zone_format)
    text = "".join(mrz.zone_rows(values))
    found = next(f for f in FORMATS if re.fullmatch(f.form.pattern, text))
    checked = [p for check in found.checks for p, w in enumerate(check.weights) if w]
    at = data.draw(st.sampled_from(checked))
    same = {"O": "0", "I": "1", "Z": "2", "S": "5", "B": "8"}
    other = data.draw(st.sampled_from("0123456789"))
    assume(other != same.get(text[at], text[at]))
    worth = [0 if c == "<" else int(c, 36) % 10 for c in (text[at], other)]
    assume(worth[0] != worth[1])  # modulo 10 an A is a 0
    with pytest.raises(InvalidValue):
        read_zone(text[:at] + other + text[at + 1 :])


@pytest.mark.parametrize("model", ["crnn-typed", "ppocrv6-small"])
def test_the_grammar_has_the_zones_and_not_those_of_wrong_digits(model: str) -> None:
    kind = field_types.get("mrz")()
    grammars = compile_forms(kind.forms, load_recognizer(model).alphabet)
    rng = random.Random(3)
    for i in range(40):
        values = mrz.random_values(rng, mrz.FORMATS[i % 5])
        text = "".join(mrz.zone_rows(values))
        assert any(grammar.accepts(text) for grammar in grammars)
        at = text.index(values.number[:9])
        wrong = text[:at] + chr(ord(text[at]) + 1) + text[at + 1 :]
        if len(values.number) < 10 and re.fullmatch("[0-8A-Y]", text[at]):
            assert not any(grammar.accepts(wrong) for grammar in grammars)


@pytest.mark.parametrize(
    ("name", "part", "hint"), [("mrz", "names", "given_names"), ("mrz_date", "issue", "birth")]
)
def test_an_unknown_part_is_refused_with_those_there_are(tmp_path, name, part, hint) -> None:
    source = (TEMPLATES / "mrz.yaml").read_text("utf-8")
    source = re.sub(r"reference: \S+", "reference:", source)
    kind = "mrz, part: number" if name == "mrz" else "mrz_date, part: birth"
    path = tmp_path / "mrz.yaml"
    path.write_text(source.replace(kind, f"{name}, part: {part}"), "utf-8")
    with pytest.raises(TemplateError) as caught:
        load_template(path)
    assert part in str(caught.value)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "cure"),
    [
        ("    rows:\n", "    lines:\n", "not a known key"),
        ("box: [100, 100, 1800, 47]", "box: [100, 100, 2800, 47]", "inside the page"),
        ('pattern: "[ACIV1]', 'pattern: "([ACIV1]', "regular expression"),
        ("{rows: true}", "{rows: false}", "rows"),
        (
            "fields:\n",
            "register: {anchors: [{text: PASSPORT, box: [100, 10, 300, 40]}]}\nfields:\n",
            "Take out its anchors",
        ),
    ],
)  # fmt: skip
def test_wrong_rows_are_told_with_a_cure(tmp_path, old, new, cure) -> None:
    source = re.sub(r"reference: \S+", "reference:", (TEMPLATES / "mrz.yaml").read_text("utf-8"))
    assert old in source
    path = tmp_path / "mrz.yaml"
    path.write_text(source.replace(old, new, 1), "utf-8")
    with pytest.raises(TemplateError, match=cure):
        load_template(path)


def test_rows_are_for_all_layouts_or_none(tmp_path) -> None:
    source = re.sub(r"reference: \S+", "reference:", (TEMPLATES / "mrz.yaml").read_text("utf-8"))
    path = tmp_path / "mrz.yaml"
    path.write_text(source.replace("fields:", "  - {name: bare}\nfields:", 1), "utf-8")
    with pytest.raises(TemplateError, match="Give every layout its rows"):
        load_template(path)


# --- rows in a picture ---------------------------------------------------------------------


def quad(x: float, y: float, length: float, height: float = 20.0) -> np.ndarray:
    corners = [[x, y], [x + length, y], [x + length, y + height], [x, y + height]]
    return np.array(corners, float)


def test_blocks_are_rows_under_one_another_longest_first() -> None:
    others = [quad(50, 20, 200), quad(400, 80, 90), quad(20, 300, 40)]
    zone = [quad(30, 400, 640), quad(30, 436, 632)]
    blocks = list(find_blocks([*others, *zone], 2))
    assert len(blocks) == 1
    starts, ends = blocks[0].ends_px.T
    assert np.allclose(starts.real, 30, atol=12)
    assert np.allclose(ends.real, 670, atol=12)
    assert blocks[0].ends_px[0].imag.mean() < blocks[0].ends_px[1].imag.mean()
    assert np.allclose(blocks[0].turned().ends_px, blocks[0].ends_px[::-1, ::-1])


def test_rows_found_in_pieces_or_short_are_as_long_as_the_longest() -> None:
    pieces = [quad(30, 400, 250), quad(320, 400, 350), quad(30, 436, 300), quad(30, 472, 640)]
    block = next(find_blocks(pieces, 3))
    assert np.allclose(np.abs(block.ends_px[:, 1] - block.ends_px[:, 0]), 640, atol=20)


def test_without_lines_there_are_no_blocks() -> None:
    assert list(find_blocks([], 2)) == []


def test_a_row_is_told_by_all_of_its_text() -> None:
    row = Row("[A-Z0-9<]{5,6}", (0, 0, 10, 1))
    assert row.is_read_in("p<ut o")
    assert not row.is_read_in("P<UTO<<")
    assert not row.is_read_in("P<UTÖ")


# --- documents -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor("mrz")


def shown(result) -> dict[str, str | None]:
    return {name: None if v is None else str(v) for name, v in result.values.items()}


def test_shipped_samples_read_as_labelled(extractor) -> None:
    pages = json.loads((TEMPLATES / "mrz" / "labels.json").read_text("utf-8"))["pages"]
    assert {labels["format"] for labels in pages.values()} == set(mrz.FORMATS)
    for file, labels in pages.items():
        result = extractor.read(TEMPLATES / "mrz" / file)
        assert shown(result) == labels, file
        assert result.status == "accepted", file


@needs_fonts
@pytest.mark.parametrize(
    ("zone_format", "degrees", "tilt"),
    [("TD1", 180, 0.0), ("TD2", 8, 0.1), ("TD3", 90, 0.0), ("MRV-A", -75, 0.1), ("MRV-B", 184, 0)],
)
def test_a_document_is_read_whichever_way_it_lies(extractor, zone_format, degrees, tilt) -> None:
    values = mrz.random_values(random.Random(21), zone_format)
    image = seen(mrz.draw_document(values), degrees=degrees, tilt=tilt)
    assert shown(extractor.read(image)) == values.labels()


def seen(image: np.ndarray, *, degrees: float, tilt: float) -> np.ndarray:
    """The picture turned, tilted, and laid on grey with a broad margin."""
    height, width = image.shape[:2]
    side = round(1.15 * float(np.hypot(height, width)))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    flat = corners - (width / 2, height / 2)
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    there = (flat / (1 + tilt * flat[:, 1:] / height)) @ turn + side / 2
    homography = cv2.getPerspectiveTransform(corners.astype(np.float32), there.astype(np.float32))
    return cv2.warpPerspective(
        image, homography, (side, side), borderValue=(96, 104, 110), flags=cv2.INTER_AREA
    )


@needs_fonts
def test_a_blurred_photograph_gives_the_value_or_doubt(extractor) -> None:
    values = mrz.random_values(random.Random(22), "TD3")
    photo, _ = photograph(mrz.draw_document(values, width_px=800), np.random.default_rng(5))
    for sigma in (0.8, 2.2):
        result = extractor.read(cv2.GaussianBlur(photo, (0, 0), sigma))
        labels = values.labels()
        for name, reading in result.readings.items():
            right = shown(result)[name] == labels[name]
            assert right or not extractor.limits[name].accepts(reading), (sigma, name)
        assert sigma > 1 or shown(result) == labels


@needs_fonts
def test_a_zone_with_a_wrong_digit_is_not_laundered(extractor, monkeypatch) -> None:
    values = mrz.random_values(random.Random(23), "TD3")
    first, second = mrz.zone_rows(values)
    wrong = second[:9] + str((int(second[9]) + 4) % 10) + second[10:]
    monkeypatch.setattr(mrz, "zone_rows", lambda _: (first, wrong))
    result = extractor.read(mrz.draw_document(values))
    assert result.status in ("review", "failed")
    assert not any(extractor.limits[n].accepts(r) for n, r in result.readings.items())


@needs_fonts
def test_a_damaged_zone_is_not_laundered(extractor) -> None:
    values = mrz.random_values(random.Random(24), "TD1")
    image = mrz.draw_document(values, width_px=1000)
    image[460:640, 300:360] = 236  # two characters of each row are gone
    result = extractor.read(image)
    assert result.status in ("review", "failed")
    assert not any(extractor.limits[n].accepts(r) for n, r in result.readings.items())


@pytest.mark.parametrize("paper", ["white", "noise", "invoice", "ticket"])
def test_other_pages_fail_with_a_reason_and_no_values(extractor, paper) -> None:
    result = extractor.read(other_page(paper))
    assert result.status == "failed"
    assert not result.readings
    assert result.record is None
    assert "no layout (td3, td2, td1) fits" in result.reason
    assert "Is it another kind of document" in result.reason


def other_page(paper: str) -> np.ndarray:
    if paper == "white":
        return np.full((800, 1200, 3), 255, np.uint8)
    if paper == "noise":
        return np.random.default_rng(0).integers(0, 256, (600, 900, 3), np.uint8)
    sample = "invoice/01-a.jpg" if paper == "invoice" else "train_ticket/01.jpg"
    return cv2.imread(str(TEMPLATES / sample))


def test_all_parts_of_a_zone_are_decoded_once(extractor, monkeypatch) -> None:
    from docextract.lines import reader

    decoded = []
    real = reader.LineReader.read
    monkeypatch.setattr(
        reader.LineReader, "read", lambda self, lattice: decoded.append(1) or real(self, lattice)
    )
    result = extractor.read(TEMPLATES / "mrz" / "02.jpg")
    assert result.status == "accepted"
    assert len(decoded) <= 2
