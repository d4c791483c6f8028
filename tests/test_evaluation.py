"""Labelled folders: read, compared by value, calibrated from the command line, and acted on."""

from __future__ import annotations

import json
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from docextract import Extractor, read_lines
from docextract.cli.main import app
from docextract.confidence import Calibration, load_calibrations, save_calibrations
from docextract.errors import ModelError, SourceError, TemplateError, UnknownName, UsageError
from docextract.evaluation import is_right, line_samples, load_labels
from docextract.evaluation.crops import printed_text
from docextract.fields import field_types
from docextract.recognition import load_recognizer
from docextract.resources import resource_dir
from docextract.template import load_template
from docextract.template.model import Accept
from docextract.types import Candidate, Reading

MODEL = "ppocrv6-small"  # named, it reads alone
SAMPLES = resource_dir("templates") / "invoice"


def _docextract(*arguments: object):
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def lines(tmp_path_factory) -> Path:
    """The amounts and dates of the drawn invoices as single lines, one of them labelled wrong."""
    folder = tmp_path_factory.mktemp("lines")
    pages = json.loads((SAMPLES / "labels.json").read_text("utf-8"))["pages"]
    extractor = Extractor("invoice")
    rows = []
    for page, labels in pages.items():
        for name in ("amount", "total", "date"):
            file = f"{Path(page).stem}-{name}.png"
            cv2.imwrite(str(folder / file), extractor.inspect(SAMPLES / page, name).line.crop.image)
            rows.append(
                {"file": file, "type": "date" if name == "date" else "amount"}
                | {"value": labels[name], "text": "as printed"}
            )
    rows[0]["value"] = "77.77"
    (folder / "labels.json").write_text(json.dumps(rows), "utf-8")
    return folder


# comparing


@pytest.mark.parametrize(
    ("type_name", "value", "label", "right"),
    [
        ("amount", Decimal("9.350"), "¥9.35", True),
        ("amount", Decimal("9.36"), "9.35", False),
        ("date", date(2021, 3, 7), "2021-03-07", True),
        ("text", "甲 乙", "甲乙", False),
        ("company", "A", "Ａ", True),  # too short to be one: compared as text
        ("digits", None, None, True),
        ("digits", "7", None, False),
        ("digits", None, "7", False),
    ],
)
def test_values_are_compared_as_the_type_reads_the_label(type_name, value, label, right):
    reading = Reading("f", value, "", confidence=0.5)
    assert is_right(reading, label, field_types.get(type_name)()) is right


# labels


def test_both_forms_of_labels_are_read(lines):
    pages = load_labels(SAMPLES)
    assert (pages.template, len(pages.pages), pages.lines) == ("invoice", 6, ())
    single = load_labels(lines)
    assert (len(single.lines), single.pages) == (18, {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "Name a folder"),
        ("{", "not readable labels"),
        ("7", "Write"),
        ('[{"file": "a.png"}]', "0.type: Field required"),
        ('{"pages": {"a.png": {"total": 7}}}', "pages.a.png.total"),
    ],
)
def test_wrong_labels_are_named_with_their_cure(tmp_path, text, says):
    if text is not None:
        (tmp_path / "labels.json").write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught:
        load_labels(tmp_path)
    assert str(tmp_path / "labels.json") in str(caught.value)
    assert says in str(caught.value)


def test_lines_become_samples_with_the_evidence_of_their_readings(lines):
    (amounts,) = line_samples(load_labels(lines), types=["amount"], model=MODEL)
    assert (amounts.model, amounts.type) == ("ppocrv6-small", "amount")
    assert [sample.right for sample in amounts.samples] == [False] + [True] * 11
    first = amounts.samples[0]
    image = cv2.imread(str(lines / first.picture))
    evidence = read_lines([image], "amount", model=MODEL)[0].evidence
    assert first.evidence == pytest.approx(evidence, abs=1e-3)


def test_a_missing_line_and_an_unknown_type_are_errors(lines, tmp_path):
    shutil.copy(lines / "labels.json", tmp_path)
    with pytest.raises(SourceError, match="is missing or not a picture"):
        list(line_samples(load_labels(tmp_path), types=["amount"]))
    with pytest.raises(UnknownName, match="amount"):
        list(line_samples(load_labels(lines), types=["amonut"]))


# pages marked, and their crops


