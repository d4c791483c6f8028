import csv
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from docextract.errors import MissingExtra, UnknownName, UsageError
from docextract.template import Template
from docextract.writers import Row, open_writer, writers

BOX = [0, 0, 10, 10]
TYPES = {"code": "digits", "date": "date", "at": "time", "count": "integer", "total": "amount"}
ABOUT = ["source", "page", "layout", "status", "reason", "error", "confidence", "failed"]
FILES = ("csv", "parquet", "xlsx")


def make_template(**types: str) -> Template:
    return Template.model_validate(
        {
            "path": Path("form.yaml"),
            "docextract": 1,
            "name": "form",
            "page": {"width": 10, "height": 10},
            "layouts": [{"name": "a"}],
            "fields": {name: {"type": kind, "box": BOX} for name, kind in types.items()},
        }
    )


TEMPLATE = make_template(**TYPES, note="text")
OTHER = TEMPLATE.model_copy(update={"name": "other"})
VALUES = {
    "code": "044001900111",
    "date": date(2021, 3, 4),
    "at": time(9, 5),
    "count": -3,
    "total": Decimal("-16.80"),
    "note": '增值税,"普通"\n发票',
}
GOOD = Row("扫描/a.jpg", 2, "form", "a", "accepted", "", VALUES, {"code": 0.99, "total": 0.95}, {})
BAD = Row(
    "b.jpg",
    1,
    "form",
    None,
    "failed",
    "no layout found",
    {"total": None},
    {},
    {"total": ("sum", "range"), "code": ("mod11",)},
    "RegistrationError",
)


def write(path: Path, *rows: Row, template: Template = TEMPLATE) -> Path:
    with open_writer(path, None, template) as writer:
        for row in rows:
            writer.write(row)
    return path


def write_and_fail(path: Path) -> None:
    with open_writer(path, None, TEMPLATE) as writer:
        writer.write(GOOD)
        assert path.read_text() == "earlier"
        raise KeyError


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def read_xlsx(path: Path) -> list[list[object]]:
    sheet = openpyxl.load_workbook(path).active
    return [list(cells) for cells in sheet.iter_rows(values_only=True)]


def test_jsonl_keeps_everything(tmp_path):
    path = write(tmp_path / "out.jsonl", GOOD, BAD)
    good, bad = map(json.loads, path.read_text("utf-8").splitlines())
    assert good == {
        "source": "扫描/a.jpg",
        "page": 2,
        "template": "form",
        "layout": "a",
        "status": "accepted",
        "reason": "",
        "error": "",
        "values": {
            **VALUES,
            "date": "2021-03-04",
            "at": "09:05:00",
            "total": "-16.80",
        },
        "confidences": {"code": 0.99, "total": 0.95},
        "failed": {},
    }
    assert bad["error"] == "RegistrationError"
    assert bad["values"] == {"total": None}
    assert bad["failed"] == {"total": ["sum", "range"], "code": ["mod11"]}
    assert "增值税" in path.read_text("utf-8")


def test_jsonl_goes_to_stdout_by_default(capsys):
    with open_writer(None, None, TEMPLATE) as writer:
        writer.write(GOOD)
    assert json.loads(capsys.readouterr().out)["source"] == "扫描/a.jpg"
    print("stdout is still open")


def test_jsonl_rows_are_in_the_file_before_it_is_closed(tmp_path):
    path = tmp_path / "out.jsonl"
    with open_writer(path, None, TEMPLATE) as writer:
        writer.write(GOOD)
        assert len(path.read_text("utf-8").splitlines()) == 1


