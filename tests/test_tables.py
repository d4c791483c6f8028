"""Tables: rows found on drawn pages with known truth, typed cells, rules, pages, files."""

import csv
import json
import random
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pil
from typer.testing import CliRunner

from docextract import Extractor
from docextract.cli.main import app
from docextract.errors import TemplateError, UnknownName, UsageError
from docextract.evaluation import is_right, load_labels
from docextract.explaining import explain
from docextract.fields import field_types
from docextract.rules.choice import Choice
from docextract.synth._fonts import Face, FontError, find_font
from docextract.synth.delivery_note import draw_pages, random_note
from docextract.synth.photo import scanned
from docextract.tables import TableRead
from docextract.tables.reading import Other
from docextract.tables.rows import Column, TablePrint
from docextract.template import load_template
from docextract.types import Reading
from docextract.writers import open_writer


def _fonts() -> bool:
    try:
        return all(find_font(face) for face in (Face.SONG, Face.HEI, Face.SANS))
    except FontError:
        return False


needs_fonts = pytest.mark.skipif(not _fonts(), reason="typefaces are not installed")
COLUMNS = (Column(10, 290, lines=3), Column(310, 390), Column(410, 490, nullable=True))
_BAR_PX, _LEADING_PX, _GAP_PX = 14, 22, 34


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor("delivery_note")


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, object]:
    """A scanned note whose table goes on over a second page."""
    note = random_note(random.Random(11), rows=25)
    scans = [scanned(p, np.random.default_rng(i)) for i, p in enumerate(draw_pages(note))]
    assert len(scans) == 2
    path = tmp_path_factory.mktemp("tables") / "note.tif"
    first, *more = [Pil.fromarray(scan[:, :, ::-1]) for scan in scans]
    first.save(path, save_all=True, append_images=more)
    return path, note


@pytest.fixture(scope="module")
def result(extractor, document):
    (found,) = extractor.run([document[0]])
    return found


def drawn(rows: list[tuple[int, bool]], *, ruled: bool) -> np.ndarray:
    """Bars as print: rows of so many lines in the first column, with or without a note."""
    image = np.full((2400, 500, 3), 245, np.uint8)
    y = 0
    for lines, noted in rows:
        top = y + 12
        for i in range(lines):
            _bar(image, 20, 250, top + i * _LEADING_PX)
        _bar(image, 320, 380, top)
        if noted:
            _bar(image, 420, 480, top)
        y = top + (lines - 1) * _LEADING_PX + _BAR_PX + _GAP_PX - 12
        if ruled:
            cv2.line(image, (0, y), (500, y), (0, 0, 0), 2)
    if ruled:
        for x in (1, 300, 400, 498):
            cv2.line(image, (x, 0), (x, y), (0, 0, 0), 2)
    return image[: max(y + 300, 400)]


def _bar(image: np.ndarray, left: int, right: int, top: int) -> None:
    for x in range(left, right, 8):  # letters, not a ruling line
        cv2.rectangle(image, (x, top), (x + 4, top + _BAR_PX), (40, 40, 40), -1)


# rows


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=0, max_size=14),
    ruled=st.booleans(),
)
def test_rows_are_found_with_and_without_ruling_lines(rows, ruled) -> None:
    found = TablePrint.of(drawn(rows, ruled=ruled), COLUMNS).rows()
    seen = [(len(row.cells[0]), bool(row.cells[2])) for row in found]
    assert seen == rows
    assert all(len(row.cells[1]) == 1 for row in found)


def test_a_table_ends_where_it_is_told_to() -> None:
    whole = TablePrint.of(drawn([(1, False)] * 5, ruled=False), COLUMNS)
    fourth = whole.print_lines()[3]
    assert len(whole.above(fourth.top).rows()) == 3


def test_a_tall_box_with_few_rows_has_no_print_in_its_ruling_lines() -> None:
    image = np.full((2400, 500, 3), 245, np.uint8)
    image[:160] = drawn([(1, False)] * 2, ruled=True)[:160]
    rows = TablePrint.of(image, COLUMNS).rows()
    assert [bool(row.cells[2]) for row in rows] == [False, False]


def test_a_long_page_of_rows_is_found_whole() -> None:
    top = drawn([(1, False)] * 40, ruled=False)[: 40 * (_BAR_PX + _GAP_PX)]
    image = np.concatenate([top] * 5)
    assert len(TablePrint.of(image, COLUMNS).rows()) == 200


# memory


