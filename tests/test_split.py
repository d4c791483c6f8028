"""Several documents in one picture: each is found, read once, and told from its neighbours."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from docextract import AutoExtractor, Extractor
from docextract.cli.main import app
from docextract.errors import RegistrationError, UsageError
from docextract.resources import resource_dir
from docextract.splitting import Document, in_reading_order
from docextract.synth.together import laid_together
from docextract.template import load_template
from docextract.types import Page, Sheet
from docextract.writers import open_writer

TEMPLATES = resource_dir("templates")


SMALL = 0.7


def sample(name: str, scale: float = 1.0) -> np.ndarray:
    image = cv2.imread(str(TEMPLATES / f"{name}.jpg"))
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def labels(name: str) -> dict[str, str | None]:
    folder, file = name.split("/")
    return json.loads((TEMPLATES / folder / "labels.json").read_text("utf-8"))["pages"][
        f"{file}.jpg"
    ]


def paper_of(result, quads) -> int:
    """The only paper that the middle of a result's form lies on."""
    x, y = map(float, result.quad_px.mean(axis=0))
    (paper,) = (
        i
        for i, quad in enumerate(quads)
        if cv2.pointPolygonTest(quad.astype(np.float32), (x, y), False) >= 0
    )
    return paper


def number_of(result) -> str:
    return str(result.values["number"])


@pytest.fixture(scope="module")
def receipts() -> Extractor:
    return Extractor("taxi_receipt", split=True)


@pytest.fixture(scope="module")
def laid():
    """Three receipts on a desk, close together, one of them upside down."""
    names = ["taxi_receipt/01", "taxi_receipt/03", "taxi_receipt/01"]
    image, quads = laid_together(
        [sample(n, SMALL) for n in names],
        np.random.default_rng(4),
        columns=3,
        gap_px=10,
        upside_down=0.5,
    )
    return image, quads, names


@pytest.fixture(scope="module")
def results(receipts, laid):
    return receipts.read_documents(laid[0])


def test_each_receipt_is_a_result_also_the_same_one_twice(results, laid):
    _, quads, names = laid
    assert [r.document for r in results] == [1, 2, 3]
    assert sorted(paper_of(r, quads) for r in results) == [0, 1, 2]
    for result in results:
        wanted = labels(names[paper_of(result, quads)])
        assert number_of(result) == wanted["number"]
        assert str(result.values["amount"]) == wanted["amount"]
        quad = quads[paper_of(result, quads)]
        off = np.abs(result.quad_px.mean(axis=0) - quad.mean(axis=0)).max()
        assert off < 0.04 * np.ptp(quad, axis=0).max()  # the sample's edge is not quite the form's
        ahead = quad[1] - quad[0]  # corner by corner, also of the one upside down
        assert (result.quad_px[1] - result.quad_px[0]) @ ahead > 0.9 * ahead @ ahead


def test_readings_lie_on_the_page_itself(results, laid):
    _, quads, _ = laid
    for result in results:
        quad = quads[paper_of(result, quads)].astype(np.float32)
        for reading in result.readings.values():
            x, y = map(float, reading.quad_px.mean(axis=0))
            assert cv2.pointPolygonTest(quad, (x, y), False) >= 0


def test_one_document_is_read_as_without_split(receipts):
    page = sample("taxi_receipt/01")
    single = Extractor("taxi_receipt").read(page)
    (result,) = receipts.read_documents(page)
    assert result.values == single.values
    assert (result.document, single.document) == (1, None)
    assert np.allclose(result.quad_px, single.quad_px)
    assert receipts.read(page).document == 1


def test_what_is_no_document_is_no_result(receipts):
    """Beside a receipt lies a page of other print, as large."""
    paper = sample("taxi_receipt/03", SMALL)
    letter = np.full_like(paper, 250)
    for y in range(60, letter.shape[0] - 40, 90):
        cv2.putText(letter, "lorem ipsum 12:30", (30, y), cv2.FONT_HERSHEY_DUPLEX, 1.1, 0, 1)
    image, _ = laid_together([letter, paper], np.random.default_rng(1), columns=2, upside_down=0)
    (result,) = receipts.read_documents(image)
    assert number_of(result) == labels("taxi_receipt/03")["number"]
    only, _ = laid_together([letter, letter], np.random.default_rng(1), columns=2)
    (failed,) = receipts.read_documents(only)
    assert failed.failure.kind is RegistrationError
    assert failed.quad_px is None


def test_forms_of_ruling_lines_are_told_apart():
    names = ["invoice/01-a", "invoice/03-b", "invoice/05-a"]
    papers = [sample(name, SMALL) for name in names]
    image, quads = laid_together(
        papers, np.random.default_rng(2), columns=1, gap_px=12, ground="white", upside_down=0.4
    )
    results = Extractor("invoice", split=True).read_documents(image)
    assert [paper_of(r, quads) for r in results] == [0, 1, 2]
    assert [number_of(r) for r in results] == [labels(name)["number"] for name in names]