def test_csv_reads_back(tmp_path):
    path = write(tmp_path / "out.csv", GOOD, BAD)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    names, good, bad = read_csv(path)
    assert names == [*ABOUT, *TYPES, "note"]
    assert good[:8] == ["扫描/a.jpg", "2", "a", "accepted", "", "", "0.95", ""]
    assert good[8:] == ["044001900111", "2021-03-04", "09:05:00", "-3", "-16.80", VALUES["note"]]
    assert bad[:5] == ["b.jpg", "1", "", "failed", "no layout found"]
    assert bad[5:] == ["RegistrationError", "", "total: sum, range; code: mod11"] + [""] * 6


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_texts_never_run_as_formulas(tmp_path, start):
    text = f"{start}cmd()"
    row = Row(text, 1, "form", "a", "review", "", {"note": text, "count": -3}, {}, {})
    cells = read_csv(write(tmp_path / "out.csv", row))[1]
    assert (cells[0], cells[-1], cells[-3]) == (f"'{text}", f"'{text}", "-3")


def test_parquet_columns_are_typed(tmp_path):
    table = pq.read_table(write(tmp_path / "out.parquet", GOOD, BAD))
    assert {name: table.schema.field(name).type for name in TYPES} == {
        "code": pa.string(),
        "date": pa.date32(),
        "at": pa.time64("us"),
        "count": pa.int64(),
        "total": pa.decimal128(38, 16),
    }
    good, bad = table.to_pylist()
    assert {name: good[name] for name in VALUES} == VALUES
    assert (good["source"], good["page"], good["confidence"]) == ("扫描/a.jpg", 2, 0.95)
    assert (bad["status"], bad["layout"], bad["total"], bad["confidence"]) == (
        "failed",
        None,
        None,
        None,
    )


def test_parquet_goes_out_in_row_groups(tmp_path):
    path = write(tmp_path / "out.parquet", *[GOOD] * 20_001)
    file = pq.ParquetFile(path)
    assert file.metadata.num_rows == 20_001
    assert [file.metadata.row_group(i).num_rows for i in range(3)] == [10_000, 10_000, 1]


@pytest.mark.parametrize("values", [{"count": 2**63}, {"total": Decimal("1e30")}])
def test_parquet_refuses_a_number_it_cannot_hold(tmp_path, values):
    row = Row("a", 1, "form", "a", "accepted", "", values, {}, {})
    with pytest.raises(UsageError, match=f"column {next(iter(values))} .* Write csv or jsonl"):
        write(tmp_path / "out.parquet", row)
    assert not list(tmp_path.iterdir())


def test_xlsx_cells_are_typed(tmp_path):
    names, good, bad = read_xlsx(write(tmp_path / "out.xlsx", GOOD, BAD))
    assert names == [*ABOUT, *TYPES, "note"]
    code, day, at, count, total, note = good[8:]
    assert (code, day.date(), at, count, note) == (
        "044001900111",
        date(2021, 3, 4),
        time(9, 5),
        -3,
        VALUES["note"],
    )
    assert total == pytest.approx(-16.8)
    assert bad[8:] == [None] * 6


def test_xlsx_shows_the_decimals_that_were_printed(tmp_path):
    sheet = openpyxl.load_workbook(write(tmp_path / "out.xlsx", GOOD)).active
    assert sheet.cell(2, 13).number_format == "0.00"


def test_xlsx_texts_are_no_formulas_and_have_no_control_characters(tmp_path):
    row = Row("a\x01b", 1, "form", "a", "review", "", {"note": "=1+1"}, {}, {})
    sheet = openpyxl.load_workbook(write(tmp_path / "out.xlsx", row)).active
    assert (sheet.cell(2, 14).value, sheet.cell(2, 14).data_type) == ("=1+1", "s")
    assert sheet.cell(2, 1).value == "ab"


