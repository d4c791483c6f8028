"""Boxes to tick on drawn pages of known truth, and what becomes of templates that are wrong."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docextract import Extractor
from docextract.errors import TemplateError, UsageError
from docextract.evaluation import is_right
from docextract.fields import ReadsMarks
from docextract.marks import template_marks
from docextract.marks.judging import probability_ticked, settle_marks
from docextract.resources import resource_dir
from docextract.settling import Slot
from docextract.synth._canvas import BLACK, Canvas
from docextract.synth._fonts import fonts_installed
from docextract.synth._hand_form_layout import CHECKBOXES, CHOICES
from docextract.synth._invoice_form import Box, Ruling
from docextract.synth._ticks import MARKS, PENS, draw_mark, random_pen
from docextract.synth.hand_form import draw_blank, random_values, tick_boxes
from docextract.template import Template, load_template
from docextract.types import Page, Sheet
from docextract.writers import Row, open_writer

PAGE = (600, 400)
BOXES = {
    "agreed": Box(80, 80, 30, 30),
    "kind.new": Box(80, 180, 30, 30),
    "kind.renewal": Box(220, 180, 30, 30),
    "covers.fire": Box(80, 280, 26, 26),
    "covers.theft": Box(220, 280, 26, 26),
    "covers.glass": Box(220, 315, 26, 26),
}
TEMPLATE = """\
docextract: 1
name: form
page: {width: 600, height: 400}
layouts: [{name: a, reference: form.png}]
fields:
  agreed: {type: checkbox, box: [80, 80, 30, 30]}
  kind:
    type: choice
    boxes: {new: [80, 180, 30, 30], renewal: [220, 180, 30, 30]}
  covers:
    type: choice
    many: true
    boxes: {fire: [80, 280, 26, 26], theft: [220, 280, 26, 26], glass: [220, 315, 26, 26]}
"""
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def blank(width_px: int = 600) -> Canvas:
    """A ruled form; its boxes stand beside words' worth of lines."""
    canvas = Canvas(PAGE[0] / PAGE[1], width_px, page_u=PAGE)
    for y in (20, 130, 240, 380):
        canvas.line(Ruling(20, y, 580, y), 2, BLACK)
    for x in (20, 400, 580):
        canvas.line(Ruling(x, 20, x, 380), 2, BLACK)
    for box in BOXES.values():
        x, y, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
        for edge in ((x, y, right, y), (x, bottom, right, bottom)):
            canvas.line(Ruling(*edge), 2, BLACK)
        for edge in ((x, y, x, bottom), (right, y, right, bottom)):
            canvas.line(Ruling(*edge), 2, BLACK)
        for i in range(4):
            canvas.fill(Box(right + 14 + 15 * i, y + 6 + 3 * (i % 2), 10, 14), BLACK)
    return canvas


def picture(canvas: Canvas, width_px: int = 600) -> np.ndarray:
    return canvas.finished((width_px, round(width_px * PAGE[1] / PAGE[0])))


def place(folder: Path, text: str = TEMPLATE, reference: np.ndarray | None = None) -> Path:
    image = picture(blank()) if reference is None else reference
    cv2.imwrite(str(folder / "form.png"), image)
    (folder / "form.yaml").write_text(text, "utf-8")
    return folder / "form.yaml"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return load_template(place(tmp_path_factory.mktemp("form")))


@pytest.fixture(scope="module")
def extractor(template: Template) -> Extractor:
    return Extractor(template)


def filled(ticked: set[str], *, mark="cross", pen="ballpoint blue", seed=1, width_px=600):
    rng = random.Random(seed)
    canvas = blank(width_px)
    for name in ticked:
        draw_mark(canvas, BOXES[name], mark, random_pen(rng, BOXES[name], pen), rng)
    return picture(canvas, width_px)


