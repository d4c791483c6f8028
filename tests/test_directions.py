"""Print that runs up or down the page, and columns of upright characters, on drawn pages."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from docextract import Extractor
from docextract.cli.main import app
from docextract.cropping import side_by_side
from docextract.errors import TemplateError
from docextract.evaluation import is_right
from docextract.reviewing import line_picture
from docextract.synth._fonts import fonts_installed
from docextract.synth.pages import PHOTO, SCAN, PageGenerator
from docextract.template import Box, load_template
from docextract.types import Page, Sheet

pytest.importorskip("fontTools")
needs_fonts = pytest.mark.skipif(not fonts_installed(but=()), reason="the typefaces are missing")
TURNED = ("up", "down", "vertical")

SLIP = """\
docextract: 1
name: slip
page: {width: 1200, height: 800}
layouts: [{name: a, reference: slip.png}]
blocks: {edge: {drift: [-12, 12]}}
fields:
  number: {type: digits, length: 8, box: [420, 510, 500, 80]}
  edge: {type: digits, length: 8, direction: up, box: [35, 100, 50, 600], place: {block: edge}}
  sum: {type: amount, currency: CNY, direction: down, box: [1105, 100, 70, 600]}
  payer: {type: company, direction: vertical, box: [105, 40, 90, 720]}
  code: {type: digits, length: 8, direction: vertical, box: [205, 40, 90, 720]}
  day: {type: date, direction: vertical, box: [315, 40, 70, 720], place: {drift: [6, 0]}}
  bank: {type: company, direction: up, box: [1005, 40, 90, 720], place: {drift: [8, 20]}}