def test_papers_of_several_templates_are_read_each_by_its_own():
    names = ["id_card_front/02", "train_ticket/01", "id_card_back/01"]
    few = ["id_card_front", "id_card_back", "train_ticket"]
    image, quads = laid_together(
        [sample(name, SMALL) for name in names], np.random.default_rng(3), columns=2, ground="gray"
    )
    results = AutoExtractor(few, split=True).read_documents(image)
    found = {paper_of(r, quads): r.template for r in results}
    assert found == {i: name.split("/")[0] for i, name in enumerate(names)}


def test_a_page_cut_off_at_its_borders_is_found(receipts):
    papers = [sample("taxi_receipt/01", SMALL), sample("taxi_receipt/03", SMALL)]
    image, _ = laid_together(papers, np.random.default_rng(5), columns=2, upside_down=0)
    height = image.shape[0]
    results = receipts.read_documents(image[height // 7 :])  # without their heads
    assert [str(r.values["amount"]) for r in results] == [
        labels(f"taxi_receipt/{n}")["amount"] for n in ("01", "03")
    ]


def test_the_template_may_say_so(tmp_path):
    text = (TEMPLATES / "taxi_receipt.yaml").read_text("utf-8")
    (tmp_path / "own.yaml").write_text(
        text.replace("name: taxi_receipt", "name: own\nsplit: true"), "utf-8"
    )
    (tmp_path / "taxi_receipt.png").write_bytes((TEMPLATES / "taxi_receipt.png").read_bytes())
    assert Extractor(tmp_path / "own.yaml").read(sample("taxi_receipt/01")).document == 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory, laid) -> Path:
    folder = tmp_path_factory.mktemp("flatbed")
    cv2.imwrite(str(folder / "three.jpg"), laid[0])
    cv2.imwrite(str(folder / "white.png"), np.full((400, 600, 3), 255, np.uint8))
    return folder


def test_several_documents_are_asked_for_by_name(receipts, results, folder):
    with pytest.raises(UsageError, match="page 1 has several documents"):
        receipts.read(folder / "three.jpg")
    third = receipts.inspect(folder / "three.jpg", "number", document=3)
    assert str(third.reading.value) == number_of(results[2])


def test_the_command_line_writes_a_row_for_each(folder, tmp_path):
    out, drawn = tmp_path / "records.csv", tmp_path / "drawn"
    asked = ["run", "-q", "-t", "taxi_receipt", "--split", str(folder), "--draw", str(drawn)]
    ran = CliRunner().invoke(app, [*asked, "--out", str(out)])
    assert ran.exit_code == 4  # the white page
    with out.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [(Path(r["source"]).name, r["page"], r["document"]) for r in rows] == [
        ("three.jpg", "1", "1"),
        ("three.jpg", "1", "2"),
        ("three.jpg", "1", "3"),
        ("white.png", "1", ""),
    ]
    names = {f"three-1-{n}.jpg" for n in (1, 2, 3)} | {"white-1.jpg"}
    assert {path.name for path in drawn.iterdir()} == names
    whole, part = (cv2.imread(str(p)) for p in (folder / "three.jpg", drawn / "three-1-1.jpg"))
    assert part.shape[1] < 0.6 * whole.shape[1]


def test_json_lines_say_where_each_lies(results, tmp_path):
    template = load_template("taxi_receipt")
    with open_writer(tmp_path / "records.jsonl", None, template.splitting()) as writer:
        for result in results:
            writer.write(result.row())
    lines = (tmp_path / "records.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["document"] for row in rows] == [1, 2, 3]
    assert all(np.array(row["quad"]).shape == (4, 2) for row in rows)


@given(st.permutations(range(6)))
def test_reading_order_is_by_rows(order):
    """Documents of a row are a little higher or lower than their neighbours."""
    page = Page(np.zeros((10, 10, 3), np.uint8))
    sheet = Sheet(page, "a", np.eye(3), residual_px=0.0, score=1.0, method="known")
    square = np.array([[0, 0], [80, 0], [80, 60], [0, 60]], float)
    documents = [
        Document("t", sheet, square + np.array([100 * (i % 3), 100 * (i // 3) + 7 * (i % 2)]))
        for i in range(6)
    ]
    shuffled = [documents[i] for i in order]
    ordered = in_reading_order(shuffled)
    assert [one.number for one in ordered] == [1, 2, 3, 4, 5, 6]
    assert all(
        np.array_equal(a.quad_px, b.quad_px) for a, b in zip(ordered, documents, strict=True)
    )