def test_a_page_gives_typed_values(extractor):
    result = extractor.read(filled({"agreed", "kind.renewal", "covers.fire", "covers.glass"}))
    assert result.values == {"agreed": True, "kind": "renewal", "covers": ("fire", "glass")}
    assert result.status == "accepted"
    assert result.record.agreed is True
    assert result.record.covers == ("fire", "glass")
    assert json.loads(result.record.model_dump_json())["covers"] == ["fire", "glass"]
    assert all(reading.quad_px.shape == (4, 2) for reading in result.readings.values())
    assert result.draw().shape == (400, 600, 3)


def test_an_empty_form_has_no_choice_and_says_so(extractor):
    result = extractor.read(picture(blank()))
    assert result.values == {"agreed": False, "kind": None, "covers": ()}
    assert result.readings["kind"].failed == ("blank",)
    assert result.readings["agreed"].confidence > 0.99
    assert result.status == "review"


def test_a_nullable_choice_may_be_left_blank(tmp_path):
    text = TEMPLATE.replace("  kind:\n", "  kind:\n    nullable: true\n")
    result = Extractor(place(tmp_path, text)).read(picture(blank()))
    assert result.readings["kind"].ok
    assert result.record.kind is None
    assert result.status == "accepted"


def test_two_ticked_boxes_of_a_choice_are_no_guess(extractor):
    reading = extractor.read(filled({"kind.new", "kind.renewal"})).readings["kind"]
    assert (reading.value, reading.failed, reading.text) == (None, ("several",), "new, renewal")


def sheet_of(image: np.ndarray, offset_px: tuple[float, float] = (0, 0)) -> Sheet:
    """A page whose place is known, wrong by ``offset_px``."""
    scale = image.shape[1] / PAGE[0]
    to_px = np.array([[scale, 0, offset_px[0] - 0.5], [0, scale, offset_px[1] - 0.5], [0, 0, 1.0]])
    return Sheet(Page(image), "a", to_px, residual_px=0.5, score=1.0, method="known")


@QUICK
@given(
    ticked=st.sets(st.sampled_from(sorted(BOXES))),
    mark=st.sampled_from(sorted(MARKS)),
    pen=st.sampled_from(sorted(PENS)),
    seed=st.integers(0, 10_000),
    width_px=st.integers(500, 1100),
    offset_px=st.tuples(st.floats(-4, 4), st.floats(-4, 4)),
    dark=st.floats(0.4, 1),
    tilt=st.floats(-0.3, 0.3),
)
def test_every_mark_by_every_pen_is_seen_in_any_light(
    template, ticked, mark, pen, seed, width_px, offset_px, dark, tilt
):
    image = filled(ticked, mark=mark, pen=pen, seed=seed, width_px=width_px).astype(np.float32)
    light = dark * (1 + tilt * np.linspace(-0.5, 0.5, image.shape[1]))[None, :, None]
    noise = np.random.default_rng(seed).normal(0, 2, image.shape)
    seen = np.clip(cv2.GaussianBlur(image, (0, 0), 0.6) * light + noise, 0, 255).astype(np.uint8)
    reader, sheet = template_marks(template), sheet_of(seen, offset_px)
    boxes = {n: box for f in template.fields for n, box in template.boxes(f, "a").items()}
    shares = {name: reader.new_ink(sheet, name, box) for name, box in boxes.items()}
    told = {name for name, share in shares.items() if probability_ticked(share) > 0.5}
    wrong = told ^ ticked
    # A tick may lie outside its box, and a worn-out pen leave next to nothing; print never counts.
    assert not wrong - ticked
    assert not wrong or mark in ("tick", "slash") or pen == "worn-out pen", wrong


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.03, 0.1, 0.5, 1.0])
def test_confidence_is_a_probability_that_grows_with_the_ink(share):
    low, high = probability_ticked(share), probability_ticked(min(1.0, 1.2 * share + 0.002))
    assert 0 < low <= high < 1