@pytest.fixture(scope="module")
def papers(tmp_path_factory) -> Path:
    """Two drawn invoices, one field labelled wrong and one as blank, and a picture of no form."""
    folder = tmp_path_factory.mktemp("papers")
    labels = json.loads((SAMPLES / "labels.json").read_text("utf-8"))
    pages = {name: labels["pages"][name] for name in ("01-a.jpg", "03-b.jpg")}
    for name in pages:
        shutil.copy(SAMPLES / name, folder)
    pages["01-a.jpg"] |= {"total": "77.77", "payee": None}
    cv2.imwrite(str(folder / "wall.png"), np.full((600, 900, 3), 200, np.uint8))
    pages["wall.png"] = {"total": "1.00", "payee": None}
    (folder / "labels.json").write_text(json.dumps({"template": "invoice", "pages": pages}))
    return folder


@pytest.fixture(scope="module")
def evaluated(papers, tmp_path_factory):
    """What ``eval`` says of them, and the folder of their crops."""
    crops = tmp_path_factory.mktemp("crops") / "new"
    return _docextract("eval", papers, "--save-crops", crops), crops


def test_eval_counts_fields_and_documents(evaluated, papers):
    result, _ = evaluated
    assert result.exit_code == 0, result.output
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["date", "2", "2"] in rows
    assert ["total", "1", "3"] in rows
    assert ["payee", "1", "3"] in rows  # on a page without the form, no place is known to be blank
    labels = load_labels(papers).pages.values()
    labelled = sum(len(fields) for fields in labels)
    assert f"fields: {labelled - 4} of {labelled} right" in result.stdout
    assert "documents: 1 of 3 right" in result.stdout


def test_crops_are_saved_with_what_is_printed_on_them(evaluated):
    result, folder = evaluated
    rows = json.loads((folder / "labels.json").read_text("utf-8"))
    assert all(row.keys() == {"file", "text"} for row in rows)
    assert {row["file"] for row in rows} | {"labels.json"} == {p.name for p in folder.iterdir()}
    texts = {row["file"]: row["text"] for row in rows}
    assert texts["00002-total.png"].startswith("¥")  # the label has the figure only
    assert "00001-total.png" not in texts  # nothing on the paper says 77.77
    assert "00001-payee.png" not in texts
    assert read_lines([cv2.imread(str(folder / "00002-date.png"))], "date")[0].ok
    left_out = "left out: 2 whose print is not known, 3 blank"  # the page without the form counts
    assert f"{len(rows)} crops and labels.json; {left_out}" in result.stderr


def test_saved_crops_are_what_training_reads(evaluated):
    pytest.importorskip("torch")
    from docextract.training.crnn.examples import ExampleMaker
    from docextract.training.crnn.labelled import load_labelled

    folder = evaluated[1]
    alphabet = load_recognizer(MODEL).alphabet
    maker = ExampleMaker(alphabet, height=32, stride=4, max_width=2000)
    found = load_labelled(folder, maker)
    rows = json.loads((folder / "labels.json").read_text("utf-8"))
    assert found.refused == 0
    texts = {example.text for example in (*found.learn, *found.held_out)}
    assert texts == {row["text"] for row in rows}


def test_the_print_of_a_misread_field_is_the_likeliest_text_with_the_labels_value():
    fields = load_template("invoice").fields
    candidates = [
        Candidate(text, logp) for text, logp in [("¥8.97", -1), ("¥3.97", -2), ("3.97", -3)]
    ]
    reading = Reading("total", Decimal("8.97"), "¥8.97", confidence=0.4, candidates=candidates)
    assert printed_text(reading, "3.97", fields["total"]) == "¥3.97"
    assert printed_text(reading, "8.97", fields["total"]) == "¥8.97"
    assert printed_text(reading, "5.00", fields["total"]) is None


def test_crops_never_replace_labels(papers):
    before = (papers / "labels.json").read_bytes()
    result = _docextract("eval", papers, "--save-crops", papers)
    assert result.exit_code == 2
    assert "Name a new folder" in result.stderr
    assert (papers / "labels.json").read_bytes() == before


def test_eval_wants_labels_of_pages_and_of_fields_there_are(lines, papers, tmp_path):
    assert "labels.json has no pages" in _docextract("eval", lines, "-t", "invoice").stderr
    shutil.copy(papers / "01-a.jpg", tmp_path)
    labels = {"template": "invoice", "pages": {"01-a.jpg": {"totl": "1.00"}}}
    (tmp_path / "labels.json").write_text(json.dumps(labels))
    assert "Did you mean 'total'" in _docextract("eval", tmp_path).stderr
    (tmp_path / "labels.json").write_text(json.dumps({"pages": {"01-a.jpg": {}}}))
    assert "Give --template" in _docextract("eval", tmp_path).stderr


