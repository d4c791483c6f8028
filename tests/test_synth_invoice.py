"""The drawn invoice: its geometry, its references, its samples and their labels."""

import json
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal

import cv2
import numpy as np
import pytest
import yaml

from docextract.errors import MissingExtra
from docextract.fields.amount_cn import AmountCn
from docextract.fields.uscc import Uscc
from docextract.resources import resource_dir
from docextract.synth import _fonts
from docextract.synth._fonts import Face, FontError, find_font, fonts_installed
from docextract.synth._invoice_form import FORMS, PAGE_U
from docextract.synth.invoice import draw_blank, draw_invoice, draw_sample, save_samples
from docextract.synth.photo import photograph

TEMPLATES = resource_dir("templates")
TEMPLATE = yaml.safe_load((TEMPLATES / "invoice.yaml").read_text(encoding="utf-8"))
SAMPLES = json.loads((TEMPLATES / "invoice" / "labels.json").read_text(encoding="utf-8"))["pages"]
LAYOUTS = {layout["name"]: layout for layout in TEMPLATE["layouts"]}
BOXES = {
    (name, field): layout.get("boxes", {}).get(field, spec["box"])
    for name, layout in LAYOUTS.items()
    for field, spec in TEMPLATE["fields"].items()
}
LINES = sorted(key for key in BOXES if key[1] != "qr")

needs_fonts = pytest.mark.skipif(not fonts_installed(), reason="the drawing fonts are absent")
each_layout = pytest.mark.parametrize("layout", sorted(FORMS))


def reference(layout):
    return cv2.imread(str(TEMPLATES / LAYOUTS[layout]["reference"]))


def centre_u(blank, ruling):
    """Where the printed line near ``ruling`` really lies, across it, in template units."""
    scale = PAGE_U[0] / blank.shape[1]
    ink = 255.0 - blank[:, :, 0]  # brown is darkest in blue
    x0, y0, x1, y1 = (v / scale for v in ruling)
    near = np.arange(-3, 4)
    if x0 == x1:
        columns = near + round(x0)
        profile = np.median(ink[round(y0) + 6 : round(y1) - 6][:, columns], axis=0)
        return float((columns + 0.5) @ profile / profile.sum() * scale)
    rows = near + round(y0)
    profile = np.median(ink[rows][:, round(x0) + 6 : round(x1) - 6], axis=1)
    return float((rows + 0.5) @ profile / profile.sum() * scale)


def crop(image, box):
    scale = image.shape[1] / PAGE_U[0], image.shape[0] / PAGE_U[1]
    x, y, w, h = box
    rows = slice(round(y * scale[1]), round((y + h) * scale[1]))
    return image[rows, round(x * scale[0]) : round((x + w) * scale[0])]


def black(image):
    return image.max(axis=2) < 110


@each_layout
def test_committed_reference_has_the_rulings_where_the_form_says(layout):
    blank = reference(layout)
    assert blank.shape[1] * PAGE_U[1] == blank.shape[0] * PAGE_U[0]
    for ruling in FORMS[layout].rulings:
        across = ruling.x0 if ruling.x0 == ruling.x1 else ruling.y0
        assert centre_u(blank, ruling) == pytest.approx(across, abs=0.75), ruling


@each_layout
def test_reference_is_blank_where_values_go(layout):
    blank = reference(layout)
    assert not black(blank).any()
    assert (crop(blank, FORMS[layout].qr) == 255).all()


@pytest.mark.parametrize(("layout", "field"), sorted(BOXES))
def test_box_holds_no_print_of_the_form(layout, field):
    x, y, w, h = BOXES[layout, field]
    assert min(x, y) >= 0
    assert x + w <= PAGE_U[0]
    assert y + h <= PAGE_U[1]
    assert (crop(reference(layout), (x + 2, y + 2, w - 4, h - 4)).min(axis=2) > 170).all()


@pytest.mark.parametrize(("layout", "field"), LINES)
def test_box_goes_round_the_slot(layout, field):
    x, y, w, h = BOXES[layout, field]
    slot = FORMS[layout].slots[field]
    assert x <= slot.x <= x + w
    assert abs(y + h / 2 - slot.y) <= 5.5


def test_template_names_one_reference_for_every_form():
    assert sorted(LAYOUTS) == sorted(FORMS)
    assert (TEMPLATE["page"]["width"], TEMPLATE["page"]["height"]) == PAGE_U