"""


@pytest.fixture(scope="module")
def slip(tmp_path_factory) -> Path:
    """A form of ruled columns."""
    form = np.full((800, 1200, 3), 255, np.uint8)
    cv2.rectangle(form, (20, 20), (1180, 780), (50, 50, 50), 2)
    for x in (100, 200, 300, 400, 1000, 1100):
        cv2.line(form, (x, 20), (x, 780), (60, 60, 60), 2)
    for y in (400, 500, 600):
        cv2.line(form, (400, y), (1000, y), (60, 60, 60), 2)
    folder = tmp_path_factory.mktemp("slip")
    cv2.imwrite(str(folder / "slip.png"), form)
    (folder / "slip.yaml").write_text(SLIP, "utf-8")
    return folder / "slip.yaml"


@pytest.fixture(scope="module")
def extractor(slip) -> Extractor:
    return Extractor(slip)


@pytest.fixture(scope="module")
def pages(slip, extractor):
    """Two scans and a photograph with their labels and what was read."""
    template = load_template(slip)
    drawn = [
        *PageGenerator(template, 21, conditions=SCAN).pages(2),
        *PageGenerator(template, 22, conditions=PHOTO).pages(1),
    ]
    return [(page, extractor.read(page.image)) for page in drawn]


# pages


@needs_fonts
def test_print_of_every_direction_is_read(pages, extractor) -> None:
    fields = extractor.template.fields
    wrong = [
        (name, reading.text, page.labels[name])
        for page, result in pages
        for name, reading in result.readings.items()
        if not is_right(reading, page.labels[name], fields[name].kind)
    ]
    assert len(wrong) <= 1, wrong  # of 21


@needs_fonts
def test_quads_begin_where_the_print_does(pages) -> None:
    _, result = pages[0]
    quads = {name: reading.quad_px for name, reading in result.readings.items()}
    (x, y) = quads["edge"][1] - quads["edge"][0]
    assert abs(x) < -y  # read up the page
    (x, y) = quads["sum"][1] - quads["sum"][0]
    assert abs(x) < y
    (x, y) = quads["payer"][1] - quads["payer"][0]
    assert abs(y) < x  # its characters stand upright
    assert np.ptp(quads["payer"][:, 1]) > 3 * np.ptp(quads["payer"][:, 0])


@needs_fonts
def test_a_reviewer_sees_turned_print_as_a_line_and_a_column_as_it_stands(pages) -> None:
    page, result = pages[0]
    line = line_picture(page.image, result.readings["edge"].quad_px)
    assert line.shape[1] > 2 * line.shape[0]
    column = line_picture(page.image, result.readings["payer"].quad_px)
    assert column.shape[0] > 2 * column.shape[1]
    assert column.shape[1] >= 96


@needs_fonts
def test_a_column_is_explained_by_the_line_it_was_read_as(pages, extractor, tmp_path) -> None:
    path = tmp_path / "slip.png"
    cv2.imwrite(str(path), pages[0][0].image)
    found = extractor.inspect(path, "code")
    assert found.line.crop.image.shape[1] > 3 * found.line.crop.image.shape[0]
    assert found.reading.value == pages[0][1].readings["code"].value


@needs_fonts
def test_the_command_line_draws_and_previews_such_a_template(slip, tmp_path) -> None:
    for command in (
        ["template", "preview", str(slip), "--out", str(tmp_path / "preview.png")],
        ["synth", "pages", str(tmp_path / "drawn"), "--template", str(slip), "-n", "1"],
        ["template", "lint", str(slip)],
    ):
        run = CliRunner().invoke(app, command)
        assert run.exit_code == 0, run.output
    assert "much" not in run.output


# columns


@settings(max_examples=15, deadline=None)
@given(
    count=st.integers(2, 8),
    high=st.integers(32, 44),
    white=st.integers(8, 20),
    seed=st.integers(0, 99),
)
def test_a_column_is_parted_at_its_white(count, high, white, seed) -> None:
    """Blocks of even height, with strokes; the likeliest way sets each of them apart."""
    rng = np.random.default_rng(seed)
    column = np.full((count * (high + white) + 12, 48, 3), 240, np.uint8)
    for i in range(count):
        top = 8 + i * (high + white)
        cv2.rectangle(column, (10, top), (36, top + high - 1), (30, 30, 30), 3)
        cv2.line(column, (23, top), (23, top + high - 1), (30, 30, 30), 3)
    noisy = np.clip(column + rng.normal(0, 5, column.shape), 0, 255).astype(np.uint8)
    line = side_by_side(noisy, 3)[0]
    inked = np.r_[False, (line.min(axis=(0, 2)) < 120), False]
    assert np.count_nonzero(np.diff(inked.astype(int)) == 1) == count


@settings(max_examples=15, deadline=None)
@given(st.integers(4, 90), st.integers(4, 120), st.integers(0, 999))
def test_any_column_gives_lines(width, height, seed) -> None:
    column = np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)
    lines = side_by_side(column, 3)
    assert 1 <= len(lines) <= 3
    assert all(line.size and line.dtype == np.uint8 for line in lines)


def test_a_blank_column_is_one_line() -> None:
    assert len(side_by_side(np.full((200, 40, 3), 230, np.uint8), 3)) == 1


# turning


@given(
    box=st.tuples(*[st.integers(-900, 900)] * 2, *[st.integers(1, 900)] * 2),
    direction=st.sampled_from(TURNED),
)
def test_a_turned_box_is_where_it_was(box, direction) -> None:
    homography = np.array([[2.0, 0.1, 5], [-0.1, 1.9, 3], [0, 0, 1.0]])
    sheet = Sheet(Page(np.zeros((9, 9, 3), np.uint8)), "a", homography, 0.0, 1.0, "test")
    whole = Box(*box)
    assert whole.turned(direction).turned_back(direction) == whole
    here = sheet.to_page(_corners(whole))
    there = sheet.turned(direction).to_page(_corners(whole.turned(direction)))
    first = 3 if direction == "up" else 1  # the print's top left: lower left, or upper right
    assert np.allclose(np.roll(here, -first, axis=0), there)


def _corners(box: Box) -> np.ndarray:
    x, y, width, height = box
    right, bottom = x + width, y + height
    return np.array([[x, y], [right, y], [right, bottom], [x, bottom]], float)


# templates


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("direction: up, box: [35", "direction: upp, box: [35", "'vertical'"),
        ("place: {drift: [6, 0]}", "place: {block: edge}", "Vertical print is found by drift"),
        ("place: {drift: [8, 20]}", "place: {rows: true}", "rows are read to the right"),
        (
            "direction: down, box: [1105, 100, 70, 600]",
            "direction: down, box: [1105, 100, 70, 600], place: {block: edge}",
            "Give it a block of its own",
        ),
        (
            "{type: date, direction: vertical, box: [315, 40, 70, 720], place: {drift: [6, 0]}}",
            "{type: checkbox, direction: vertical, box: [315, 40, 70, 70]}",
            "not print has no direction",
        ),
    ],
)
def test_mistakes_about_directions_are_told(slip, tmp_path, old, new, told) -> None:
    assert old in SLIP
    (tmp_path / "slip.png").write_bytes((slip.parent / "slip.png").read_bytes())
    path = tmp_path / "slip.yaml"
    path.write_text(SLIP.replace(old, new), "utf-8")
    with pytest.raises(TemplateError) as caught:
        load_template(path)
    assert told in str(caught.value)


def test_lint_tells_a_box_that_lies_across_its_print(slip, tmp_path) -> None:
    (tmp_path / "slip.png").write_bytes((slip.parent / "slip.png").read_bytes())
    path = tmp_path / "slip.yaml"
    path.write_text(SLIP.replace("direction: down, ", ""), "utf-8")
    run = CliRunner().invoke(app, ["template", "lint", str(path)])
    assert "much higher than a line that is read to the right" in " ".join(run.output.split())