# a template's own samples


@pytest.fixture
def tickets(ticket_template, draw_ticket, tmp_path) -> Path:
    """A template with two labelled samples in the folder of its name."""
    for file in ticket_template.parent.glob("ticket.*"):
        shutil.copy(file, tmp_path)
    for name in ("1", "2"):
        draw_ticket(tmp_path / "ticket" / f"{name}.png", f"code {name}")
    _label_tickets(tmp_path, "code 2")
    return tmp_path / "ticket.yaml"


def _label_tickets(folder: Path, second: str | None) -> None:
    pages = {"1.png": {"code": "code 1"}, "2.png": {"code": second}}
    labels = {"template": "of no matter", "pages": pages}
    (folder / "ticket" / "labels.json").write_text(json.dumps(labels), "utf-8")


def test_a_template_passes_when_its_samples_are_read_right(tickets):
    done = _docextract("template", "test", tickets, "--least", 1)
    assert done.exit_code == 0, done.output
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["code", "2", "2", "2", "0", "1.0000"] in rows
    assert "2 of 2 fields (100.0%) and 2 of 2 documents exact" in done.stdout


def test_a_template_fails_when_something_wrong_is_accepted(tickets):
    _label_tickets(tickets.parent, "code 3")
    done = _docextract("template", "test", tickets)
    assert done.exit_code == 1
    assert "1 values are accepted and wrong" in done.stderr
    assert ["code", "2", "1", "2", "1", "1.0000"] in [r.split() for r in done.stdout.splitlines()]


def test_a_template_fails_when_too_few_fields_are_right(tickets):
    (tickets.parent / "ticket" / "2.png").unlink()
    cv2.imwrite(str(tickets.parent / "ticket" / "2.png"), np.full((600, 900, 3), 200, np.uint8))
    done = _docextract("template", "test", tickets, tickets.parent / "ticket", "--least", 0.6)
    assert done.exit_code == 1
    assert "50.00% of the fields are right, not 60.00%" in done.stderr
    assert _docextract("template", "test", tickets, "--least", 0.5).exit_code == 0


def test_a_template_without_samples_is_told_how_to_get_some(tickets):
    shutil.rmtree(tickets.parent / "ticket")
    done = _docextract("template", "test", tickets)
    assert done.exit_code == 2
    assert "docextract synth pages" in done.stderr
    for arguments in ((), (tickets, "--all")):
        done = _docextract("template", "test", *arguments)
        assert done.exit_code == 2
        assert "Name one template, or give --all" in done.stderr


# the command


def test_lines_are_calibrated_into_a_file_with_a_diagram(lines, tmp_path):
    out, plot = tmp_path / "calibration.yaml", tmp_path / "plot.svg"
    result = _docextract(
        "calibrate",
        lines,
        "--model",
        MODEL,
        "--out",
        out,
        "--plot",
        plot,
        "--note",
        "drawn invoices",
    )
    assert result.exit_code == 0, result.stderr
    found = load_calibrations(out)
    assert [(c.model, c.type, c.data) for c in found] == [
        ("ppocrv6-small", "amount", "drawn invoices"),
        ("ppocrv6-small", "date", "drawn invoices"),
    ]
    amount = found[0]
    assert (amount.n, amount.held_out.n) == (4, 8)
    row = next(r for r in result.stdout.splitlines() if r.startswith("amount") and "not" in r)
    assert row.split()[:4] == ["amount", "ppocrv6-small", "8", str(amount.held_out.errors)]
    ElementTree.fromstring(plot.read_text("utf-8"))


def test_pages_are_calibrated_by_the_template_that_their_labels_name(tmp_path):
    out = tmp_path / "calibration.yaml"
    result = _docextract("calibrate", SAMPLES, "--out", out)
    assert result.exit_code == 0, result.stderr
    found = {c.type: c for c in load_calibrations(out)}
    assert {"amount", "digits", "date", "company"} <= found.keys()
    assert "barcode" not in found
    assert "residual" in found["amount"].weights


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--template", "invoice"), "labels single lines. Drop --template"),
        (("--type", "amonut"), "'amount' or 'amount_cn' or"),
        (("--model", "none"), "unknown model 'none'"),
        (("--type", "amount", "--out", "no/c.yaml"), "no/c.yaml: cannot be written"),
    ],
)
def test_wrong_options_are_answered_with_their_cure(lines, arguments, says):
    result = _docextract("calibrate", lines, *arguments)
    assert result.exit_code == 2
    assert says in result.stderr


