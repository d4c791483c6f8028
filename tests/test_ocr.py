"""Whole pages to text: what is found, in which order, and the files it is written to."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from docextract import PageReader, PageText, TextLine
from docextract.cli.main import app
from docextract.errors import SourceError, UsageError
from docextract.ocr import SearchablePdf, page_content, to_hocr
from docextract.ocr.layout import reading_order
from docextract.ocr.looking import direction

TICKET = Path(__file__).resolve().parents[1] / "templates" / "train_ticket" / "01.jpg"
TURNS = {
    0: None,
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
XHTML = {"h": "http://www.w3.org/1999/xhtml"}


@pytest.fixture(scope="module")
def reader() -> PageReader:
    return PageReader()


@pytest.fixture(scope="module")
def ticket(reader: PageReader) -> PageText:
    return reader.read(TICKET)


def lettered(rows: list[tuple[int, int, str]], *, size: tuple[int, int] = (900, 640)) -> np.ndarray:
    """A white page (width, height) with words at (x, y), 30 px high."""
    page = np.full((size[1], size[0], 3), 255, np.uint8)
    for x, y, words in rows:
        cv2.putText(page, words, (x, y), cv2.FONT_HERSHEY_DUPLEX, 0.9, (30, 30, 30), 2, cv2.LINE_AA)
    return page


def test_a_ticket_is_read_from_top_to_bottom(ticket: PageText) -> None:
    rows = ticket.text.splitlines()
    wanted = ["246P702363", "2020年04月06日16:14开", "¥196.0元", "中国铁路祝您旅途愉快"]
    places = [next(i for i, row in enumerate(rows) if words in row) for words in wanted]
    assert places == sorted(places)
    assert ticket.turn == 0
    assert (ticket.width_px, ticket.height_px) == cv2.imread(str(TICKET)).shape[1::-1]


def test_confidences_tell_sure_lines_from_unsure_ones(ticket: PageText) -> None:
    confidences = {line.text: line.confidence for line in ticket.lines}
    assert all(0 <= confidence <= 1 for confidence in confidences.values())
    assert confidences["246P702363"] > 0.9


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_is_read_whichever_way_it_lies(
    reader: PageReader, ticket: PageText, turn: int
) -> None:
    turned = reader.read(np.asarray(cv2.rotate(cv2.imread(str(TICKET)), TURNS[turn])))
    assert turned.turn == turn
    for words in ("246P702363", "中国铁路祝您旅途愉快", "2020年04月06日16:14开"):
        assert words in turned.text
    number = next(line for line in turned.lines if "246P702363" in line.text)
    upright = next(line for line in ticket.lines if "246P702363" in line.text)
    along = np.degrees(np.arctan2(*(number.quad_px[1] - number.quad_px[0])[::-1]))
    assert abs((along - turn + 180) % 360 - 180) < 10
    sides = [np.linalg.norm(line.quad_px[1] - line.quad_px[0]) for line in (number, upright)]
    assert sides[0] == pytest.approx(sides[1], rel=0.1)


def test_labels_and_values_are_read_by_rows(reader: PageReader) -> None:
    rows = [(40, 80 + 60 * i, f"Item {i}") for i in range(4)]
    rows += [(640, 80 + 60 * i, f"{i}5.00") for i in range(4)]
    assert reader.read(lettered(rows)).text.splitlines() == [f"Item {i}  {i}5.00" for i in range(4)]


def test_an_empty_page_has_no_lines(reader: PageReader) -> None:
    blank = reader.read(np.full((300, 400, 3), 255, np.uint8))
    assert (blank.lines, blank.text, blank.turn) == ((), "", 0)


def test_what_cannot_be_loaded_is_told(reader: PageReader, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"\x89PNG\r\n\x1a\nno")
    with pytest.raises(SourceError, match="damaged"):
        reader.read(damaged)
    (failed,) = reader.run([damaged])
    assert failed.failure is not None
    assert failed.failure.kind is SourceError
    two = pypdfium2.PdfDocument.new()
    for _ in range(2):
        two.new_page(200, 40)
    two.save(tmp_path / "two.pdf")
    with pytest.raises(UsageError, match="several pages"):
        reader.read(tmp_path / "two.pdf")


def boxes_of(*columns: tuple[float, float, int], top: float = 0.0) -> np.ndarray:
    """Lines of columns (left, width, rows), 20 high and 30 apart."""
    return np.array(
        [
            (left, top + 30 * row, left + width, top + 30 * row + 20)
            for left, width, rows in columns
            for row in range(rows)
        ],
        float,
    )


def order_of(boxes: np.ndarray) -> list[int]:
    return [int(i) for block in reading_order(boxes) for row in block for i in row]


def test_columns_of_running_text_are_read_one_after_the_other() -> None:
    assert order_of(boxes_of((0, 400, 5), (450, 400, 5))) == [*range(10)]


def test_a_heading_over_columns_comes_first() -> None:
    columns = boxes_of((0, 400, 5), (450, 400, 5), top=100)
    assert order_of(np.concatenate([columns, [[100, 0, 700, 40]]])) == [10, *range(10)]


def test_a_table_is_read_row_by_row() -> None:
    assert order_of(boxes_of((0, 120, 4), (300, 60, 4), (500, 60, 4))) == [
        0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11,
    ]  # fmt: skip


def test_white_space_divides_blocks() -> None:
    boxes = np.concatenate([boxes_of((0, 300, 3)), boxes_of((0, 300, 2), top=200)])
    assert [sum(map(len, block)) for block in reading_order(boxes)] == [3, 2]


BOXES = st.lists(
    st.tuples(
        st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), st.floats(0.5, 3000), st.floats(0.5, 200)
    ),
    max_size=25,
)


@settings(deadline=None)
@given(BOXES)
def test_every_line_has_one_place_in_the_order(found: list[tuple[float, ...]]) -> None:
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in found], float).reshape(-1, 4)
    assert sorted(order_of(boxes)) == [*range(len(boxes))]


def test_a_searchable_pdf_gives_its_text_back_in_place(
    reader: PageReader, ticket: PageText, tmp_path: Path
) -> None:
    turned = tmp_path / "turned.png"
    cv2.imwrite(str(turned), cv2.rotate(cv2.imread(str(TICKET)), cv2.ROTATE_90_CLOCKWISE))
    pdf = SearchablePdf()
    pdf.add(ticket)
    pdf.add(reader.read(turned))
    document = pypdfium2.PdfDocument(pdf.save())
    upright, sideways = (page.get_textpage() for page in document)
    assert [page.get_rotation() for page in document] == [0, 270]
    for text in (upright, sideways):
        for words in ("中国铁路祝您旅途愉快", "246P702363"):
            assert text.search(words).get_next() is not None
    start, _ = upright.search("中国铁路祝您旅途愉快").get_next()
    left, bottom, _, top = upright.get_charbox(start, loose=True)
    line = next(line for line in ticket.lines if line.text == "中国铁路祝您旅途愉快")
    pt_a_px = 842 / max(ticket.width_px, ticket.height_px)
    assert left == pytest.approx(line.quad_px[0, 0] * pt_a_px, abs=3)
    middle = ticket.height_px - line.quad_px[:, 1].mean()
    assert (bottom + top) / 2 == pytest.approx(middle * pt_a_px, abs=6)


def test_a_searchable_pdf_shows_the_page(ticket: PageText) -> None:
    pdf = SearchablePdf()
    pdf.add(ticket)
    page = pypdfium2.PdfDocument(pdf.save())[0]
    shown = page.render(scale=ticket.width_px / page.get_width()).to_numpy()[..., :3]
    picture = cv2.imread(str(TICKET))
    shown = cv2.resize(shown, picture.shape[1::-1])
    assert np.abs(shown.astype(int) - picture).mean() < 8


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=12
).filter(lambda text: text.strip() != "")
QUAD = np.array([[10, 10], [210, 10], [210, 40], [10, 40]], float)


@settings(max_examples=30, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=3), st.text(max_size=8))
def test_hocr_is_xml_whatever_was_read(texts: list[str], source: str) -> None:
    lines = tuple(TextLine(text, 0.5, QUAD, 0, row) for row, text in enumerate(texts))
    tree = ET.fromstring(to_hocr([PageText(source, 1, 300, 60, lines)]))
    found = tree.findall(".//h:span[@class='ocr_line']", XHTML)
    assert len(found) == len(texts)


def test_hocr_has_places_and_confidences(ticket: PageText) -> None:
    tree = ET.fromstring(to_hocr([ticket]))
    page = tree.find(".//h:div[@class='ocr_page']", XHTML)
    assert page is not None
    assert f"bbox 0 0 {ticket.width_px} {ticket.height_px}" in page.attrib["title"]
    words = tree.findall(".//h:span[@class='ocrx_word']", XHTML)
    assert "".join(word.text or "" for word in words) == "".join(
        line.text.replace(" ", "") for line in ticket.lines
    )
    confidence = round(100 * ticket.lines[0].confidence)
    assert words[0].attrib["title"].endswith(f"x_wconf {confidence}")


def test_json_is_what_the_lines_say(ticket: PageText) -> None:
    content = json.loads(json.dumps(page_content(ticket)))
    assert content["text"] == ticket.text
    assert [line["text"] for line in content["lines"]] == [line.text for line in ticket.lines]
    assert content["error"] == ""


def test_the_command_reads_goes_on_and_says_what_failed(tmp_path: Path) -> None:
    (tmp_path / "damaged.jpg").write_bytes(b"\xff\xd8\xffno")
    inputs = [str(tmp_path / "damaged.jpg"), str(TICKET)]
    done = CliRunner().invoke(app, ["ocr", *inputs, "--format", "json"])
    assert done.exit_code == 3
    assert "damaged.jpg" in done.stderr
    failed, read = (json.loads(line) for line in done.stdout.splitlines())
    assert failed["error"] == "SourceError"
    assert "中国铁路祝您旅途愉快" in read["text"]


def test_the_command_writes_pdf_to_files_only(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["ocr", str(TICKET), "--format", "pdf"])
    assert done.exit_code == 2
    assert "--out" in done.stderr
    out = tmp_path / "searchable.pdf"
    done = CliRunner().invoke(app, ["ocr", str(TICKET), "--format", "pdf", "--out", str(out)])
    assert done.exit_code == 0
    assert "246P702363" in pypdfium2.PdfDocument(out)[0].get_textpage().get_text_range()
    assert [*tmp_path.iterdir()] == [out]


def test_a_pdf_of_nothing_is_not_written(tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    none = str(tmp_path / "none.jpg")
    done = CliRunner().invoke(app, ["ocr", none, "--format", "pdf", "--out", str(out)])
    assert done.exit_code == 3
    assert "no PDF was written" in done.stderr
    assert not [*tmp_path.iterdir()]


def test_a_page_of_short_marks_that_run_backwards_has_a_direction() -> None:
    """A damaged PDF drew such ones, and the service answered 500."""
    mark = np.array([[10.0, 0.0], [0.0, 0.0], [0.0, 9.0], [10.0, 9.0]])
    assert direction([mark]) == 0.0
    assert direction([mark, np.roll(mark, 2, axis=0)]) == 0.0
    assert direction([]) == 0.0