def test_a_doubtful_mark_goes_to_review(template):
    kind = template.fields["agreed"].kind
    quad_px = np.zeros((4, 2))
    doubtful = settle_marks(Slot("agreed", kind), {"": 0.6}, quad_px=quad_px)
    assert doubtful.value is True
    assert doubtful.confidence == pytest.approx(0.6)
    assert [c.text for c in doubtful.candidates] == ["true", "false"]
    choice = settle_marks(
        Slot("kind", template.fields["kind"].kind), {"new": 0.99, "renewal": 0.3}, quad_px=quad_px
    )
    assert choice.value == "new"
    assert choice.confidence == pytest.approx(0.99 * 0.7)


SAMPLES = sorted((resource_dir("templates") / "hand_form").glob("*.jpg"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_box_of_the_drawn_insurance_form_is_read(path):
    """Placed and read without the fields of print, so that no model is loaded."""
    labels = json.loads((path.parent / "labels.json").read_text("utf-8"))["pages"][path.name]
    whole = load_template("hand_form")
    boxes = {n: f for n, f in whole.fields.items() if isinstance(f.kind, ReadsMarks)}
    result = Extractor(whole.model_copy(update={"fields": boxes})).read(path)
    assert len(boxes) == 13  # with the signature
    for field, spec in boxes.items():
        reading = result.readings[field]
        assert is_right(reading, labels[field], spec.kind), field
        assert reading.confidence > 0.9, field


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[80, 80, 30, 30]", "[80, 390, 30, 30]", "line 6: fields.agreed.box is"),
        ("new: [80, 180, 30, 30]", "new: [590, 180, 30, 30]", "fields.kind.boxes.new is"),
        ("{new: [80, 180, 30, 30], renewal: [220, 180, 30, 30]}", "{}", "Write at least one"),
        ("new: [80, 180, 30, 30]", "renewal: [80, 180, 30, 30]", "is given again"),
        ("new: [80, 180, 30, 30]", '"a,b": [80, 180, 30, 30]', "without a comma"),
        ("new: [80, 180, 30, 30]", "new: [80, 180, 30]", "four numbers"),
        ("type: checkbox, box: [80, 80, 30, 30]", "type: checkbox", "fields.agreed.box is missing"),
        ("many: true", "many: true\n    box: [80, 80, 30, 30]", "fields.covers.box is not a known"),
        ("type: checkbox,", "type: checkbox, vote: true,", "not print has no vote"),
        ("type: checkbox,", "type: checkbox, lexicon: banks,", "not print has no lexicon"),
        ("reference: form.png", "reference: form.png, boxes: {kind.old: [1, 1, 9, 9]}", "No such"),
    ],
)
def test_a_mistake_in_the_template_is_told(tmp_path, old, new, says):
    assert TEMPLATE.count(old) == 1
    with pytest.raises(TemplateError, match=r"form\.yaml: line") as caught:
        load_template(place(tmp_path, TEMPLATE.replace(old, new)))
    assert says in str(caught.value)


def test_a_missing_choice_of_boxes_is_told_once(tmp_path):
    boxes = "    boxes: {new: [80, 180, 30, 30], renewal: [220, 180, 30, 30]}\n"
    text = TEMPLATE.replace(boxes, "")
    with pytest.raises(TemplateError) as caught:
        load_template(place(tmp_path, text))
    (mistake,) = caught.value.mistakes
    assert "fields.kind.boxes is missing" in mistake


def test_a_layout_moves_single_boxes_of_a_choice(tmp_path):
    moved = "form.png}, {name: b, reference: form.png, boxes: {kind.new: [85, 185, 30, 30]}}]"
    template = load_template(place(tmp_path, TEMPLATE.replace("form.png}]", moved)))
    assert template.boxes("kind", "b")["kind.new"] == (85, 185, 30, 30)
    assert template.boxes("kind", "b")["kind.renewal"] == (220, 180, 30, 30)
    assert template.box("kind", "a") == (80, 180, 170, 30)


def test_a_missing_reference_is_told(tmp_path):
    template = load_template(place(tmp_path, TEMPLATE.replace(", reference: form.png", "")))
    with pytest.raises(TemplateError, match=r"layouts\.a\.reference is missing.*blank form"):
        template_marks(template)
    with pytest.raises(TemplateError, match=r"layouts\.a\.reference is missing"):
        Extractor(template)