def test_what_rules_may_choose_in_a_long_table_takes_little_memory() -> None:
    """The alternatives of a table of 1,000 rows differ in a row each, and share the others."""
    kind = field_types.get("table")(**field_types.get("table").examples[0].options)
    cells = {"name": "nut", "pieces": 12, "note": None}
    row = {name: Reading(name, value, str(value), 0.9) for name, value in cells.items()}
    others = tuple(Other(i, "pieces", Choice(i, str(i), -3.0), 2.0) for i in range(900, 940))
    read = TableRead("lines", kind, nullable=False, rows=(row,) * 1000, others=others)
    choices = read.alternatives()
    assert len(choices) == 41
    assert len({id(row) for choice in choices for row in choice.value}) == 1000 + 40
    changed = choices[7]
    assert changed.value == kind.parse_partly(changed.text)
    settled = read.settled(replace(read.reading(), value=changed.value))
    assert kind.rows_of([{n: c.value for n, c in row.items()} for row in settled.rows]) == (
        changed.value
    )


# whole pages


@needs_fonts
def test_a_table_goes_on_over_pages_and_every_cell_is_read(result, document, extractor) -> None:
    note = document[1]
    kind = extractor.template.fields["lines"].kind
    assert len(result.readings["lines"].rows) == len(note.goods)
    assert is_right(result.readings["lines"], note.labels()["lines"], kind)
    first = result.record.lines[0]
    assert first.quantity == note.goods[0].quantity
    assert first.amount == note.goods[0].amount
    assert isinstance(first.amount, Decimal)


@needs_fonts
def test_what_is_on_the_last_page_is_read_there(result, document) -> None:
    note = document[1]
    assert result.page == 1
    assert result.layout == "first"
    assert result.record.buyer == note.buyer  # printed on the first page
    assert result.record.amount == note.amount  # printed on the second
    assert sum(row.amount for row in result.record.lines) == result.record.amount
    assert result.readings["amount"].quad_px is None  # of another page than the result's


@needs_fonts
def test_a_wrong_sum_is_flagged(extractor) -> None:
    note = random_note(random.Random(3), rows=3)
    (page,) = draw_pages(note)
    short = page.copy()
    top, bottom = (round(u * page.shape[0] / 2970) for u in (560, 638))
    band = slice(top + 4, bottom - 3)
    short[band] = 255  # the first row is wiped out, its ruling lines stay
    result = extractor.read(short)
    reading = result.readings["lines"]
    assert len(reading.rows) == 2
    assert any("sum(lines.amount)" in check for check in reading.failed)
    assert result.status == "review"


@needs_fonts
def test_a_misread_figure_is_found_by_the_rules(result) -> None:
    """Each row's amount is its quantity times its price, whatever each cell alone looks like."""
    for row in result.readings["lines"].rows:
        amount, quantity, price = (row[n].value for n in ("amount", "quantity", "price"))
        assert amount == quantity * price
        assert not row["amount"].failed


@needs_fonts
def test_a_table_without_rows_has_no_value(extractor) -> None:
    note = random_note(random.Random(3), rows=1)
    (page,) = draw_pages(note)
    blank = page.copy()
    top, bottom = (round(u * page.shape[0] / 2970) for u in (564, 2560))
    blank[top:bottom] = 255
    reading = extractor.read(blank).readings["lines"]
    assert reading.value is None
    assert reading.failed == ("blank",)


@needs_fonts
def test_a_cell_can_be_explained(extractor, tmp_path) -> None:
    note, path = random_note(random.Random(4), rows=2), tmp_path / "note.png"
    (page,) = draw_pages(note)
    cv2.imwrite(str(path), page)
    found = explain(extractor.inspect(path, "lines.2.amount"))
    assert found.field == "lines.2.amount"
    assert found.reading.value == note.goods[1].amount
    with pytest.raises(UsageError, match="Name one of its cells"):
        extractor.inspect(path, "lines")


# files


@needs_fonts
@pytest.mark.parametrize("format", ["csv", "xlsx", "parquet"])
def test_rows_are_written_one_a_row(result, extractor, tmp_path, format) -> None:
    path = tmp_path / f"goods.{format}"
    with open_writer(path, None, extractor.template, rows="lines") as writer:
        writer.write(result.row())
    table = _table(path)
    assert [row["row"] for row in table] == list(range(1, len(result.record.lines) + 1))
    assert [Decimal(str(row["amount"])) for row in table] == [r.amount for r in result.record.lines]


