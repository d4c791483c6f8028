"""Signatures and seals: told against the blank form, whatever the pen, the light and the print."""

from __future__ import annotations

import random
from pathlib import Path

import cv2
import numpy as np
import pytest

from docextract import Extractor
from docextract.errors import TemplateError
from docextract.resources import resource_dir
from docextract.synth import hand_form
from docextract.synth._canvas import BLACK, RED, Canvas, Style
from docextract.synth._fonts import Face, fonts_installed
from docextract.synth._invoice_form import Box, Label, Ruling
from docextract.synth._ticks import PENS, draw_signature, random_pen
from docextract.synth.photo import photograph
from docextract.template import load_template

pytestmark = pytest.mark.skipif(not fonts_installed(), reason="the drawing fonts are absent")

TEMPLATE = """\
docextract: 1
name: form
page: {width: 900, height: 600}
layouts: [{name: a, reference: form.png}]
fields:
  signed: {type: present, box: [80, 420, 300, 90]}
  sealed: {type: present, color: red, box: [520, 330, 300, 190]}
"""
SIGNED, SEALED = Box(80, 420, 300, 90), Box(520, 330, 300, 190)


def blank() -> Canvas:
    canvas = Canvas(1.5, 900, page_u=(900, 600))
    for y in (40, 150, 300, 560):
        canvas.line(Ruling(40, y, 860, y), 3, BLACK)
    for x in (40, 480, 860):
        canvas.line(Ruling(x, 40, x, 560), 3, BLACK)
    canvas.label(Label("签名", 90, 130, 360), Style(Face.SONG, 34))
    canvas.line(Ruling(80, 500, 380, 500), 2, BLACK)
    canvas.label(Label("盖章", 560, 600, 340), Style(Face.SONG, 34))
    return canvas


def seal(canvas: Canvas) -> None:
    canvas.oval(SEALED.inset(20), 7, RED)
    canvas.arc("凌云传媒有限公司", SEALED.inset(44), (-170, -10), Style(Face.SONG, 26, RED))


def words(canvas: Canvas) -> None:
    canvas.label(Label("合计金额壹佰元整", 545, 790, 430), Style(Face.SONG, 34))


def picture(canvas: Canvas) -> np.ndarray:
    return canvas.finished((900, 600))


@pytest.fixture(scope="module")
def extractor(tmp_path_factory) -> Extractor:
    return Extractor(placed(tmp_path_factory.mktemp("form"), TEMPLATE))


def placed(folder: Path, text: str) -> Path:
    cv2.imwrite(str(folder / "form.png"), picture(blank()))
    (folder / "form.yaml").write_text(text, "utf-8")
    return folder / "form.yaml"


def views(image: np.ndarray) -> list[np.ndarray]:
    photo, _ = photograph(image, np.random.default_rng(5))
    coarse = cv2.imdecode(cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], 1)
    return [image, photo, coarse]


@pytest.mark.parametrize("pen", sorted(PENS))
def test_a_signature_of_any_pen_is_seen(extractor, pen):
    rng, canvas = random.Random(pen), blank()
    draw_signature(canvas, SIGNED, random_pen(rng, Box(0, 0, 30, 30), pen), rng)
    for image in views(picture(canvas)):
        reading = extractor.read(image).readings["signed"]
        assert reading.value is True
        assert reading.confidence > 0.9


def test_nothing_is_seen_on_the_blank_form(extractor):
    for image in views(picture(blank())):
        result = extractor.read(image)
        assert result.values == {"signed": False, "sealed": False}
        assert result.status == "accepted"


@pytest.mark.parametrize("printed", [False, True])
@pytest.mark.parametrize("sealed", [False, True])
def test_a_seal_is_told_from_print(extractor, printed, sealed):
    canvas = blank()
    if printed:
        words(canvas)
    if sealed:
        seal(canvas)
    for image in views(picture(canvas)):
        reading = extractor.read(image).readings["sealed"]
        assert (reading.value, reading.confidence > 0.9) == (sealed, True)


def test_specks_are_no_signature(extractor):
    canvas, rng = blank(), random.Random(1)
    for _ in range(6):
        x, y = rng.uniform(100, 360), rng.uniform(430, 480)
        canvas.disc(Box(x, y, 3, 3), (60, 60, 60))
    assert extractor.read(picture(canvas)).values["signed"] is False


def test_the_insurance_form_tells_whether_it_is_signed():
    reader = Extractor("hand_form")
    rng = random.Random(8)
    values = hand_form.random_values(rng)
    for answer in ("true", "false"):
        values.labels["signature"] = answer
        image = hand_form.draw_form(values, rng, width_px=1240, style="tick")
        assert reader.read(image).values["signature"] is (answer == "true")


def test_mistakes_are_told(tmp_path):
    wrong = TEMPLATE.replace("color: red", "color: blue")
    with pytest.raises(TemplateError, match=r"color.*'any' or 'red'"):
        load_template(placed(tmp_path, wrong))
    missing = TEMPLATE.replace(", reference: form.png", "")
    with pytest.raises(TemplateError, match=r"reference is missing"):
        Extractor(placed(tmp_path, missing))
    long = TEMPLATE.replace("[80, 420, 300, 90]", "[80, 420, 700, 20]")
    with pytest.raises(TemplateError, match="as long as wide"):
        Extractor(placed(tmp_path, long))


def test_the_form_is_the_shipped_one():
    committed = cv2.imread(str(resource_dir("templates") / "hand_form.png"))
    assert np.abs(hand_form.draw_blank().astype(int) - committed).mean() < 1.0
