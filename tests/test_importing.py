"""Templates of other tools: what they become, reads; what has no counterpart, is told."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from docextract.authoring import import_template
from docextract.cli.main import app
from docextract.errors import UsageError
from docextract.pipeline import Extractor
from docextract.synth._fonts import fonts_installed
from docextract.synth.notes import draw_note
from docextract.template import Box, load_template

needs_fonts = pytest.mark.skipif(not fonts_installed(), reason="typefaces are not installed")
DELIVERY = {  # field of fields.json: box in px of the drawn delivery note, 1100 x 520
    "Number": (148, 115, 190, 30),
    "Date": (758, 115, 140, 30),
    "Plate": (228, 250, 130, 30),
    "Boxes": (778, 320, 40, 30),
}


def quad(box: tuple[float, ...], width: float, height: float) -> list[float]:
    x, y, w, h = box
    corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
    return [v for a, b in corners for v in (a / width, b / height)]


def azure_project(folder: Path, *, width: float = 1100, height: float = 520) -> Path:
    """A labelled delivery note, in shares of the page unless width and height say otherwise."""
    image, labels = draw_note("delivery", 1)
    cv2.imwrite(str(folder / "note.png"), image)
    texts = {"Number": labels["number"], "Date": labels["date"], "Plate": labels["plate"]}
    types = {"Date": ("date", "ymd"), "Boxes": ("integer", "not-specified")}
    fields = [
        {"fieldKey": key, "fieldType": kind, "fieldFormat": form}
        for key in DELIVERY
        for kind, form in [types.get(key, ("string", "no-whitespaces"))]
    ]
    fields.append({"fieldKey": "Lines", "fieldType": "array", "itemType": "Row", "fields": None})
    fields.append({"fieldKey": "Signed", "fieldType": "signature", "fieldFormat": "not-specified"})
    (folder / "fields.json").write_text(json.dumps({"$schema": "x", "fields": fields}))
    labelled = [
        {
            "label": key,
            "key": None,
            "value": [
                {
                    "page": 1,
                    "text": texts.get(key, "30"),
                    "boundingBoxes": [quad(box, width, height)],
                }
            ],
        }
        for key, box in DELIVERY.items()
    ]
    written = {"document": "note.png", "labels": labelled, "mood": "good"}
    (folder / "note.png.labels.json").write_text(json.dumps(written, ensure_ascii=False))
    return folder


@needs_fonts
def test_a_labelled_folder_becomes_a_template_that_reads_its_sample(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    done = import_template(azure_project(tmp_path / "project"), tmp_path, name="note")
    result = Extractor(done.path).read(tmp_path / "project" / "note.png")
    labels = draw_note("delivery", 1)[1]
    read = {name: str(reading.value) for name, reading in result.readings.items()}
    assert read["number"] == labels["number"]
    assert read["date"] == labels["date"]
    assert read["boxes"] == labels["boxes"]
    told = "\n".join(done.left_out)
    assert "Lines: left out: tables are not there yet" in told
    assert "Signed" in told
    assert "mood: docextract knows no such key" in told
    assert "its format 'no-whitespaces'" in told
    assert "not carried over: " in done.path.read_text("utf-8")


@needs_fonts
def test_labels_in_inches_need_the_page_of_the_ocr_file(tmp_path: Path) -> None:
    folder = azure_project(tmp_path, width=100, height=47.2727)  # 11 x 11 inches
    with pytest.raises(UsageError, match=r"note\.png\.ocr\.json: cannot be read"):
        import_template(folder, tmp_path / "out", name="note")
    ocr = {"analyzeResult": {"readResults": [{"page": 1, "width": 11, "height": 11}]}}
    (folder / "note.png.ocr.json").write_text(json.dumps(ocr))
    done = import_template(folder, tmp_path / "out", name="note")
    box = load_template(done.path).fields["number"].box
    assert box.y < DELIVERY["Number"][1] < box.y + box.height


BUBBLES = {
    "pageDimensions": [900, 700],
    "bubbleDimensions": [28, 28],
    "preProcessors": [{"name": "CropOnMarkers", "options": {}}],
    "customLabels": {"Roll": ["roll1..2"]},
    "fieldBlocks": {
        "Roll": {
            "fieldType": "QTYPE_INT",
            "origin": [80, 80],
            "bubblesGap": 50,
            "labelsGap": 70,
            "fieldLabels": ["roll1..2"],
        },
        "Mcq": {
            "bubbleFieldType": "QTYPE_MCQ4",
            "origin": [400, 100],
            "bubblesGap": 90,
            "labelsGap": 60,
            "fieldLabels": ["q1..4", "q9"],
        },
        "Text": {
            "fieldDetectionType": "OCR",
            "origin": [1, 1],
            "fieldLabels": ["note"],
        },
    },
}


def sheet(marked: dict[str, str], boxes: dict[str, dict[str, Box]]) -> np.ndarray:
    form = np.full((700, 900, 3), 255, np.uint8)
    for x in (20, 300, 880):
        cv2.line(form, (x, 20), (x, 680), (0, 0, 0), 2)
    for y in (20, 680):
        cv2.line(form, (20, y), (880, y), (0, 0, 0), 2)
    for name, bubbles in boxes.items():
        for value, (x, y, w, h) in bubbles.items():
            middle = (round(x + w / 2), round(y + h / 2))
            cv2.circle(form, middle, round(w / 2) - 2, (0, 0, 0), 1, cv2.LINE_AA)
            if marked.get(name) == value:
                cv2.circle(form, middle, round(w / 2) - 5, (40, 40, 40), -1, cv2.LINE_AA)
    return form


def bubble_folder(folder: Path, **changes: object) -> Path:
    (folder / "template.json").write_text(json.dumps({**BUBBLES, **changes}))
    cv2.imwrite(str(folder / "blank.png"), np.full((700, 900, 3), 255, np.uint8))
    return folder


def test_bubbles_become_choices_that_are_read(tmp_path: Path) -> None:
    (tmp_path / "omr").mkdir()
    folder = bubble_folder(tmp_path / "omr")
    vertical = {str(n): Box(80, 80 + 50 * n, 28, 28) for n in range(10)}
    letters = {c: Box(400 + 90 * i, 100, 28, 28) for i, c in enumerate("ABCD")}
    boxes = {
        "roll1": vertical,
        "roll2": {n: box._replace(x=150) for n, box in vertical.items()},
        **{
            q: {c: box._replace(y=100 + 60 * row) for c, box in letters.items()}
            for row, q in enumerate(("q1", "q2", "q3", "q4", "q9"))
        },
    }
    cv2.imwrite(str(folder / "blank.png"), sheet({}, boxes))
    done = import_template(folder / "template.json", tmp_path, name="exam")
    template = load_template(done.path)
    assert {name: template.boxes(name, "a") for name in template.fields} == {
        name: {f"{name}.{value}": box for value, box in bubbles.items()}
        for name, bubbles in boxes.items()
    }
    marked = {"roll1": "7", "roll2": "0", "q1": "B", "q4": "D", "q9": "A"}
    result = Extractor(done.path).read(sheet(marked, boxes))
    assert {n: r.value for n, r in result.readings.items() if r.value} == marked
    told = "\n".join(done.left_out)
    assert "preProcessors.CropOnMarkers" in told
    assert "customLabels.Roll" in told
    assert "fieldBlocks.Text: left out: it is read by OCR" in told


def block(label: str = "q", kind: str = "QTYPE_MCQ4") -> dict[str, object]:
    return {"origin": [0, 0], "fieldLabels": [label], "fieldType": kind}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bubbleDimensions": "wide"}, r"bubbleDimensions: .* Give OMRChecker's"),
        ({"pageDimensions": [200, 200]}, "lies beyond the page of 200 x 200"),
        ({"fieldBlocks": {}}, "has no bubbles"),
        ({"fieldBlocks": {"A": block("q9..2")}}, "no range"),
        ({"fieldBlocks": {"A": block(kind="X")}}, "'X' is not known"),
        ({"fieldBlocks": {"A": block(), "B": block()}}, "two questions are called 'q'"),
    ],
)
def test_broken_bubble_templates_are_told(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    folder = bubble_folder(tmp_path, **changes)
    with pytest.raises(UsageError, match=words):
        import_template(folder, tmp_path / "out", name="exam")


def test_files_that_are_no_template_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        import_template(tmp_path / "none", tmp_path)
    with pytest.raises(UsageError, match=r"neither a Form Recognizer.*Give one of the two"):
        import_template(tmp_path, tmp_path)
    (tmp_path / "fields.json").write_text("{")
    with pytest.raises(UsageError, match=r"fields\.json: the file: .* Give a folder labelled"):
        import_template(tmp_path, tmp_path)
    (tmp_path / "fields.json").write_text('{"fields": [{"fieldKey": "A"}]}')
    with pytest.raises(UsageError, match=r"has no PICTURE\.labels\.json"):
        import_template(tmp_path, tmp_path)
    (tmp_path / "a.png.labels.json").write_text('{"document": "a.png", "labels": []}')
    with pytest.raises(UsageError, match=r"a\.png: no such file, but .* labels it"):
        import_template(tmp_path, tmp_path)


def test_bubbles_need_a_picture_of_the_form(tmp_path: Path) -> None:
    folder = bubble_folder(tmp_path)
    (folder / "blank.png").unlink()
    with pytest.raises(UsageError, match=r"no picture beside .* --picture"):
        import_template(folder, tmp_path / "out", name="exam")


def test_the_command_tells_errors_on_one_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["template", "import", str(tmp_path)])
    assert done.exit_code == 2
    assert done.output.count("error:") == 1