@pytest.mark.parametrize("file", sorted(SAMPLES))
def test_committed_sample_is_small_and_its_labels_agree(file):
    path = TEMPLATES / "invoice" / file
    labels = SAMPLES[file]
    assert path.stat().st_size < 200_000
    assert 1130 <= cv2.imread(str(path)).shape[1] <= 1700
    assert set(labels) == set(TEMPLATE["fields"]) - {"qr"}
    total = Decimal(labels["total"])
    assert Decimal(labels["amount"]) + Decimal(labels["tax"] or 0) == total
    assert AmountCn().parse(labels["total_cn"]) == total
    assert Uscc().parse(labels["seller_id"]) == labels["seller_id"]
    date.fromisoformat(labels["date"])


def test_samples_show_both_layouts_and_an_exempt_sale():
    assert {file[-5] for file in SAMPLES} == set(FORMS)
    assert {labels["tax"] is None for labels in SAMPLES.values()} == {True, False}


@needs_fonts
@each_layout
def test_drawing_again_gives_the_committed_reference(layout):
    drawn, committed = draw_blank(layout), reference(layout)
    assert drawn.shape == committed.shape
    assert np.abs(drawn.astype(int) - committed).mean() < 1.0


@needs_fonts
def test_samples_are_the_same_for_the_same_seed_only(tmp_path):
    pytest.importorskip("faker")
    folders = [tmp_path / name for name in ("first", "again", "other")]
    for folder, seed in zip(folders, (3, 3, 4), strict=True):
        folder.mkdir()
        save_samples(folder, count=2, seed=seed)
    first, again, other = ({p.name: p.read_bytes() for p in folder.iterdir()} for folder in folders)
    assert len(first) == 3
    assert first == again
    assert first["labels.json"] != other["labels.json"]


@needs_fonts
@pytest.mark.parametrize("seed", range(6))
def test_invented_values_agree_with_each_other(seed):
    pytest.importorskip("faker")
    _, values = draw_sample("a", seed=seed)
    assert values.amount == values.quantity * values.unit_price
    assert AmountCn().parse(values.total_cn) == values.amount + (values.tax or 0)
    for number in filter(None, (values.seller_id, values.buyer_id)):
        assert Uscc().parse(number) == number


@needs_fonts
@each_layout
def test_every_value_is_drawn_inside_its_box(layout):
    pytest.importorskip("faker")
    _, values = draw_sample(layout, seed=2)
    values = replace(values, seller="很" * 22 + "长有限公司", payee=None, reviewer="欧阳某某")
    image = draw_invoice(layout, values, width_px=1600)
    for field, text in values.labels().items():
        ink = black(crop(image, BOXES[layout, field]))
        assert ink.any() == (text is not None or field == "tax"), field
        if field != "total_cn":  # its box begins in the narrow gap after ⊗
            assert not np.concatenate([ink[0], ink[:, 0], ink[:, -1]]).any(), field


@needs_fonts
@each_layout
def test_qr_code_tells_the_printed_numbers(layout):
    pytest.importorskip("faker")
    zxingcpp = pytest.importorskip("zxingcpp")
    image, values = draw_sample(layout, seed=5)
    found = zxingcpp.read_barcodes(crop(image, BOXES[layout, "qr"]))
    assert [code.text.split(",")[2:7] for code in found] == [
        [
            values.code,
            values.number,
            f"{values.amount:.2f}",
            f"{values.date:%Y%m%d}",
            values.check,
        ]
    ]


@needs_fonts
@each_layout
def test_flat_page_keeps_the_papers_shape(layout):
    pytest.importorskip("faker")
    image, _ = draw_sample(layout, seed=1)
    assert image.shape[1] / image.shape[0] == pytest.approx(FORMS[layout].aspect, abs=2e-3)


@needs_fonts
def test_missing_faker_is_named_with_its_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "faker", None)
    with pytest.raises(MissingExtra, match=r"docextract\[test\]"):
        draw_sample("a", seed=1)


def test_missing_font_is_named_with_its_package(monkeypatch, tmp_path):
    monkeypatch.setattr(_fonts, "FONT_FOLDERS", (tmp_path,))
    find_font.cache_clear()
    with pytest.raises(FontError, match="apt-get install fonts-arphic-ukai"):
        find_font(Face.KAI)


def test_photograph_shows_the_whole_page_where_its_homography_says():
    flat = np.full((300, 460, 3), 255, np.uint8)
    cv2.circle(flat, (100, 80), 6, (0, 0, 0), -1)
    seen, homography = photograph(flat, np.random.default_rng(7))
    again, _ = photograph(flat, np.random.default_rng(7))
    assert (seen == again).all()
    height, width = seen.shape[:2]
    corners = np.float32([[[0, 0]], [[460, 0]], [[460, 300]], [[0, 300]], [[100, 80]]])
    placed = cv2.perspectiveTransform(corners, homography)[:, 0]
    assert ((placed > 0) & (placed < (width, height))).all()
    x, y = placed[4].round().astype(int)
    assert seen[y, x].max() < 80
    assert seen[y, x + 25].min() > 150
