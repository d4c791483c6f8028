"""The command line: records on stdout, everything else on stderr, and an exit code to trust."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from decimal import Decimal
from functools import partial
from pathlib import Path

import cv2
import jsonschema
import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

import docextract
from docextract.cli.main import app
from docextract.fields import field_types
from docextract.recognition import model_names
from docextract.resources import resource_dir
from docextract.template import load_template

SAMPLES = resource_dir("templates") / "invoice"
LABELS = json.loads((SAMPLES / "labels.json").read_text("utf-8"))["pages"]


def _docextract(*arguments: object):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def _process(*arguments: object, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "docextract", *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def _rows(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def _no_ticket(path: Path) -> None:
    """A picture of something else."""
    cv2.imwrite(str(path), np.full((600, 900, 3), 200, np.uint8))


@pytest.fixture(scope="module")
def tickets(tmp_path_factory, draw_ticket):
    """Two folders with equally named files, and a damaged and a wrong picture among them."""
    folder = tmp_path_factory.mktemp("tickets")
    draw_ticket(folder / "east" / "1.png", "E-1")
    draw_ticket(folder / "east" / "2.png", "E-2")
    (folder / "east" / "3.png").write_bytes(b"no picture at all")
    draw_ticket(folder / "west" / "1.png", "W-1")
    _no_ticket(folder / "west" / "2.png")
    return folder


@pytest.fixture(scope="module")
def ran(tickets, ticket_template, tmp_path_factory):
    """One run over all tickets, with drawings."""
    drawn = tmp_path_factory.mktemp("run") / "drawn"
    result = _docextract("run", "-t", ticket_template, tickets, "--draw", drawn)
    return result, _rows(result.stdout), drawn


# run


def test_invoices_are_read_as_labelled():
    result = _docextract("run", "--template", "invoice", SAMPLES)
    rows = _rows(result.stdout)
    assert result.exit_code == 0, result.stderr
    assert [Path(row["source"]).name for row in rows] == sorted(LABELS)
    fields = load_template("invoice").fields
    for row in rows:
        for name, printed in LABELS[Path(row["source"]).name].items():
            value = None if printed is None else fields[name].kind.parse(printed)
            expected = f"{value:f}" if isinstance(value, Decimal) else value and str(value)
            assert row["values"][name] == expected, (row["source"], name)
            assert 0 < row["confidences"][name] < 1


def test_a_bad_file_is_a_row_and_the_rest_goes_on(ran):
    result, rows, _ = ran
    assert [row["values"].get("code") for row in rows] == ["E-1", "E-2", None, "W-1", None]
    assert [row["status"] for row in rows[:3]] == ["accepted", "accepted", "failed"]
    assert "neither a picture nor a PDF" in rows[2]["reason"]
    assert "no layout (a) fits" in rows[4]["reason"]
    errors = ["", "", "SourceError", "", "RegistrationError"]
    assert [row["error"] for row in rows] == errors
    for row in (rows[2], rows[4]):
        assert f"failed: {row['reason']}" in result.stderr


def test_the_summary_counts_pages_and_fields(ran):
    result, _, _ = ran
    assert "5 pages: 3 accepted, 0 review, 2 failed" in result.stderr
    assert ["code", "3", "0", "0"] in [line.split() for line in result.stderr.splitlines()]


def test_every_page_that_was_loaded_is_drawn_under_its_own_name(ran, tickets):
    _, _, drawn = ran
    assert sorted(path.name for path in drawn.iterdir()) == [
        "1-1-2.jpg",
        "1-1.jpg",
        "2-1-2.jpg",
        "2-1.jpg",
    ]
    original = cv2.imread(str(tickets / "east" / "1.png"))
    picture = cv2.imread(str(drawn / "1-1.jpg"))
    assert picture.shape == original.shape
    assert (cv2.absdiff(picture, original).max(axis=2) > 60).sum() > 500  # a box and a value


def test_exit_code_tells_the_worst(tickets, ticket_template):
    codes = {
        paths: _docextract("run", "-q", "-t", ticket_template, *(tickets / p for p in paths))
        for paths in [
            ("east/1.png",),
            ("west/2.png",),
            ("east/3.png",),
            ("west/2.png", "east/3.png"),
            ("east/3.png", "west/2.png", "east/1.png"),
        ]
    }
    assert [result.exit_code for result in codes.values()] == [0, 4, 3, 3, 3]


def test_a_page_for_review_is_no_failure(ticket_template, tmp_path):
    blank = cv2.imread(str(ticket_template.with_name("ticket.png")))
    cv2.imwrite(str(tmp_path / "blank.png"), blank)
    result = _docextract("run", "-t", ticket_template, tmp_path / "blank.png")
    (row,) = _rows(result.stdout)
    assert (row["status"], row["values"], row["failed"]) == (
        "review",
        {"code": None},
        {"code": ["unreadable"]},
    )
    assert result.exit_code == 0


def test_quiet_tells_failures_only(tickets, ticket_template):
    result = _docextract("run", "-q", "-t", ticket_template, tickets / "east")
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("failed: ")


def test_an_empty_folder_is_told(ticket_template, tmp_path):
    result = _docextract("run", "-t", ticket_template, tmp_path)
    assert result.exit_code == 3
    assert _rows(result.stdout)[0]["status"] == "failed"
    assert "holds no picture or PDF" in result.stderr


def test_workers_give_the_same_rows(ran, tickets, ticket_template, tmp_path):
    out = tmp_path / "rows.jsonl"
    result = _docextract("run", "-t", ticket_template, tickets, "--workers", 2, "-o", out)
    assert _rows(out.read_text("utf-8")) == ran[1]
    assert result.exit_code == ran[0].exit_code
    assert result.stdout == ""


@pytest.mark.parametrize("name", ["r.csv", "r.xlsx", "r.parquet"])
def test_out_writes_the_rows_in_the_format_of_its_ending(name, tickets, ticket_template, tmp_path):
    out = tmp_path / name
    result = _docextract("run", "-q", "-t", ticket_template, tickets, "--out", out)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert _codes(out) == ["E-1", "E-2", None, "W-1", None]


def _codes(path: Path) -> list[str | None]:
    if path.suffix == ".parquet":
        return pq.read_table(path)["code"].to_pylist()
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [row["code"] or None for row in csv.DictReader(file)]
    heads, *rows = openpyxl.load_workbook(path).active.values
    return [row[heads.index("code")] for row in rows]


def test_format_overrides_the_ending(tickets, ticket_template, tmp_path):
    page, out = tickets / "east" / "1.png", tmp_path / "rows.txt"
    assert _docextract("run", "-t", ticket_template, page, "-o", out).exit_code == 2
    assert _docextract("run", "-t", ticket_template, page, "-o", out, "-f", "csv").exit_code == 0
    assert out.read_text("utf-8-sig").startswith("source,page,")


def test_a_failed_drawing_costs_no_row(tickets, ticket_template, tmp_path):
    folder = tmp_path / "drawn"
    (folder / "1-1.jpg").mkdir(parents=True)  # in the way of the picture
    result = _docextract("run", "-t", ticket_template, tickets / "east/1.png", "--draw", folder)
    assert result.exit_code == 0
    assert _rows(result.stdout)[0]["values"] == {"code": "E-1"}
    assert f"not drawn: {folder / '1-1.jpg'}" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["run", "-t", "invoce", "."],
            "error: unknown template 'invoce'. Did you mean 'invoice' or",
        ),
        (["run", "-t", "nowhere/form.yaml", "."], "error: nowhere/form.yaml: no such file"),
        (["run", "-t", "invoice", ".", "-f", "xslx"], "Did you mean 'xlsx'?"),
        (["run", "-t", "invoice", ".", "-f", "csv"], "error: csv does not go to stdout"),
        (["run", "-t", "invoice", ".", "-o", "nowhere/r.csv"], "no folder nowhere"),
        (["run", "-t", "invoice", ".", "--draw", __file__], "cannot be a folder of pictures"),
        (["run", "."], "--template"),
        (["run", "-t", "invoice"], "PATH"),
        (["run", "-t", "invoice", ".", "--workers", "0"], "--workers"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_to_do(arguments, told):
    result = _docextract(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_debug_lets_the_error_through():
    result = _docextract("--debug", "run", "-t", "invoce", ".")
    assert type(result.exception).__name__ == "UnknownName"


# run, as a process


def test_a_reader_that_leaves_ends_the_run_quietly(tickets, ticket_template):
    process = _process("run", "-q", "-t", ticket_template, tickets / "east")
    process.stdout.close()
    assert process.wait(timeout=60) == 141
    assert process.stderr.read() == ""
    process.stderr.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_keeps_what_was_written(workers, draw_ticket, ticket_template, tmp_path):
    page = draw_ticket(tmp_path / "page.png", "T-1")
    scans, out, started = tmp_path / "scans", tmp_path / "rows.csv", tmp_path / "drawn"
    scans.mkdir()
    for number in range(400):
        os.link(page, scans / f"{number}.png")
    process = _process(
        *("run", "-q", "-t", ticket_template, "-w", workers, "-o", out, "--draw", started),
        scans,
        start_new_session=True,
        # Shells start background jobs with SIGINT ignored, and children inherit that.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    while not list(started.glob("*.jpg")) and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to parent and workers
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 130, told
    assert told == ""
    codes = _codes(out)
    assert 0 < len(codes) < 400
    assert set(codes) == {"T-1"}


# template


def test_list_names_every_template():
    result = _docextract("template", "list")
    assert result.exit_code == 0
    listed = [line.split() for line in result.stdout.splitlines()[1:]]
    names = [path.stem for path in sorted(SAMPLES.parent.glob("*.yaml"))]
    assert [words[0] for words in listed] == names
    for name, words in zip(names, listed, strict=True):
        title = load_template(name).title.split()
        assert words[1 : 1 + len(title)] == title


def test_show_prints_the_yaml_and_every_field():
    result = _docextract("template", "show", "invoice")
    template = load_template("invoice")
    assert template.path.read_text("utf-8") in result.stdout
    table = result.stdout.split(template.path.read_text("utf-8"))[1]
    assert [line.split()[0] for line in table.splitlines() if line.strip()][1:] == list(
        template.fields
    )


def test_check_says_ok(ticket_template):
    result = _docextract("template", "check", "invoice", ticket_template)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["invoice: OK", f"{ticket_template}: OK"]


def test_check_tells_every_mistake_and_goes_on(ticket_template, tmp_path):
    data = yaml.safe_load(ticket_template.read_text("utf-8"))
    data["layouts"] = [{"name": "a"}]
    data["fields"]["day"] = {"type": "dat", "box": [1, 2, 3, 4]}
    data["fields"]["far"] = {"type": "digits", "box": [890, 0, 100, 50]}
    broken = tmp_path / "ticket.yaml"
    broken.write_text(yaml.safe_dump(data), "utf-8")
    result = _docextract("template", "check", broken, ticket_template)
    assert result.exit_code == 2
    mistakes = result.stderr.splitlines()
    assert len(mistakes) == 2
    assert all(line.startswith(f"error: {broken}") for line in mistakes)
    assert "Did you mean 'date'" in mistakes[0]
    assert "inside the page" in mistakes[1]
    assert result.stdout == f"{ticket_template}: OK\n"


def test_check_tries_what_the_template_names(ticket_template, tmp_path):
    text = ticket_template.read_text("utf-8")
    shutil.copy(ticket_template.with_name("ticket.png"), tmp_path)
    (tmp_path / "ticket.yaml").write_text(
        f"{text}  amount: {{type: amount, recognizer: ppocr, box: [1, 1, 9, 9]}}\n", "utf-8"
    )
    result = _docextract("template", "check", tmp_path / "ticket.yaml")
    assert result.exit_code == 2
    assert "unknown model 'ppocr'" in result.stderr


def test_schema_accepts_the_shipped_template():
    schema = json.loads(_docextract("template", "schema").stdout)
    data = yaml.safe_load(load_template("invoice").path.read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(data)
    data["fields"]["code"]["type"] = "dat"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(data)


def test_preview_draws_boxes_on_the_reference(ticket_template, tmp_path):
    out = tmp_path / "preview.png"
    assert _docextract("template", "preview", ticket_template, "--out", out).exit_code == 0
    reference = cv2.imread(str(ticket_template.with_name("ticket.png")))
    changed = cv2.absdiff(cv2.imread(str(out)), reference).max(axis=2) > 0
    assert changed[165, 60:290].all()  # the upper edge of the box
    assert changed[170:285, 50].all()  # the left one


def test_preview_draws_readings_on_a_sample(ticket_template, tickets, tmp_path):
    sample, out = tickets / "east" / "1.png", tmp_path / "preview.png"
    arguments = ("template", "preview", ticket_template, "--out", out)
    assert _docextract(*arguments, "--sample", sample).exit_code == 0
    assert (cv2.absdiff(cv2.imread(str(out)), cv2.imread(str(sample))) > 0).any()
    wrong = _docextract(*arguments, "--sample", tickets / "west" / "2.png")
    assert wrong.exit_code == 4
    assert wrong.stderr.startswith("error: ")


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [("--layout", "aa", "unknown layout 'aa'"), ("--out", "preview.txt", "Use .png or .jpg")],
)
def test_preview_refuses_what_it_cannot_draw(ticket_template, option, value, told):
    result = _docextract("template", "preview", ticket_template, option, value)
    assert result.exit_code == 2
    assert told in result.stderr


# the rest


def test_version():
    assert _docextract("--version").stdout == f"{docextract.__version__}\n"


def test_fields_lists_every_type_with_its_first_example():
    lines = _docextract("fields").stdout
    for name, kind in field_types:
        assert any(line.split()[:1] == [name] for line in lines.splitlines())
        assert kind.examples[0].text[:12] in lines


def test_models_lists_every_card_with_its_licence():
    lines = _docextract("models").stdout.splitlines()[1:]
    assert [line.split()[0] for line in lines] == list(model_names())
    assert all("Apache-2.0" in line for line in lines)


def test_doctor_finds_this_installation_sound():
    result = _docextract("doctor")
    assert result.exit_code == 0, result.stdout
    for name in ("onnxruntime", "kenlm", "ppocrv6-small", "ppocrv6-det-small", "invoice"):
        assert name in result.stdout
    assert "ms a line" in result.stdout


def test_doctor_tells_what_does_not_work(monkeypatch, tmp_path):
    card = (resource_dir("models") / "ppocrv6-small" / "model.yaml").read_text("utf-8")
    (tmp_path / "ppocrv6-small").mkdir()
    (tmp_path / "ppocrv6-small" / "model.yaml").write_text(
        card.replace("PP-OCRv6_rec_small", "gone"), "utf-8"
    )
    monkeypatch.setattr(
        "docextract.recognition.card.resource_dir",
        lambda kind: tmp_path if kind == "models" else resource_dir(kind),
    )
    result = _docextract("doctor")
    assert result.exit_code == 1
    assert "gone.onnx" in result.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["template", "--help"]])
def test_help_loads_nothing_heavy(arguments):
    code = (
        "import sys\n"
        "from docextract.cli.main import app\n"
        f"app({arguments!r}, standalone_mode=False)\n"
        "heavy = {'numpy', 'cv2', 'onnxruntime', 'pyarrow'} & set(sys.modules)\n"
        "print(heavy, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60
    )
    assert "Usage" in done.stdout
    assert done.stderr == "set()\n"
