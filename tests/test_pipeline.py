"""From files to typed records on the drawn invoices, and what becomes of everything else."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import cv2
import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image as Pil

from docextract import Extractor, Result, read_lines
from docextract.errors import (
    RegistrationError,
    SourceError,
    TemplateError,
    UnknownName,
    UsageError,
)
from docextract.resources import resource_dir

SAMPLES = resource_dir("templates") / "invoice"
LABELS = json.loads((SAMPLES / "labels.json").read_text("utf-8"))["pages"]
FIRST = SAMPLES / "01-a.jpg"


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor("invoice")


@pytest.fixture(scope="module")
def first(extractor: Extractor) -> Result:
    return extractor.read(FIRST)


def same(value: object, label: str | None) -> bool:
    if value is None or label is None:
        return value is None and label is None
    if isinstance(value, Decimal):
        return label[0] not in "0123456789" or value == Decimal(label)
    return str(value) == label


@pytest.mark.parametrize("name", sorted(LABELS))
def test_every_field_of_a_drawn_invoice_is_read(extractor, name):
    result = extractor.read(SAMPLES / name)
    wrong = [f for f, label in LABELS[name].items() if not same(result.readings[f].value, label)]
    assert wrong == []
    assert result.record is not None
    assert result.layout == name[3]
    assert (result.template, result.page, result.source) == ("invoice", 1, str(SAMPLES / name))


def test_a_capital_amount_is_the_number_in_figures(first):
    assert first.record.total_cn == first.record.total


def test_records_are_typed(first):
    record = first.record
    assert isinstance(record.total, Decimal)
    assert type(record.date) is date
    assert isinstance(record.code, str)


def test_an_exempt_invoice_has_no_tax_and_is_complete(extractor):
    exempt = [name for name, fields in LABELS.items() if fields["tax"] is None]
    assert exempt
    for name in exempt:
        result = extractor.read(SAMPLES / name)
        assert result.record.tax is None
        assert result.readings["tax"].ok


def test_a_path_bytes_and_an_array_read_the_same(extractor, first):
    data = FIRST.read_bytes()
    array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    for source in (str(FIRST), data, array):
        assert extractor.read(source).values == first.values


@pytest.mark.parametrize("kind", ["path", "bytes", "array"])
def test_drawing_shows_every_field_where_it_was_read(extractor, kind):
    array = cv2.imread(str(FIRST))
    source = {"path": FIRST, "bytes": FIRST.read_bytes(), "array": array}[kind]
    result = extractor.read(source)
    drawn = result.draw()
    assert drawn.shape == array.shape
    changed = cv2.absdiff(drawn, array).max(axis=2) > 40
    for reading in result.readings.values():
        outline = np.zeros(changed.shape, np.uint8)
        cv2.polylines(outline, [reading.quad_px.round().astype(np.int32)], True, 1, 1)
        assert changed[outline > 0].mean() > 0.5, reading.field


def foreign() -> np.ndarray:
    image = np.full((900, 1300, 3), 240, np.uint8)
    cv2.putText(image, "minutes of a meeting", (80, 200), cv2.FONT_HERSHEY_SIMPLEX, 2, (0, 0, 0), 3)
    return image


def pil(image: np.ndarray) -> Pil.Image:
    return Pil.fromarray(np.ascontiguousarray(image[:, :, ::-1]))


# The smallest file with an /Encrypt entry that no empty password opens.
LOCKED_PDF = b"""%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[]/Count 0>> endobj
3 0 obj <</Filter/Standard/V 1/R 2/P -4
/O <6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f>
/U <75757575757575757575757575757575757575757575757575757575757575757575757575757575>>> endobj
trailer <</Root 1 0 R/Encrypt 3 0 R/ID[<00><00>]>>
%%EOF"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good and bad files, whose names give their order."""
    path = tmp_path_factory.mktemp("inbox")
    shutil.copy(FIRST, path / "1-good.jpg")
    (path / "2-empty.jpg").write_bytes(b"")
    (path / "3-text.png").write_text("no picture")
    (path / "4-half.jpg").write_bytes(FIRST.read_bytes()[:9000])
    (path / "5-locked.pdf").write_bytes(LOCKED_PDF)
    three = [
        cv2.imread(str(SAMPLES / "03-b.jpg")),
        foreign(),
        cv2.imread(str(SAMPLES / "04-a.jpg")),
    ]
    for name in ("6-three.pdf", "7-three.tiff"):
        pages = [pil(image) for image in three]
        pages[0].save(path / name, save_all=True, append_images=pages[1:])
    shutil.copy(FIRST, path / "8-good.jpg")
    return path


def test_the_locked_pdf_is_locked():
    with pytest.raises(pdfium.PdfiumError, match=r"(?i)password"):
        pdfium.PdfDocument(LOCKED_PDF)


def test_a_run_gives_one_result_a_page_in_order_and_loses_none(extractor, folder):
    results = list(extractor.run([folder]))
    pages = [("1", 1), ("2", 1), ("3", 1), ("4", 1), ("5", 1)]
    pages += [(file, number) for file in "67" for number in (1, 2, 3)] + [("8", 1)]
    assert [(Path(r.source).name[0], r.page) for r in results] == pages
    failed = {(Path(r.source).name[0], r.page): r for r in results if r.status == "failed"}
    assert {("2", 1), ("3", 1), ("5", 1), ("6", 2), ("7", 2)} <= set(failed)
    assert set(failed) <= {("2", 1), ("3", 1), ("4", 1), ("5", 1), ("6", 2), ("7", 2)}
    for result in failed.values():
        assert result.reason == result.failure.reason != ""
        assert "\n" not in result.reason
        assert (result.record, dict(result.readings)) == (None, {})
    assert "password" in failed["5", 1].reason
    assert failed["5", 1].failure.kind is SourceError
    assert "no layout" in failed["6", 2].reason
    assert failed["6", 2].failure.kind is RegistrationError
    for result, (file, number) in zip(results, pages, strict=True):
        if (file, number) in failed or file == "4":
            continue
        name = "01-a.jpg" if file in "18" else {1: "03-b.jpg", 3: "04-a.jpg"}[number]
        assert result.readings["number"].value == LABELS[name]["number"]