def test_pages_take_no_options_of_lines():
    assert "Drop --type" in _docextract("calibrate", SAMPLES, "--type", "amount").stderr


# acceptance


def proven(type_name: str) -> Calibration:
    """A calibration that takes the posterior at its word and has proven what it says."""
    return Calibration.model_validate(
        {
            "model": "ppocrv6-small",
            "type": type_name,
            "n": 100,
            "errors": 1,
            "bias": 6.0,
            "lapse": 1e-5,
            "weights": {"posterior": 1.0},
            "centre": {"posterior": 6.0},
            "lowest": {},
            "held_out": {
                "n": 8000,
                "errors": 80,
                "ece_raw": 0.01,
                "ece": 0.01,
                "levels": [[0.95, 6000, 0], [0.0, 8000, 80]],
            },
        }
    )


TYPES = sorted({"amount", "amount_cn", "date", "digits", "company", "person", "uscc", "text"})


@pytest.fixture
def calibrated(tmp_path) -> Path:
    """The invoice template, asking for an error rate, with proofs for most of its types."""
    for file in ("invoice-a.png", "invoice-b.png"):
        shutil.copy(SAMPLES.parent / file, tmp_path)
    save_calibrations(tmp_path / "c.yaml", [proven(type_name) for type_name in TYPES])
    text = load_template("invoice").path.read_text("utf-8")
    kept = [line for line in text.splitlines() if not line.startswith("accept:")]
    written = "\n".join(
        [*kept, "accept: {error_rate: 0.001}", "calibration: c.yaml", f"recognizer: {MODEL}", ""]
    )
    (tmp_path / "invoice.yaml").write_text(written, "utf-8")
    return tmp_path / "invoice.yaml"


def test_an_error_rate_becomes_limits_that_the_status_follows(calibrated):
    extractor = Extractor(calibrated)
    limit = extractor.limits["total"]
    assert limit.proofs["ppocrv6-small"].confidence == 0.95
    result = extractor.read(SAMPLES / "01-a.jpg")
    accepted = all(limits.accepts(result.readings[n]) for n, limits in result.limits.items())
    assert (result.status == "accepted") is accepted
    total = result.readings["total"]
    assert total.calibrated
    assert limit.proves(total)


def test_a_run_says_how_many_fields_are_accepted_at_which_error(calibrated):
    result = _docextract("run", "-t", calibrated, SAMPLES)
    assert result.exit_code == 0, result.stderr
    summary = " ".join(result.stderr.split())
    assert "accepted by themselves: " in summary
    assert "an error rate of at most 0.001 is proven at 95%" in summary
    assert "not proven for qr: it is not one line of print" in summary


def test_a_check_says_what_is_proven_and_what_is_not(calibrated):
    result = _docextract("template", "check", calibrated)
    assert result.exit_code == 0, result.stderr
    row = next(line for line in result.stdout.splitlines() if line.startswith("total "))
    assert row.split() == ["total", "ppocrv6-small", "0.95", "0.0005"]


def test_without_data_the_error_rate_is_not_proven_and_the_run_says_so():
    template = load_template("invoice").model_copy(update={"accept": Accept(error_rate=1e-9)})
    extractor = Extractor(template)
    assert not any(p.bound for limit in extractor.limits.values() for p in limit.proofs.values())
    assert extractor.read(SAMPLES / "01-a.jpg").status == "review"


def test_a_wrong_calibration_file_is_the_templates_mistake(calibrated):
    calibrated.with_name("c.yaml").write_text("docextract: 2", "utf-8")
    with pytest.raises(TemplateError, match=r"calibration: .*c\.yaml: docextract"):
        Extractor(calibrated)


def test_a_wrong_calibration_file_beside_a_card_is_the_models_mistake(tmp_path):
    card = resource_dir("models") / "ppocrv6-small" / "model.yaml"
    shutil.copy(card, tmp_path / "model.yaml")
    (tmp_path / "calibration.yaml").write_text("docextract: 1\ncalibrations: 7\n", "utf-8")
    with pytest.raises(ModelError, match="calibrations: Input should be a valid"):
        read_lines([cv2.imread(str(SAMPLES / "01-a.jpg"))], "amount", model=str(tmp_path))
