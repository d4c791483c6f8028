"""Identity and bank cards: drawn ones read right, pictures cut out, addresses over lines."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from datetime import date
from types import ModuleType

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from docextract import Extractor
from docextract.cli.main import app
from docextract.cropping import ink_rows
from docextract.errors import TemplateError
from docextract.fields import field_types
from docextract.resources import resource_dir
from docextract.rules import compile_rule
from docextract.rules.rule import Verdict
from docextract.synth._cards import wrapped
from docextract.synth._fonts import fonts_installed
from docextract.synth.photo import photograph
from docextract.template import load_template

TEMPLATES = resource_dir("templates")
CARDS = ("id_card_front", "id_card_back", "bank_card")
drawn = pytest.mark.skipif(not fonts_installed(but=()), reason="the drawing fonts are absent")


@pytest.fixture(scope="module")
def readers() -> dict[str, Extractor]:
    return {name: Extractor(name) for name in CARDS}


def painter(name: str) -> ModuleType:
    return importlib.import_module(f"docextract.synth.{name}")


def shown(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def check(result, labels) -> None:
    """All values are right; a picture is allowed to send its page to a person."""
    assert {name: shown(value) for name, value in result.values.items()} == labels


@pytest.mark.parametrize("name", CARDS)
def test_shipped_samples_read_as_labelled(readers, name):
    for file, labels in json.loads((TEMPLATES / name / "labels.json").read_text("utf-8"))[
        "pages"
    ].items():
        check(readers[name].read(TEMPLATES / name / file), labels)


def test_the_paper_invoice_reads_as_labelled_and_tells_its_seal():
    reader, folder = Extractor("invoice_special"), TEMPLATES / "invoice_special"
    pages = json.loads((folder / "labels.json").read_text("utf-8"))["pages"]
    assert {labels["seal"] for labels in pages.values()} == {"true", "false"}
    for file, labels in pages.items():
        check(reader.read(folder / file), labels)


@pytest.fixture(scope="module")
def passports() -> Extractor:
    return Extractor("passport")


def test_passports_read_as_labelled(passports):
    folder = TEMPLATES / "passport"
    for file, labels in json.loads((folder / "labels.json").read_text("utf-8"))["pages"].items():
        check(passports.read(folder / file), labels)


@drawn
def test_print_and_zone_of_a_passport_must_agree(passports):
    from docextract.synth import passport

    values = passport.random_values(61)
    flat = passport.draw_passport(values)
    photo, _ = photograph(flat, np.random.default_rng(1))
    check(passports.read(photo), values.labels())
    other = passport.draw_passport(replace(values, zone=replace(values.zone, number="E00000017")))
    other[680:] = flat[680:]  # the zone of one and the print of the other
    assert passports.read(other).status == "review"


@drawn
@pytest.mark.parametrize("name", CARDS)
def test_other_cards_and_their_photographs_are_read(readers, name):
    image, labels = painter(name).draw_sample(733)
    check(readers[name].read(image), labels)
    photo, _ = photograph(image, np.random.default_rng(4))
    check(readers[name].read(cv2.rotate(photo, cv2.ROTATE_180)), labels)


@pytest.fixture(scope="module")
def licenses() -> Extractor:
    return Extractor("business_license")


def test_business_licences_read_as_labelled(licenses):
    folder = TEMPLATES / "business_license"
    pages = json.loads((folder / "labels.json").read_text("utf-8"))["pages"]
    layouts = set()
    for file, labels in pages.items():
        result = licenses.read(folder / file)
        check(result, labels)
        layouts.add(result.layout)
    assert layouts == {"landscape", "portrait"}


@drawn
@pytest.mark.parametrize("printing", ["landscape", "portrait"])
def test_photographs_of_both_printings_of_a_licence_are_read(licenses, printing):
    from docextract.synth import business_license

    values = business_license.random_values(58)
    flat = business_license.draw_license(values, printing, width_px=1500)
    photo, _ = photograph(flat, np.random.default_rng(4))
    result = licenses.read(photo)
    check(result, values.labels())
    assert result.layout == printing


@drawn
def test_a_licence_issued_before_its_company_was_founded_goes_to_review(licenses):
    from docextract.synth import business_license

    values = business_license.random_values(57)
    early = replace(values, issued=values.established.replace(year=values.established.year - 2))
    result = licenses.read(business_license.draw_license(early, "portrait", width_px=1300))
    assert result.status == "review"
    told = "rule:the company was established before the licence was issued"
    assert told in result.readings["issued"].failed


def portrait_card():
    from docextract.synth import id_card_front

    return id_card_front, id_card_front.random_values(21)


@drawn
def test_the_portrait_comes_with_the_reading(readers):
    module, values = portrait_card()
    result = readers["id_card_front"].read(module.draw_card(values, width_px=1712))
    image = result.readings["photo"].image
    assert image.shape[0] == pytest.approx(640, rel=0.04)  # at the page's own resolution
    assert image.shape[1] == pytest.approx(500, rel=0.04)
    assert image[:20, :20].mean() > 200  # the backdrop, not the card's edge
    assert result.record.photo is True
    assert result.readings["name"].image is None


@drawn
def test_without_a_portrait_the_page_goes_to_a_person(readers):
    module, values = portrait_card()
    image = module.draw_card(values, width_px=1000)
    image[70:470, 620:940] = image[20, 980]
    result = readers["id_card_front"].read(image)
    assert (result.values["photo"], result.status) == (None, "review")
    assert result.readings["photo"].failed == ("unreadable",)


@drawn
def test_crops_are_saved_beside_the_rows(tmp_path):
    sample = TEMPLATES / "id_card_front" / "01.jpg"
    ran = CliRunner().invoke(
        app, ["run", "-q", "-t", "id_card_front", str(sample), "--crops", str(tmp_path / "faces")]
    )
    row = json.loads(ran.stdout)
    assert row["crops"] == {"photo": "01-1-photo.png"}
    assert cv2.imread(str(tmp_path / "faces" / "01-1-photo.png")).shape[0] > 200


@drawn
def test_a_number_of_another_birthday_or_sex_is_not_accepted(readers):
    module, values = portrait_card()
    born = values.person.born.replace(year=values.person.born.year - 1)
    for person in (
        replace(values.person, born=born),
        replace(values.person, male=not values.person.male),
    ):
        image = module.draw_card(replace(values, person=person), width_px=1000)
        assert readers["id_card_front"].read(image).status == "review"


@drawn
@pytest.mark.parametrize(
    "address",
    ["北京市朝阳区和平里3号", "广西壮族自治区南宁市青秀区民族大道人民东路北三里第一社区88号"],
)
def test_an_address_has_as_many_lines_as_it_takes(readers, address):
    module, values = portrait_card()
    card = module.draw_card(replace(values, person=replace(values.person, address=address)))
    assert readers["id_card_front"].read(card).values["address"] == address


def test_rows_of_ink_are_told_apart():
    image = np.full((150, 400, 3), 255, np.uint8)
    for y in (40, 85, 130):
        cv2.putText(image, "HELLO ab", (20, y), cv2.FONT_HERSHEY_SIMPLEX, 1, (20, 20, 20), 2)
    assert len(ink_rows(image, 5)) == 3
    assert len(ink_rows(image, 2)) == 2
    assert ink_rows(np.full((150, 400, 3), 255, np.uint8), 3) == []


def test_a_date_in_a_text_compares_with_a_date():
    fields = load_template("id_card_front").fields
    rule = compile_rule("date(id_number[6:14]) == birth", fields)
    values = {"id_number": "11010519491231002X", "birth": date(1949, 12, 31)}
    assert rule.verdict(values) is Verdict.MET
    assert rule.verdict({**values, "birth": date(1949, 12, 30)}) is Verdict.VIOLATED


def test_lines_of_text_break_where_they_are_full():
    assert wrapped("人民东路362号5栋", 5) == ["人民东路3", "62号5栋"]


def test_an_image_field_has_no_options_of_print(tmp_path):
    (tmp_path / "card.yaml").write_text(
        "docextract: 1\nname: card\npage: {width: 100, height: 60}\nlayouts: [{name: a}]\n"
        "fields: {photo: {type: image, box: [0, 0, 10, 10], place: {lines: 3}}}\n"
    )
    with pytest.raises(TemplateError, match="not print has no line"):
        load_template(tmp_path / "card.yaml")
    assert field_types.get("image")().parse("true") is True
