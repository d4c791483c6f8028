"""Tables: rows found in drawn ones, typed cells, pages that go on, and what is written of them."""

from __future__ import annotations

import csv
import json
import random
from decimal import Decimal
from pathlib import Path

import cv2
import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pil
from pydantic import ValidationError
from typer.testing import CliRunner

from docextract import Extractor
from docextract.cli.main import app
from docextract.errors import TemplateError, UnknownName, UsageError
from docextract.evaluation.right import is_right
from docextract.fields import field_types
from docextract.resources import resource_dir
from docextract.result import Result
from docextract.rules import compile_rule
from docextract.synth import delivery_note
from docextract.synth._fonts import fonts_installed
from docextract.synth.photo import scanned
from docextract.tables.rows import Column, TablePrint
from docextract.template import load_template
from docextract.writers import Row, open_writer

SAMPLES = resource_dir("templates") / "delivery_note"
drawn = pytest.mark.skipif(not fonts_installed(but=()), reason="the drawing fonts are absent")

WIDTH, PITCH, HIGH = 640, 26, 16
COLUMNS = (Column(0, 300, lines=4), Column(300, 420), Column(420, 540), Column(540, 640, 1, True))


@pytest.fixture(scope="module")
def notes() -> Extractor:
    return Extractor("delivery_note")


@pytest.fixture(scope="module")
def results(notes: Extractor) -> dict[str, Result]:
    return {path.name: notes.read(path) for path in sorted(SAMPLES.glob("*.jpg"))}


