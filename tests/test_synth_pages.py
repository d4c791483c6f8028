"""Pages drawn from templates: valid values, rules met, print in its place, read back by eval."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from docextract import Extractor
from docextract.cli.main import app
from docextract.errors import InvalidValue, MissingExtra, UsageError
from docextract.evaluation import Score, load_labels, marked_pages
from docextract.evaluation.right import means
from docextract.fields import Example, FieldType, field_types
from docextract.resources import resource_dir
from docextract.rules import Verdict, compile_rule
from docextract.synth._fonts import Face, fonts_installed
from docextract.synth.lines import faces
from docextract.synth.lines.faces import FaceBook, LineFontError
from docextract.synth.pages import HARD_PHOTO, PHOTO, SCAN, PageGenerator, write_pages
from docextract.synth.pages.drawing import LayoutDrawer
from docextract.synth.pages.natural import Person
from docextract.synth.pages.spelling import label_of
from docextract.template import load_template, template_names

pytest.importorskip("fontTools")
needs_fonts = pytest.mark.skipif(not fonts_installed(but=()), reason="the typefaces are missing")
PAGES = 2
BAR = 0.85  # the share of values on clean drawn pages that must be read right

ORDER = """\
docextract: 1
name: order
page: {width: 1200, height: 800}
layouts: [{name: a, reference: order.png}]
fields:
  number: {type: digits, length: 8, box: [60, 60, 400, 50]}
  date: {type: date, order: DMY, earliest: 2020-01-01, box: [700, 60, 260, 50]}
  due: {type: date, order: DMY, nullable: true, box: [700, 140, 260, 50]}
  isbn: {type: barcode, formats: [EAN13], box: [60, 640, 300, 120]}
  net: {type: amount, currency: EUR, box: [700, 400, 400, 50]}
  rate: {type: percent, box: [700, 480, 400, 50]}
  vat: {type: amount, currency: EUR, box: [700, 560, 400, 50]}
  total: {type: amount, currency: EUR, box: [700, 640, 400, 50], place: {right_of: Total}}
  paid: {type: checkbox, box: [60, 480, 40, 40]}
  way: {type: choice, boxes: {cash: [60, 560, 40, 40], card: [160, 560, 40, 40]}}
  note: {type: text, box: [60, 220, 560, 50], nullable: true}
  code: {type: code, form: "[A-Z]{2}[0-9]{3}", box: [60, 300, 300, 50]}
rules:
  - vat == round(net * (rate or 0), 2)
  - abs(total - net - vat) <= 0.01
  - due is None or due >= date
  - code[2:5] in number
  - net > 5
  - paid or way == 'cash'