@pytest.mark.parametrize("format", FILES)
def test_a_file_appears_only_when_it_is_whole(tmp_path, format):
    path = tmp_path / f"out.{format}"
    path.write_text("earlier")
    with pytest.raises(KeyError):
        write_and_fail(path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "earlier"
    write(path, GOOD)
    assert path.read_bytes() != b"earlier"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("format", writers.names())
def test_a_run_without_rows_leaves_a_readable_file(tmp_path, format):
    path = write(tmp_path / f"out.{format}")
    assert path.is_file()


def test_a_field_may_be_called_as_a_first_column(tmp_path):
    template = make_template(status="text", total="amount")
    row = Row("a", 1, "form", "a", "review", "", {"status": "married"}, {}, {})
    names, cells = read_csv(write(tmp_path / "out.csv", row, template=template))
    found = dict(zip(names, cells, strict=True))
    assert (found["status"], found["_status"]) == ("married", "review")
    assert len(set(names)) == len(names)


def test_a_capital_amount_is_a_number_in_parquet(tmp_path):
    template = make_template(total="amount_cn")
    value = template.fields["total"].kind.parse("玖圆叁角伍分")
    row = Row("a", 1, "form", "a", "review", "", {"total": value}, {}, {})
    (found,) = pq.read_table(write(tmp_path / "out.parquet", row, template=template)).to_pylist()
    assert found["total"] == Decimal("9.35")


@pytest.mark.parametrize("format", writers.names())
def test_file_names_that_are_no_utf8_are_written_out(tmp_path, format):
    source = b"\xe4.jpg".decode("utf-8", "surrogateescape")
    row = Row(source, 1, "form", "a", "review", "", {}, {}, {})
    path = write(tmp_path / f"out.{format}", row)
    found = {
        "jsonl": lambda: json.loads(path.read_text("utf-8"))["source"],
        "csv": lambda: read_csv(path)[1][0],
        "parquet": lambda: pq.read_table(path).to_pylist()[0]["source"],
        "xlsx": lambda: read_xlsx(path)[1][0],
    }[format]()
    assert found == (source if format == "jsonl" else "\\udce4.jpg")


def test_the_format_follows_the_ending_unless_given(tmp_path):
    with open_writer(tmp_path / "out.txt", "csv", TEMPLATE):
        pass
    assert read_csv(tmp_path / "out.txt")[0][0] == "source"
    assert write(tmp_path / "OUT.CSV")
    with pytest.raises(UsageError, match=r"'.doc'. Use one of .csv, .jsonl, .*.xlsx"):
        open_writer(tmp_path / "out.doc", None, TEMPLATE)
    with pytest.raises(UnknownName, match="Did you mean 'parquet'"):
        open_writer(tmp_path / "out", "parket", TEMPLATE)


@pytest.mark.parametrize("format", writers.names())
def test_a_place_that_cannot_be_written_is_refused_at_once(tmp_path, format):
    with pytest.raises(UsageError, match="Make it first"):
        open_writer(tmp_path / "no" / "out", format, TEMPLATE)
    with pytest.raises(UsageError, match="is a folder"):
        open_writer(tmp_path, format, TEMPLATE)


@pytest.mark.parametrize("format", FILES)
def test_only_json_lines_go_to_stdout(format):
    with pytest.raises(UsageError, match="Name a file, or write jsonl"):
        open_writer(None, format, TEMPLATE)


@pytest.mark.parametrize(("package", "format"), [("pyarrow", "parquet"), ("openpyxl", "xlsx")])
def test_a_missing_package_names_the_line_that_installs_it(tmp_path, monkeypatch, package, format):
    for name in [m for m in sys.modules if m == package or m.startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=rf"pip install 'docextract\[{format}\]'"):
        open_writer(tmp_path / f"out.{format}", None, TEMPLATE)
    with pytest.raises(MissingExtra):  # not when the first row comes
        open_writer(tmp_path / f"out.{format}", None, TEMPLATE, OTHER)


def test_all_files_of_several_templates_are_finished_when_one_cannot_be(tmp_path):
    writer = open_writer(tmp_path / "out.csv", None, TEMPLATE, OTHER)
    for name in ("form", "other"):
        writer.write(replace(GOOD, template=name))
    (tmp_path / "out-form.csv").mkdir()
    with pytest.raises(OSError, match="out-form"):
        writer.close(complete=True)
    assert len(read_csv(tmp_path / "out-other.csv")) == 2


def test_writing_json_lines_loads_no_heavy_package():
    code = (
        "import sys; from docextract.writers import writers; writers.names(); "
        "print([m for m in ('pyarrow', 'openpyxl') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