def draw_rows(lines_of_rows: list[int], *, ruled: bool, noted: list[bool]) -> np.ndarray:
    """A table of bars for print: names of so many lines, two figures, and a note or none."""
    air = 14
    tops = np.cumsum([10, *(lines * PITCH + air for lines in lines_of_rows)])
    image = np.full((int(tops[-1]) + 60, WIDTH, 3), 235, np.uint8)

    def bar(x: int, y: int, width: int) -> None:
        for left in range(x, x + width, 18):  # characters, with white between them
            cv2.rectangle(image, (left, y), (left + 13, y + HIGH), (30, 30, 30), -1)

    for top, lines, note in zip(tops, lines_of_rows, noted, strict=False):
        for line in range(lines):
            bar(10, int(top) + air // 2 + line * PITCH, 250 if line < lines - 1 else 90)
        for x in (320, 440):
            bar(x, int(top) + air // 2, 72)
        if note:
            bar(560, int(top) + air // 2, 54)
    if ruled:
        for top in tops:
            cv2.line(image, (0, int(top)), (WIDTH - 1, int(top)), (40, 40, 40), 2)
        for column in COLUMNS[1:]:
            left = int(column.left)
            cv2.line(image, (left, 0), (left, int(tops[-1])), (40, 40, 40), 2)
    return image


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=1, max_size=12),
    ruled=st.booleans(),
)
def test_rows_are_those_that_were_drawn(rows: list[tuple[int, bool]], ruled: bool) -> None:
    lines, noted = [n for n, _ in rows], [note for _, note in rows]
    found = TablePrint.of(draw_rows(lines, ruled=ruled, noted=noted), COLUMNS).rows()
    assert [len(row.cells[0]) for row in found] == lines
    assert [bool(row.cells[3]) for row in found] == noted
    assert all(len(row.cells[1]) == len(row.cells[2]) == 1 for row in found)


def test_a_thousand_rows_are_found() -> None:
    image = draw_rows([1] * 1000, ruled=False, noted=[False] * 1000)
    assert len(TablePrint.of(image, COLUMNS).rows()) == 1000


def test_an_empty_table_has_no_rows() -> None:
    blank = np.full((400, WIDTH, 3), 240, np.uint8)
    assert TablePrint.of(blank, COLUMNS).rows() == []


def test_shipped_samples_read_as_labelled(notes: Extractor, results: dict[str, Result]) -> None:
    pages = json.loads((SAMPLES / "labels.json").read_text("utf-8"))["pages"]
    for file, labels in pages.items():
        for name, label in labels.items():
            kind = notes.template.fields[name].kind
            assert is_right(results[file].readings[name], label, kind), (file, name)


def test_rows_are_typed_models_with_a_confidence_and_a_place_a_cell(
    results: dict[str, Result],
) -> None:
    result = results["02.jpg"]
    first, cells = result.record.lines[0], result.readings["lines"].rows[0]
    assert first.amount == first.quantity * first.price
    assert isinstance(first.price, Decimal)
    assert first.note is None or isinstance(first.note, str)
    assert cells["amount"].value == first.amount
    assert cells["amount"].confidence >= result.readings["lines"].confidence > 0
    assert cells["amount"].quad_px.shape == (4, 2)
    assert sum(line.amount for line in result.record.lines) == result.record.amount


@drawn
def test_a_page_that_goes_on_appends_its_rows(notes: Extractor, tmp_path: Path) -> None:
    note = delivery_note.random_note(random.Random(5), rows=31)
    flat = delivery_note.draw_pages(note, width_px=1500)
    pages = [scanned(page, np.random.default_rng(i)) for i, page in enumerate(flat)]
    assert len(pages) == 2
    other = delivery_note.random_note(random.Random(6), rows=1)
    pages += delivery_note.draw_pages(other, width_px=1500)
    first, *rest = [Pil.fromarray(page[:, :, ::-1]) for page in pages]
    first.save(tmp_path / "two.tif", save_all=True, append_images=rest, compression="jpeg")
    whole, lone = notes.run([tmp_path / "two.tif"])
    assert (whole.page, lone.page) == (1, 3)
    assert [row.amount for row in whole.record.lines] == [g.amount for g in note.goods]
    assert whole.record.amount == note.amount
    assert [row.amount for row in lone.record.lines] == [g.amount for g in other.goods]
    assert whole.draw().shape == pages[0].shape


def test_a_cell_is_explained(notes: Extractor, results: dict[str, Result]) -> None:
    found = notes.inspect(SAMPLES / "02.jpg", "lines.1.amount")
    assert found.reading.value == results["02.jpg"].record.lines[0].amount
    with pytest.raises(UsageError, match=r"Name one of its cells, as lines\.1\.name"):
        notes.inspect(SAMPLES / "02.jpg", "lines")
    with pytest.raises(UnknownName, match="Did you mean 'amount'"):
        notes.inspect(SAMPLES / "02.jpg", "lines.1.amuont")


def test_rules_over_a_column_name_columns_that_there_are() -> None:
    fields = load_template("delivery_note").fields
    compile_rule("sum(lines.amount) == amount", fields)
    with pytest.raises(ValueError, match="amuont"):
        compile_rule("sum(lines.amuont) == amount", fields)


def made(**columns: dict[str, object]) -> object:
    return field_types.get("table")(columns=columns)


def test_columns_must_make_sense() -> None:
    with pytest.raises(ValidationError, match="overlap"):
        made(a={"type": "text", "x": [0, 50]}, b={"type": "integer", "x": [40, 80]})
    with pytest.raises(ValidationError, match="Make a column not nullable"):
        made(a={"type": "text", "x": [0, 50], "nullable": True})
    with pytest.raises(ValidationError, match="Cells of a table are print"):
        made(a={"type": "checkbox", "x": [0, 50]})
    with pytest.raises((ValidationError, UnknownName), match="integer"):
        made(a={"type": "integr", "x": [0, 50]})


def test_a_template_says_where_a_column_is_wrong(tmp_path: Path) -> None:
    source = (SAMPLES.parent / "delivery_note.yaml").read_text("utf-8")
    path = tmp_path / "note.yaml"
    path.write_text(source.replace("type: integer, title: 数量", "type: integr, title: 数量"))
    with pytest.raises(TemplateError, match=r"quantity.*Did you mean 'integer'"):
        load_template(path)


TABLE = '[{"name": "nut", "unit": "个", "quantity": "3", "price": "1.50", "amount": "4.50"}]'
TEXTS = {"code": "SH00000001", "amount": Decimal("4.50")}


def written_row() -> Row:
    kind = load_template("delivery_note").fields["lines"].kind
    sure = dict.fromkeys(("name", "unit", "quantity", "price", "amount", "note"), 0.9)
    return Row(
        "a.jpg",
        1,
        "delivery_note",
        "first",
        "review",
        "",
        {"lines": kind.parse(TABLE), **TEXTS},
        {"lines": 0.9, "amount": 0.99},
        {"lines": ("1.amount.rule",)},
        cells={"lines": (sure,)},
    )


def write(path: Path, *, rows: str | None = None) -> Path:
    with open_writer(path, None, load_template("delivery_note"), rows=rows) as writer:
        writer.write(written_row())
    return path


def test_every_format_holds_a_table(tmp_path: Path) -> None:
    lines = json.loads(write(tmp_path / "a.jsonl").read_text("utf-8"))
    assert lines["values"]["lines"] == [{**json.loads(TABLE)[0], "quantity": 3, "note": None}]
    assert lines["cells"]["lines"][0]["price"] == 0.9
    with write(tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert json.loads(row["lines"]) == lines["values"]["lines"]
    (row,) = pq.read_table(write(tmp_path / "a.parquet")).to_pylist()
    assert json.loads(row["lines"]) == lines["values"]["lines"]
    sheet = openpyxl.load_workbook(write(tmp_path / "a.xlsx")).active
    heading, cells = sheet.iter_rows(values_only=True)
    row = dict(zip(heading, cells, strict=True))
    assert json.loads(row["lines"]) == lines["values"]["lines"]


def test_rows_of_a_table_are_written_one_a_row(tmp_path: Path) -> None:
    with write(tmp_path / "a.csv", rows="lines").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    shown = {name: row[name] for name in ("source", "row", "name", "price", "amount", "note")}
    assert shown == {
        "source": "a.jpg",
        "row": "1",
        "name": "nut",
        "price": "1.50",
        "amount": "4.50",
        "note": "",
    }
    (row,) = pq.read_table(write(tmp_path / "a.parquet", rows="lines")).to_pylist()
    assert (row["quantity"], row["amount"]) == (3, Decimal("4.50"))


def test_rows_of_what_is_no_table_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'lines'"):
        write(tmp_path / "a.csv", rows="line")
    with pytest.raises(UsageError, match="amount"):
        write(tmp_path / "a.csv", rows="amount")


def test_preview_and_lint_know_columns(tmp_path: Path) -> None:
    out = tmp_path / "preview.png"
    run = CliRunner().invoke(app, ["template", "preview", "delivery_note", "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert cv2.imread(str(out)) is not None
    run = CliRunner().invoke(app, ["template", "lint", "delivery_note"])
    assert "lines.columns.note" in run.output