"""


def blank_order() -> np.ndarray:
    form = np.full((800, 1200, 3), 255, np.uint8)
    for y in (30, 120, 200, 290, 370, 450, 540, 620, 780):
        cv2.line(form, (30, y), (1170, y), (60, 60, 60), 2)
    for x in (30, 640, 1170):
        cv2.line(form, (x, 30), (x, 780), (60, 60, 60), 2)
    for i in range(9):  # a cell a digit
        cv2.line(form, (60 + 50 * i, 62), (60 + 50 * i, 108), (60, 60, 60), 1)
    cv2.putText(form, "Total", (710, 675), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 2)
    for x, y in ((60, 480), (60, 560), (160, 560)):
        cv2.rectangle(form, (x, y), (x + 40, y + 40), (0, 0, 0), 2)
    return form


@pytest.fixture(scope="module")
def order(tmp_path_factory) -> Path:
    """A template with cells, a printed label, boxes to tick, a barcode and six kinds of rules."""
    folder = tmp_path_factory.mktemp("order")
    cv2.imwrite(str(folder / "order.png"), blank_order())
    (folder / "order.yaml").write_text(ORDER, "utf-8")
    return folder / "order.yaml"


def _docextract(*arguments: object):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def _changed(template: Path, folder: Path, old: str, new: str) -> Path:
    """A copy of a template with a piece of its text replaced."""
    shutil.copy(template.parent / "order.png", folder)
    text = template.read_text("utf-8")
    assert old in text
    path = folder / "order.yaml"
    path.write_text(text.replace(old, new), "utf-8")
    return path


def _drawer(path: Path) -> LayoutDrawer:
    template = load_template(path)
    return LayoutDrawer(template, template.layouts[0], FaceBook())


def _forms(path: str | Path, count: int):
    """What drawn forms of all layouts of a template say, those that continue a page aside."""
    template, person = load_template(path), Person()
    for layout in (layout for layout in template.layouts if not layout.continues):
        drawer = LayoutDrawer(template, layout, FaceBook())
        for i in range(count):
            person.begin(f"{layout.name}/{i}")
            yield template, drawer.fill(person)


def _score(folder: Path) -> Score:
    labels, score = load_labels(folder), Score()
    assert labels.template is not None
    for page in marked_pages(labels, Extractor(labels.template)):
        score.add(page)
    return score


# values


@needs_fonts
@pytest.mark.parametrize("name", [*template_names(), "order"])
def test_rules_hold_and_labels_say_the_values(name, order) -> None:
    for template, form in _forms(order if name == "order" else name, 6):
        assert form.values.keys() == template.fields.keys()
        for field, value in form.values.items():
            label, spec = label_of(value), template.fields[field]
            if value is None:
                assert spec.nullable, field
                continue
            assert label is not None
            try:
                assert spec.kind.parse(label) == value, field
            except InvalidValue:  # such as a zone's parts, which are compared as text
                assert label == str(value), field
        for line in template.rules:
            rule = compile_rule(line.rule, template.fields)
            assert rule.verdict(form.values) is Verdict.MET, line.rule


TYPES = {
    "code": {"form": "[A-Z]{2}[0-9]{3}|甲等"},
    "number": {"unit": "KM", "decimals": 1},
    "amount": {"currency": "JPY"},
    "digits": {"length": [3, 5]},
}
NO_LINE = {"barcode", "checkbox", "choice", "mrz", "mrz_date", "table"}


@needs_fonts
def test_every_type_of_print_has_valid_texts(tmp_path) -> None:
    names = [name for name in field_types.names() if name not in NO_LINE]
    fields = {
        name: {"type": name, "box": [40, 10 + 40 * i, 900, 36], **TYPES.get(name, {})}
        for i, name in enumerate(names)
    }
    size = (60 + 40 * len(names), 1000, 3)
    form = np.full(size, 255, np.uint8)
    cv2.imwrite(str(tmp_path / "all.png"), form)
    written = {
        "docextract": 1, "name": "all", "page": {"width": size[1], "height": size[0]},
        "layouts": [{"name": "a", "reference": "all.png"}], "fields": fields,
    }  # fmt: skip
    (tmp_path / "all.yaml").write_text(yaml.safe_dump(written, allow_unicode=True), "utf-8")
    for template, filled in _forms(tmp_path / "all.yaml", 5):
        for field, text in filled.texts.items():
            label = label_of(filled.values[field])
            assert label is not None
            assert text
            assert means(text, label, template.fields[field].kind), (field, text, label)


def test_lines_that_fields_share_are_texts_of_all_of_them() -> None:
    for template, form in _forms("train_ticket", 5):
        text = form.texts["coach"]  # coach and seat, such as 05车08C号
        for name in ("coach", "seat"):
            field = template.fields[name]
            matched = f"(?:{field.prefix})(?:{field.kind.pattern})(?:{field.suffix})"
            assert re.fullmatch(matched, text), (name, text)


@needs_fonts
def test_stations_come_from_their_lexicon_and_codes_hold_what_they_should() -> None:
    stations = (resource_dir("lexicons") / "railway_stations.txt").read_text("utf-8")
    for _, form in _forms("train_ticket", 5):
        assert f"\n{form.values['from']}" in stations
        assert str(form.values["serial"])[14:] in str(form.values["ticket_num"])


# drawing


@needs_fonts
def test_all_ink_is_in_the_fields_boxes(order) -> None:
    drawer, person = _drawer(order), Person()
    still = SCAN._replace(sealed=0.0, width=(1.0, 1.0))
    template = load_template(order)
    outside = np.ones((800, 1200), bool)
    for field in template.fields:
        for box in template.boxes(field, "a").values():
            x, y, width, height = (int(v) for v in box)
            by = 40 if template.fields[field].kind.value_type is bool or field == "way" else 2
            outside[max(0, y - by) : y + height + by, max(0, x - by) : x + width + by] = False
    for i in range(4):
        person.begin(str(i))
        flat = drawer.draw(drawer.fill(person), person, still, np.random.default_rng(i))
        added = blank_order().astype(int) - flat
        assert np.abs(added[outside]).max() < 30
        assert (np.abs(added).max(axis=2) > 100).sum() > 2000


@needs_fonts
def test_a_digit_stands_in_each_cell_and_a_value_beside_its_label(order) -> None:
    drawer, person = _drawer(order), Person()
    still = SCAN._replace(sealed=0.0, worn=0.0, width=(1.0, 1.0))
    for i in range(3):
        person.begin(str(i))
        form = drawer.fill(person)
        flat = drawer.draw(form, person, still, np.random.default_rng(i))
        dark = (blank_order().astype(int) - flat).max(axis=2) > 90
        assert len(form.texts["number"]) == 8
        for cell in range(8):
            assert dark[62:108, 64 + 50 * cell : 106 + 50 * cell].any()
        assert not dark[640:690, 700:790].any()  # Total
        assert dark[640:690, 790:1100].any()


@needs_fonts
def test_made_up_values_of_a_reference_are_wiped(order, tmp_path) -> None:
    path = _changed(order, tmp_path, "name: order", "name: order")
    filled = blank_order()
    cv2.putText(filled, "QWERTZ UIOP ASDFG", (70, 340), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2)
    cv2.imwrite(str(tmp_path / "order.png"), filled)
    person = Person()
    person.begin("1")
    still = SCAN._replace(sealed=0.0, worn=0.0, width=(1.0, 1.0))
    drawer = _drawer(path)
    form = drawer.fill(person)
    flat = drawer.draw(form, person, still, np.random.default_rng(1))
    left = 255 - flat[302:348, 62:358].max(axis=2)
    assert (left > 90).mean() < 0.1, form.texts["code"]


@needs_fonts
def test_dark_paper_is_printed_on_in_white(order, tmp_path) -> None:
    path = _changed(order, tmp_path, "name: order", "name: order")
    form = blank_order()
    form[292:368, 34:638] = (150, 60, 20)
    cv2.imwrite(str(tmp_path / "order.png"), form)
    drawer, person = _drawer(path), Person()
    person.begin("1")
    still = SCAN._replace(sealed=0.0, worn=0.0, width=(1.0, 1.0))
    flat = drawer.draw(drawer.fill(person), person, still, np.random.default_rng(1))
    assert flat[302:348, 62:358].min(axis=2).max() > 200


@needs_fonts
def test_a_picture_field_shows_something(order, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(field_types, "_items", dict(field_types))

    @field_types.register("portrait")
    class Portrait(FieldType):
        """Whether there is a picture."""

        value_type: ClassVar[type] = bool
        pattern: ClassVar[str] = "true"
        examples: ClassVar = (Example("true", True),)
        rejects: ClassVar = ("",)
        margin: ClassVar[float] = 0.0
        keeps_image: ClassVar[bool] = False

        def parse(self, text: str) -> bool:
            return text == "true"

        def read_image(self, image: np.ndarray) -> str | None:
            return "true" if image.std() > 15 else None

    text = "code: {type: portrait, box: [660, 210, 480, 70]}"
    path = _changed(
        order,
        tmp_path,
        'code: {type: code, form: "[A-Z]{2}[0-9]{3}", box: [60, 300, 300, 50]}',
        text,
    )
    path.write_text(path.read_text("utf-8").replace("  - code[2:5] in number\n", ""), "utf-8")
    (page,) = PageGenerator(load_template(path), 1).pages(1)
    assert page.labels["code"] == "true"
    kind = load_template(path).fields["code"].kind
    assert isinstance(kind, Portrait)
    scale = page.image.shape[1] / 1200
    x, y = int(680 * scale), int(225 * scale)
    assert kind.read_image(page.image[y : y + 40, x : x + 400]) == "true"


# folders


@needs_fonts
def test_the_same_seed_gives_the_same_bytes(order, tmp_path) -> None:
    for name, seed, count in (("one", 3, 2), ("again", 3, 1), ("other", 4, 1)):
        done = _docextract(
            "synth", "pages", tmp_path / name, "-t", order, "-n", count, "--seed", seed, "--photo"
        )
        assert done.exit_code == 0, done.output
        assert f"{count} pages and labels.json" in done.stderr
    one, again, other = (tmp_path / name for name in ("one", "again", "other"))
    files = sorted(path.name for path in again.glob("*.jpg"))
    assert files == ["0001-a.jpg"]
    for file in files:  # and how many pages are drawn does not matter
        assert (one / file).read_bytes() == (again / file).read_bytes()
        assert (one / file).read_bytes() != (other / file).read_bytes()
    labels = [json.loads((folder / "labels.json").read_text("utf-8")) for folder in (one, again)]
    assert labels[0]["pages"]["0001-a.jpg"] == labels[1]["pages"]["0001-a.jpg"]
    assert labels[0]["template"] == str(order)


@needs_fonts
@pytest.mark.parametrize("conditions", [PHOTO, HARD_PHOTO])
def test_photographs_show_the_page_on_a_desk(order, conditions) -> None:
    (page,) = PageGenerator(load_template(order), 5, conditions=conditions).pages(1)
    corners = [page.image[y, x].mean() for y in (2, -3) for x in (2, -3)]
    assert max(corners) < 120 < page.image[200:600, 300:900].mean()


@needs_fonts
@pytest.mark.parametrize("name", template_names())
def test_drawn_pages_of_every_template_are_read(name, tmp_path) -> None:
    generator = PageGenerator(load_template(name), 1)
    write_pages(generator.pages(PAGES), tmp_path / "drawn", name)
    score = _score(tmp_path / "drawn")
    assert score.pages == PAGES
    assert score.field_exact >= BAR, dict(score.fields)


@needs_fonts
def test_drawn_pages_of_a_new_template_are_read(order, tmp_path) -> None:
    drawn = tmp_path / "drawn"
    template = load_template(order)
    write_pages(PageGenerator(template, 1).pages(2), drawn, str(order))
    score = _score(drawn)
    assert score.field_exact >= BAR, dict(score.fields)
    assert score.fields["isbn"].right == score.fields["way"].right == 2


# errors


def _says(done) -> str:
    assert done.exit_code == 2, done.output
    return " ".join(done.stderr.split())


@needs_fonts
def test_what_cannot_be_drawn_is_said(order, tmp_path) -> None:
    def pages(template: object, *more: object) -> str:
        return _says(_docextract("synth", "pages", tmp_path / "new", "-t", template, *more))

    assert "Did you mean 'invoice'" in pages("invoise")
    assert "greater than or equal to" in pages(order, "-n", 0)
    bare = _changed(order, tmp_path, ", reference: order.png", "")
    assert "layouts.a.reference is missing. Give a picture of the blank form" in pages(bare)
    never = _changed(order, tmp_path, "net > 5", "net < 0")
    assert "no values found that meet 'net < 0'" in pages(never)
    empty = _changed(
        order, tmp_path, 'form: "[A-Z]{2}[0-9]{3}"', 'form: "[A-Z]{2}[0-9]{3}", lexicon: l.txt'
    )
    (tmp_path / "l.txt").write_text("nothing\n", "utf-8")
    assert "fields.code.lexicon 'l.txt' has no entry that is a value" in pages(empty)
    odd = _changed(order, tmp_path, "formats: [EAN13]", "formats: [ITF, EAN13], parts: [a, b]")
    assert "barcode format 'ITF'" in pages(odd)
    assert not (tmp_path / "new" / "labels.json").exists()


@needs_fonts
def test_two_labels_in_one_box_are_not_guessed_between(order, tmp_path) -> None:
    path = _changed(
        order, tmp_path, "box: [700, 640, 400, 50], place", "box: [700, 630, 400, 140], place"
    )
    form = blank_order()
    cv2.putText(form, "Deposit", (710, 750), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 2)
    cv2.imwrite(str(tmp_path / "order.png"), form)
    with pytest.raises(UsageError, match=r"2 lines of print in the box of field 'total'.*'Total'"):
        PageGenerator(load_template(path), 1)


@needs_fonts
def test_folders_that_cannot_be_written_or_have_labels_are_refused(order, tmp_path) -> None:
    (tmp_path / "file").write_text("x")
    into = _docextract("synth", "pages", tmp_path / "file" / "new", "-t", order, "-n", 1)
    assert "cannot be made" in _says(into)
    (tmp_path / "labels.json").write_text("{}")
    again = _docextract("synth", "pages", tmp_path, "-t", order, "-n", 1)
    assert "is there already. Name a new folder" in _says(again)
    assert (tmp_path / "labels.json").read_text() == "{}"


def test_without_typefaces_the_error_says_what_to_install(order, monkeypatch) -> None:
    monkeypatch.setattr(faces, "_files", lambda: ())
    with pytest.raises(LineFontError, match="apt-get install"):
        PageGenerator(load_template(order), 1)


def test_without_faker_the_error_says_how_to_install_it(order, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "faker", None)
    with pytest.raises(MissingExtra, match=r"pip install 'docextract\[synth\]'"):
        PageGenerator(load_template(order), 1)


def test_zones_say_that_their_own_typeface_is_missing(monkeypatch) -> None:
    from docextract.synth import _fonts
    from docextract.synth.pages import drawing

    def absent(face: Face) -> Path:
        raise _fonts.FontError(face)

    monkeypatch.setattr(drawing, "find_font", absent)
    with pytest.raises(_fonts.FontError, match="apt-get install fonts-ocr-b"):
        PageGenerator(load_template("mrz"), 1)
