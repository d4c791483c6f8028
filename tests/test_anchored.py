"""Forms placed by printed words, and values found where print has drifted."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from decimal import Decimal

import cv2
import numpy as np
import pytest

from docextract.errors import RegistrationError, TemplateError
from docextract.pipeline import Extractor
from docextract.places.blocks import drifted
from docextract.recognition import load_detector
from docextract.registration import AnchoredForm, AnchorPlacer, Printed
from docextract.registration.anchor_search import find_form
from docextract.registration.robust import fit_homography
from docextract.resources import resource_dir
from docextract.synth import taxi, ticket
from docextract.synth._fonts import fonts_installed
from docextract.synth.photo import photograph
from docextract.template import Box, load_template
from docextract.types import Page

TEMPLATES = resource_dir("templates")
pytestmark = pytest.mark.skipif(not fonts_installed(), reason="the drawing fonts are absent")


@pytest.fixture(scope="module")
def tickets() -> Extractor:
    return Extractor("train_ticket")


@pytest.fixture(scope="module")
def receipts() -> Extractor:
    return Extractor("taxi_receipt")


def shown(result) -> dict[str, str | None]:
    return {name: None if v is None else str(v) for name, v in result.values.items()}


def seen(image: np.ndarray, *, degrees: float = 0.0, tilt: float = 0.0) -> np.ndarray:
    """The picture turned, tilted, and laid on grey with a broad margin."""
    height, width = image.shape[:2]
    side = round(1.15 * float(np.hypot(height, width)))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    flat = corners - (width / 2, height / 2)
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    far = 1 + tilt * flat[:, 1:] / height
    there = (flat / far) @ turn + side / 2
    homography = cv2.getPerspectiveTransform(corners.astype(np.float32), there.astype(np.float32))
    return cv2.warpPerspective(
        image, homography, (side, side), borderValue=(96, 104, 110), flags=cv2.INTER_AREA
    )


@pytest.mark.parametrize("name", ["train_ticket", "taxi_receipt"])
def test_shipped_samples_read_as_labelled(name, request):
    extractor = request.getfixturevalue("tickets" if name == "train_ticket" else "receipts")
    pages = json.loads((TEMPLATES / name / "labels.json").read_text("utf-8"))["pages"]
    for file, labels in pages.items():
        result = extractor.read(TEMPLATES / name / file)
        assert shown(result) == labels, file


@pytest.mark.parametrize(
    ("degrees", "tilt"), [(0, 0.0), (8, 0.1), (90, 0.0), (181, 0.1), (-75, 0.0)]
)
def test_a_ticket_is_read_whichever_way_it_lies(tickets, degrees, tilt):
    values = ticket.random_values(random.Random(11))
    image = seen(ticket.draw_ticket(values, width_px=1200), degrees=degrees, tilt=tilt)
    assert shown(tickets.read(image)) == values.labels()


@pytest.mark.parametrize(("degrees", "tilt"), [(0, 0.0), (-6, 0.1), (180, 0.0)])
def test_a_receipt_is_read_whichever_way_it_lies(receipts, degrees, tilt):
    values = taxi.random_values(random.Random(12))
    image = seen(taxi.draw_receipt(values, width_px=700), degrees=degrees, tilt=tilt)
    assert shown(receipts.read(image)) == values.labels()


@pytest.mark.parametrize("drift_u", [-25, 0, 28, 57.35, 75])
def test_the_meter_may_print_up_to_a_row_and_a_half_too_low(receipts, drift_u):
    values = replace(taxi.random_values(random.Random(13)), drift_u=drift_u)
    assert shown(receipts.read(taxi.draw_receipt(values))) == values.labels()


@pytest.mark.parametrize("drift_u", [(-18, 9), (18, -9)])
def test_the_printing_of_a_ticket_may_lie_off_its_paper(tickets, drift_u):
    values = replace(ticket.random_values(random.Random(14)), drift_u=drift_u)
    assert shown(tickets.read(ticket.draw_ticket(values))) == values.labels()


def test_blurred_and_photographed_papers_are_read(tickets, receipts):
    values = ticket.random_values(random.Random(15))
    photo, _ = photograph(ticket.draw_ticket(values), np.random.default_rng(1))
    assert shown(tickets.read(cv2.GaussianBlur(photo, (0, 0), 1.2))) == values.labels()
    fare = taxi.random_values(random.Random(16))
    photo, _ = photograph(taxi.draw_receipt(fare), np.random.default_rng(2))
    assert shown(receipts.read(cv2.GaussianBlur(photo, (0, 0), 1.0))) == fare.labels()


def test_a_receipt_cut_off_above_keeps_what_is_there(receipts):
    values = replace(taxi.random_values(random.Random(17)), drift_u=0.0)
    image = taxi.draw_receipt(values)
    result = receipts.read(image[image.shape[0] * 2 // 5 :])
    assert result.values["amount"] == Decimal(values.amount)
    assert result.values["number"] is None
    assert result.status == "review"


@pytest.mark.parametrize("paper", ["white", "noise", "invoice", "other"])
@pytest.mark.parametrize("reader", ["tickets", "receipts"])
def test_other_pages_fail_with_a_reason_and_no_values(reader, paper, request):
    extractor = request.getfixturevalue(reader)
    result = extractor.read(other_page(paper, reader))
    assert result.status == "failed"
    assert not result.readings
    assert result.record is None
    assert "no layout fits" in result.reason
    assert "Is it another kind of document" in result.reason


def other_page(paper: str, reader: str) -> np.ndarray:
    if paper == "white":
        return np.full((800, 1200, 3), 255, np.uint8)
    if paper == "noise":
        return np.random.default_rng(0).integers(0, 256, (600, 900, 3), np.uint8)
    if paper == "invoice":
        return cv2.imread(str(TEMPLATES / "invoice" / "01-a.jpg"))
    name = "taxi_receipt" if reader == "tickets" else "train_ticket"
    return cv2.imread(str(TEMPLATES / name / "01.jpg"))


def test_lines_are_detected_where_they_are_drawn():
    values = replace(taxi.random_values(random.Random(18)), drift_u=0.0)
    image = taxi.draw_receipt(values, width_px=620)
    quads = load_detector().detect(image, scale=0.5)
    for anchor in load_template("taxi_receipt").register.anchors:
        x, y, width, height = anchor.box
        inside = [
            quad
            for quad in quads
            if abs(quad[:, 1].mean() - (y + height / 2)) < height / 2
            and quad[:, 0].min() < x + width / 2 < quad[:, 0].max()
        ]
        assert inside, anchor


ANCHORS = tuple(
    Printed(text, "", box)
    for text, box in (
        ("一", (10.0, 10.0, 200.0, 20.0)),
        ("二", (20.0, 60.0, 60.0, 20.0)),
        ("三", (20.0, 100.0, 60.0, 20.0)),
        ("四", (20.0, 140.0, 90.0, 20.0)),
        ("五", (150.0, 160.0, 120.0, 20.0)),
    )
)


def quads_of(boxes: list[tuple[float, float, float, float]], homography: np.ndarray):
    quads = []
    for x, y, w, h in boxes:
        margin = 0.13 / 0.74 * h  # as detectors leave it
        left, top, right, bottom = x - margin, y - margin, x + w + margin, y + h + margin
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        there = np.c_[corners, np.ones(4)] @ homography.T
        quads.append(there[:, :2] / there[:, 2:])
    return quads


@pytest.mark.parametrize("degrees", [0, 20, 90, 180, 250])
def test_anchors_are_found_among_other_lines(degrees):
    rng = np.random.default_rng(degrees)
    angle = np.radians(degrees)
    truth = np.array(
        [
            [3 * np.cos(angle), -3 * np.sin(angle), 900],
            [3 * np.sin(angle), 3 * np.cos(angle), 900],
            [1e-4, -1e-4, 1],
        ]
    )
    others = [(*rng.uniform(0, 280, 2), rng.uniform(30, 90), 20.0) for _ in range(12)]
    quads = quads_of([*(a.box_u for a in ANCHORS), *others], truth)
    form = AnchoredForm("a", (300, 200), ANCHORS)
    found = next(find_form(form, quads))
    assert {pair for pair in found.pairs if pair[0] == pair[1]} == {(i, i) for i in range(5)}
    corners = np.array([[0, 0], [300, 0], [300, 200], [0, 200.0]])
    here, there = (
        (m := np.c_[corners, np.ones(4)] @ h.T)[:, :2] / m[:, 2:] for h in (found.homography, truth)
    )
    assert np.abs(here - there).max() < 12


class Eyes:
    """Sees the anchors in their places; ``glanced`` and ``read`` are what it makes of any line."""

    def __init__(self, glanced: str, read: str) -> None:
        self.glanced, self.said, self.reads = glanced, read, 0

    def detect(self, image: np.ndarray, *, scale: float) -> list[np.ndarray]:
        return quads_of([anchor.box_u for anchor in ANCHORS], np.diag([3.0, 3.0, 1.0]))

    def glance(self, image: np.ndarray, quads_px) -> list[str]:
        return [self.glanced] * len(quads_px)

    def read(self, image: np.ndarray, quads_px) -> list[str]:
        self.reads += len(quads_px)
        return [self.said] * len(quads_px)


@pytest.mark.parametrize(
    ("plain", "glanced", "read", "reads"),
    [
        (True, "一二三四五", "", 0),
        (True, "", "一二三四五", 3),
        (False, "一二三四五", "一二三四五", 3),
        (True, "五", "一二三四", 2),
    ],
)
def test_anchors_are_read_where_a_glance_is_not_enough(plain, glanced, read, reads):
    eyes = Eyes(glanced, read)
    anchors = tuple(replace(anchor, plain=plain) for anchor in ANCHORS)
    placer = AnchorPlacer([AnchoredForm("a", (300, 200), anchors)], eyes)
    sheet = placer.place(Page(np.full((600, 900, 3), 255, np.uint8), "a.png", 1))
    assert (sheet.score, eyes.reads) == (1.0, reads)


def test_a_form_whose_words_neither_a_glance_nor_reading_finds_is_another():
    placer = AnchorPlacer([AnchoredForm("a", (300, 200), ANCHORS)], Eyes("甲", "乙"))
    with pytest.raises(RegistrationError):
        placer.place(Page(np.full((600, 900, 3), 255, np.uint8), "a.png", 1))


def test_no_lines_no_form():
    assert list(find_form(AnchoredForm("a", (300, 200), ANCHORS), [])) == []


def test_wrong_points_do_not_move_the_homography():
    rng = np.random.default_rng(4)
    truth = np.array([[2, 0.1, 30], [-0.1, 2.1, 40], [2e-4, 1e-4, 1]])
    points = rng.uniform(0, 300, (16, 2))
    there = np.c_[points, np.ones(16)] @ truth.T
    there = there[:, :2] / there[:, 2:]
    there[:4] += rng.uniform(60, 120, (4, 2))
    found = fit_homography(points, there, (300, 300))
    assert found is not None
    corner = found @ [300, 300, 1]
    wanted = truth @ [300, 300, 1]
    assert np.abs(corner[:2] / corner[2] - wanted[:2] / wanted[2]).max() < 4


def test_two_points_give_a_similarity_and_one_none():
    found = fit_homography(
        np.array([[0, 0], [100, 0.0]]), np.array([[0, 0], [0, 200.0]]), (100, 100)
    )
    assert found is not None
    corner = found @ [100, 100, 1]
    assert corner[:2] / corner[2] == pytest.approx([-200, 200], abs=6)
    assert fit_homography(np.zeros((1, 2)), np.zeros((1, 2)), (100, 100)) is None


def test_rows_that_drift_come_with_every_drift_the_lines_allow():
    boxes = {name: Box(0, 50 * i, 100, 40) for i, name in enumerate(("a", "b", "c"))}
    lines = [Box(20, 50 * i + 12, 60, 36) for i in range(5)]
    found = drifted(boxes, lines, (-20, 80))
    tops = {round(box.y) for box in found["a"]}
    assert any(abs(top - 10) < 4 for top in tops)
    assert any(abs(top - 60) < 4 for top in tops)
    assert len({len(ways) for ways in found.values()}) == 1


def test_without_lines_a_block_stays_where_it_is():
    boxes = {"a": Box(0, 0, 100, 40), "b": Box(0, 50, 100, 40)}
    assert drifted(boxes, [], (-20, 80)) == {name: (box,) for name, box in boxes.items()}


def placed_form(folder, place: str, box: str):
    source = (TEMPLATES / "taxi_receipt.yaml").read_text("utf-8")
    head = source[: source.index("fields:")].replace("taxi_receipt", "placed", 1)
    path = folder / "placed.yaml"
    path.write_text(
        f"{head}fields:\n"
        f"  it: {{type: number, unit: KM, box: {box}, clean: [dots], place: {place}}}\n",
        "utf-8",
    )
    (folder / "taxi_receipt.png").write_bytes((TEMPLATES / "taxi_receipt.png").read_bytes())
    return path


@pytest.mark.parametrize(
    ("place", "box"),
    [
        ("{right_of: 里程}", "[60, 1090, 520, 220]"),
        ("{line: '[0-9]KM'}", "[205, 800, 380, 560]"),
        ("{drift: 24}", "[205, 1169, 380, 52]"),
        ("{drift: [0, 24]}", "[205, 1169, 380, 52]"),
    ],
)
def test_each_way_of_placing_finds_the_value(tmp_path, place, box):
    values = replace(taxi.random_values(random.Random(19)), drift_u=14.0)
    extractor = Extractor(placed_form(tmp_path, place, box))
    assert extractor.read(taxi.draw_receipt(values)).values["it"] == values.distance_km


@pytest.mark.parametrize(
    ("place", "box"),
    [
        ("{drift: 12}", "[1962, 1081, 364, 47]"),
        ("{right_of: （小写）}", "[1780, 1066, 560, 80]"),
        ("{block: sums}", "[1962, 1081, 364, 47]"),
    ],
)
def test_a_form_with_ruling_lines_has_places_too(tmp_path, place, box):
    text = (TEMPLATES / "invoice.yaml").read_text("utf-8")
    old = "box: [1962, 1081, 364, 47]"
    assert text.count(old) == 1
    text = text.replace(old, f"box: {box}, place: {place}")
    text = text.replace("fields:", "blocks:\n  sums: {drift: [-20, 20]}\nfields:", 1)
    (tmp_path / "invoice.yaml").write_text(text, "utf-8")
    for picture in TEMPLATES.glob("invoice-*.png"):
        (tmp_path / picture.name).write_bytes(picture.read_bytes())
    labels = json.loads((TEMPLATES / "invoice" / "labels.json").read_text("utf-8"))["pages"]
    result = Extractor(tmp_path / "invoice.yaml").read(TEMPLATES / "invoice" / "01-a.jpg")
    assert str(result.values["total"]) == labels["01-a.jpg"]["total"]


def test_a_label_that_is_not_there_gives_no_value(tmp_path):
    values = taxi.random_values(random.Random(20))
    extractor = Extractor(placed_form(tmp_path, "{right_of: 燃油附加}", "[60, 1090, 520, 220]"))
    result = extractor.read(taxi.draw_receipt(values))
    assert result.values["it"] is None
    assert result.readings["it"].failed == ("place",)
    assert result.status == "review"


@pytest.mark.parametrize(
    ("place", "cure"),
    [
        ("{}", "Give one of drift, block, right_of, line, lines and rows"),
        ("{drift: 3, block: meter}", "Give one of drift, block, right_of, line, lines and rows"),
        ("{block: metre}", "Did you mean 'meter'?"),
        ("{drift: -3}", "greater than or equal to 0"),
        ("{line: '('}", "not a regular expression"),
        ("{rightof: x}", "not a known key. Did you mean"),
    ],
)
def test_a_wrong_place_says_what_would_be_right(tmp_path, place, cure):
    with pytest.raises(TemplateError) as caught:
        load_template(placed_form(tmp_path, place, "[205, 1169, 380, 52]"))
    assert cure in str(caught.value)


def test_too_few_anchors_are_told_before_page_one(tmp_path):
    path = placed_form(tmp_path, "{drift: 3}", "[205, 1169, 380, 52]")
    lines = path.read_text("utf-8").splitlines()
    kept = [line for line in lines if "text:" not in line or "title" in line or "车号" in line]
    path.write_text("\n".join(kept), "utf-8")
    with pytest.raises(TemplateError, match=r"1 anchors\. Give at least 3"):
        Extractor(path)