@pytest.mark.parametrize(
    ("color", "refused"), [((0, 0, 0), True), ((90, 90, 90), True), ((200, 200, 200), False)]
)
def test_a_box_that_is_dark_in_the_blank_works_or_is_refused(tmp_path, color, refused):
    canvas = blank()
    canvas.fill(BOXES["kind.new"].inset(1), color)
    path = place(tmp_path, reference=picture(canvas))
    if refused:
        with pytest.raises(TemplateError, match=r"fields\.kind\.boxes\.new is dark"):
            Extractor(path)
        return
    rng = random.Random(2)
    pen = random_pen(rng, BOXES["kind.new"], "gel black")
    draw_mark(canvas, BOXES["kind.new"], "cross", pen, rng)
    assert Extractor(path).read(picture(canvas)).values["kind"] == "new"


def test_boxes_that_are_none_are_refused(tmp_path):
    small = TEMPLATE.replace("[80, 80, 30, 30]", "[80, 80, 4, 4]")
    with pytest.raises(TemplateError, match=r"fields\.agreed is 4 px .* larger picture"):
        template_marks(load_template(place(tmp_path, small)))
    long = TEMPLATE.replace("[80, 80, 30, 30]", "[80, 80, 400, 10]")
    with pytest.raises(TemplateError, match=r"fields\.agreed is 40 times as long as wide"):
        template_marks(load_template(place(tmp_path, long)))


def test_a_lattice_of_a_box_cannot_be_looked_at(extractor):
    with pytest.raises(UsageError, match="'agreed' is not print"):
        extractor.inspect(picture(blank()), "agreed")


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "xlsx"])
def test_all_writers_take_them(tmp_path, template, ending):
    values = {"agreed": True, "kind": None, "covers": ("fire", "glass")}
    row = Row("scan.jpg", 1, "form", "a", "review", "", values, {"agreed": 0.99}, {})
    path = tmp_path / f"out.{ending}"
    with open_writer(path, None, template) as writer:
        writer.write(row)
    if ending == "csv":
        found = next(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
        assert (found["agreed"], found["kind"], found["covers"]) == ("true", "", "fire; glass")
    elif ending == "jsonl":
        found = json.loads(path.read_text("utf-8"))["values"]
        assert found == {**values, "covers": ["fire", "glass"]}
    elif ending == "parquet":
        found = pytest.importorskip("pyarrow.parquet").read_table(path).to_pylist()[0]
        assert (found["agreed"], found["kind"], found["covers"]) == (True, None, ["fire", "glass"])
    else:
        book = pytest.importorskip("openpyxl").load_workbook(path)
        assert [cell.value for cell in book.active[2]][-3:] == [True, None, "fire; glass"]


needs_fonts = pytest.mark.skipif(not fonts_installed(), reason="the drawing fonts are absent")


@needs_fonts
def test_drawing_the_insurance_form_again_gives_the_committed_reference():
    committed = cv2.imread(str(resource_dir("templates") / "hand_form.png"))
    drawn = draw_blank()
    assert drawn.shape == committed.shape
    assert np.abs(drawn.astype(int) - committed).mean() < 1.0


def test_the_insurance_template_has_the_boxes_that_are_drawn():
    template = load_template("hand_form")
    kinds = {name: field.kind for name, field in template.fields.items()}
    fields = [n for n, k in kinds.items() if isinstance(k, ReadsMarks) and n != "signature"]
    boxes = {name: box for field in fields for name, box in template.boxes(field, "a").items()}
    assert boxes == {name: tick.box for name, tick in tick_boxes()}


@needs_fonts
def test_labels_say_which_boxes_were_ticked():
    values = random_values(random.Random(5))
    ticked = {name.rpartition(".")[2] for name in values.ticked if "." in name}
    choices = (values.labels[name] for name in CHOICES)
    assert {name for text in choices if text for name in text.split(", ")} == ticked
    assert all((values.labels[name] == "true") == (name in values.ticked) for name in CHECKBOXES)