def test_a_run_over_nothing_that_is_there_is_one_failed_result(extractor, tmp_path):
    (result,) = extractor.run([tmp_path / "none.jpg"])
    assert result.status == "failed"
    assert "none.jpg" in result.reason


def test_reading_what_cannot_be_loaded_raises(extractor, folder):
    with pytest.raises(SourceError, match="0 bytes"):
        extractor.read(folder / "2-empty.jpg")


def test_reading_several_pages_at_once_says_how(extractor, folder):
    with pytest.raises(UsageError, match=r"several pages.*run\(\)"):
        extractor.read(folder / "7-three.tiff")


def test_a_foreign_page_is_a_failed_result_that_can_be_drawn(extractor):
    result = extractor.read(foreign())
    assert (result.status, result.record) == ("failed", None)
    assert result.draw().shape == foreign().shape


def test_threads_share_an_extractor(extractor):
    names = sorted(LABELS)[:4] * 2
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda name: extractor.read(SAMPLES / name), names))
    assert [r.readings["number"].value for r in found] == [LABELS[n]["number"] for n in names]


def test_a_template_nobody_has_lists_the_near_ones():
    with pytest.raises(UnknownName, match="Did you mean 'invoice'"):
        Extractor("invioce")


YAML = """\
docextract: 1
name: slip
page: {width: 2400, height: 1550}
layouts: [{name: a, reference: slip.png}]
recognizer: %s
register: {methods: [%s]}
fields: {code: {type: digits, box: [50, 165, 250, 125]}}
"""


@pytest.mark.parametrize(
    ("model", "method", "error", "message"),
    [
        ("ppocrv6-smal", "edges", UnknownName, "Did you mean .*'ppocrv6-small'"),
        ("ppocrv6-small", "edgs", UnknownName, "Did you mean 'edges'"),
    ],
)
def test_wrong_names_are_told_before_page_one(tmp_path, model, method, error, message):
    shutil.copy(SAMPLES.parent / "invoice-a.png", tmp_path / "slip.png")
    (tmp_path / "slip.yaml").write_text(YAML % (model, method), "utf-8")
    with pytest.raises(error, match=message):
        Extractor(tmp_path / "slip.yaml")


def test_a_reference_that_is_no_picture_is_told_before_page_one(tmp_path):
    (tmp_path / "slip.png").write_bytes(b"")
    (tmp_path / "slip.yaml").write_text(YAML % ("ppocrv6-small", "edges"), "utf-8")
    with pytest.raises(TemplateError, match=r"layouts\.a\.reference is empty"):
        Extractor(tmp_path / "slip.yaml")


def cut(result: Result, field: str) -> np.ndarray:
    """A field's line, cut upright from a flat sample."""
    quad = result.readings[field].quad_px.round().astype(int)
    (left, top), (right, bottom) = quad.min(axis=0), quad.max(axis=0)
    return cv2.imread(str(FIRST))[top:bottom, left:right]


def test_lines_are_read_as_values_of_a_type_in_order(first):
    label = LABELS["01-a.jpg"]
    found = read_lines([cut(first, "code"), cut(first, "number")], "digits")
    assert [reading.value for reading in found] == [label["code"], label["number"]]
    (day,) = read_lines([cut(first, "date")], type="date")
    assert str(day.value) == label["date"]
    assert read_lines([], "digits") == []


@pytest.mark.parametrize("field", ["number", "date", "total"])
def test_paper_around_a_line_changes_nothing(first, field):
    line, kind = cut(first, field), {"number": "digits", "total": "amount"}.get(field, field)
    height = line.shape[0]
    loose = cv2.copyMakeBorder(line, height, height, 0, 0, cv2.BORDER_REPLICATE)
    (tight_read,), (loose_read,) = read_lines([line], kind), read_lines([loose], kind)
    assert str(loose_read.value) == LABELS["01-a.jpg"][field]
    assert min(loose_read.confidence, tight_read.confidence) > 0.9
    assert loose_read.quad_px[2].tolist() == [line.shape[1], 3 * height]  # of the line as given


def test_options_of_the_type_are_taken(first):
    (total,) = read_lines([cut(first, "total")], type="amount", currency="CNY")
    assert total.value == Decimal(LABELS["01-a.jpg"]["total"])
    (wrong_length,) = read_lines([cut(first, "number")], type="digits", length=8)
    assert wrong_length.value == LABELS["01-a.jpg"]["number"]


@pytest.mark.parametrize(
    ("kind", "options", "error", "message"),
    [
        ("digit", {}, UnknownName, "Did you mean 'digits'"),
        ("digits", {"lenght": 8}, UsageError, "'digits': lenght"),
        ("amount", {"currency": 5}, UsageError, "'amount': currency"),
        ("barcode", {}, UsageError, "'barcode' is not a line of print"),
        ("digits", {"model": "ppocr"}, UnknownName, "ppocrv6-small"),
    ],
)
def test_what_cannot_be_read_as_asked_is_told(kind, options, error, message):
    with pytest.raises(error, match=message):
        read_lines([np.full((48, 96, 3), 255, np.uint8)], kind, **options)