def _table(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".csv":
        rows = list(csv.DictReader(path.open(encoding="utf-8-sig")))
        return [{**row, "row": int(row["row"])} for row in rows]
    if path.suffix == ".xlsx":
        from openpyxl import load_workbook

        head, *body = load_workbook(path).active.iter_rows(values_only=True)
        return [dict(zip(head, line, strict=True)) for line in body]
    import pyarrow.parquet as pq

    return pq.read_table(path).to_pylist()


@needs_fonts
@pytest.mark.parametrize("format", ["csv", "jsonl", "xlsx", "parquet"])
def test_a_table_beside_other_fields_is_json(result, extractor, tmp_path, format) -> None:
    path = tmp_path / f"notes.{format}"
    with open_writer(path, None, extractor.template) as writer:
        writer.write(result.row())
    if format == "jsonl":
        (line,) = map(json.loads, path.read_text("utf-8").splitlines())
        rows = line["values"]["lines"]
        assert len(line["cells"]["lines"]) == len(rows)
    else:
        with_numbers = path.with_name(path.name)
        (line,) = _plain_rows(with_numbers)
        rows = json.loads(line["lines"])
    kind = extractor.template.fields["lines"].kind
    assert kind.parse(json.dumps(rows)) == result.record.lines


def _plain_rows(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".csv":
        return list(csv.DictReader(path.open(encoding="utf-8-sig")))
    return _table(path)


@needs_fonts
def test_labels_may_be_lists_of_rows(tmp_path, document, result, extractor) -> None:
    rows = json.loads(document[1].labels()["lines"])
    pages = {"note.tif": {"lines": rows, "buyer": "x"}}
    (tmp_path / "labels.json").write_text(
        json.dumps({"template": "delivery_note", "pages": pages}), "utf-8"
    )
    label = load_labels(tmp_path).pages["note.tif"]["lines"]
    kind = extractor.template.fields["lines"].kind
    assert is_right(result.readings["lines"], label, kind)
    rows[0]["quantity"] = "1"
    assert not is_right(result.readings["lines"], json.dumps(rows), kind)


def test_rows_of_what_is_no_table_are_refused(tmp_path) -> None:
    template = load_template("delivery_note")
    with pytest.raises(UnknownName, match="Did you mean 'lines'"):
        open_writer(tmp_path / "a.csv", None, template, rows="line")
    with pytest.raises(UsageError, match="'amount' has no rows"):
        open_writer(tmp_path / "a.csv", None, template, rows="amount")


# templates


def test_preview_and_lint_know_columns(tmp_path) -> None:
    out = tmp_path / "preview.png"
    run = CliRunner().invoke(app, ["template", "preview", "delivery_note", "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert cv2.imread(str(out)) is not None
    run = CliRunner().invoke(app, ["template", "lint", "delivery_note"])
    assert "lines.columns.note" in run.output


TABLE = """\
docextract: 1
name: bill
page: {width: 500, height: 400}
layouts: [{name: a}]
fields:
  total: {type: amount, box: [310, 350, 80, 30]}
  lines:
    type: table
    box: [0, 0, 500, 300]
    columns:
      what: {type: text, x: [10, 290], lines: 3}
      price: {type: amount, x: [310, 390]}
rules:
  - sum(lines.price) == total
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("type: amount, x: [310, 390]", "type: amonut, x: [310, 390]", "Did you mean 'amount'"),
        ("x: [310, 390]", "x: [390, 310]", "left edge and the right edge"),
        ("x: [310, 390]", "x: [200, 390]", "overlap"),
        ("x: [310, 390]", "x: [310, 590]", "beyond its table's box"),
        ("x: [310, 390]", "xs: [310, 390]", "columns.price.x is missing"),
        ("type: amount, x", "type: barcode, x", "Cells of a table are print"),
        ("sum(lines.price)", "sum(lines.prize)", "Did you mean 'price'"),
        ("sum(lines.price)", "sum(lines.what)", "Only numbers have a sum"),
        ("sum(lines.price) == total", "lines.price == total", "is a whole column"),
        ("sum(lines.price)", "sum(total)", "sum() takes a table's column"),
    ],
)
def test_mistakes_in_a_table_are_told(tmp_path, old, new, told) -> None:
    assert old in TABLE
    path = tmp_path / "bill.yaml"
    path.write_text(TABLE.replace(old, new), "utf-8")
    with pytest.raises(TemplateError) as caught:
        load_template(path)
    assert told in str(caught.value)


def test_a_layout_that_moves_a_table_moves_its_columns(tmp_path) -> None:
    path = tmp_path / "bill.yaml"
    moved = "[{name: a}, {name: b, boxes: {lines: [100, 50, 250, 200]}}]"
    path.write_text(TABLE.replace("[{name: a}]", moved), "utf-8")
    columns = load_template(path).columns("lines", "b")
    assert columns["price"] == (255, 50, 40, 200)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"\[(\{\"(name|pieces)\": (\"\w*\"|null|3)\},?)*\]"))
def test_any_text_is_a_table_or_refused(text) -> None:
    table = field_types.get("table")
    kind = table(**table.examples[0].options)
    try:
        rows = kind.parse(text)
    except ValueError:
        return
    assert all(row.name and row.pieces is not None for row in rows)


def test_records_with_tables_cross_processes() -> None:
    code = (
        "import pickle, sys; from docextract.fields import field_types; "
        "kind = field_types.get('table'); example = kind.examples[0]; "
        "sys.stdout.buffer.write(pickle.dumps(kind(**example.options).parse(example.text)))"
    )
    import pickle

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert pickle.loads(done.stdout) == field_types.get("table").examples[0].value
