"""The REST service, on a real server: what it answers, and what it says of itself."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from PIL import Image as Pillow
from service_client import PROBLEM, http, picture_of, problem, upload
from typer.testing import CliRunner

from docextract.cli.main import app as command
from docextract.resources import resource_dir
from docextract.service.app import create_app
from docextract.service.keys import Scope, add_key
from docextract.service.settings import Settings


def test_ocr_answers_with_text_lines_and_places(url: str, scan: Path) -> None:
    answer = http.post(f"{url}/ocr", files=[upload(scan)]).json()
    assert answer["success"] is True
    assert answer["code"] == 200
    assert "Total 9.35" in answer["text"]
    assert answer["time_cost"] > 0
    line = next(one for one in answer["pages"][0]["lines"] if one["text"] == "Total 9.35")
    assert line["confidence"] > 0.5
    (left, top), _, (right, bottom), _ = line["quad"]
    assert left < 390 < 520 < right
    assert top < 220 < bottom


def test_extract_answers_with_records_and_readings(url: str, scan: Path) -> None:
    files = [upload(scan), ("file", ("notes.txt", b"no picture"))]
    answer = http.post(f"{url}/extract", params={"template": "ticket"}, files=files).json()
    read, failed = answer["pages"]
    assert read["status"] == "accepted"
    assert read["record"] == {"code": "TICKET-42"}
    assert read["readings"]["code"]["accepted"] is True
    assert (failed["status"], failed["error"]) == ("failed", "SourceError")
    assert failed["source"] == "notes.txt"
    assert "Give a JPEG" in failed["reason"]


def test_auto_chooses_each_page_its_template(url: str) -> None:
    names = ("invoice", "train_ticket")
    samples = [
        resource_dir("templates") / name for name in ("invoice/01-a.jpg", "train_ticket/01.jpg")
    ]
    files = [*map(upload, samples), ("file", ("blank.png", picture_of(600, 800)))]
    answer = http.post(
        f"{url}/extract", params={"template": "auto"}, files=files, timeout=60
    ).json()
    assert [page["template"] for page in answer["pages"]] == [*names, "auto"]
    assert answer["pages"][0]["record"]["total"] == "9.35"
    assert answer["pages"][2]["error"] == "RegistrationError"


def test_all_pages_of_a_pdf_are_read(url: str, scan: Path, tmp_path: Path) -> None:
    picture = Pillow.open(scan)
    picture.save(tmp_path / "two.pdf", save_all=True, append_images=[picture])
    answer = http.post(
        f"{url}/extract", params={"template": "ticket"}, files=[upload(tmp_path / "two.pdf")]
    ).json()
    assert [page["page"] for page in answer["pages"]] == [1, 2]
    assert all(page["record"] == {"code": "TICKET-42"} for page in answer["pages"])


def test_templates_are_listed_with_their_fields(url: str) -> None:
    listed = {one["name"]: one for one in http.get(f"{url}/templates").json()}
    assert {"invoice", "train_ticket", "ticket"} <= set(listed)
    gives = {field["name"]: field["gives"] for field in listed["invoice"]["fields"]}
    assert gives["total"] == "Decimal"


def test_an_unknown_template_is_told_with_the_nearest(url: str, scan: Path) -> None:
    answer = http.post(f"{url}/extract", params={"template": "tiket"}, files=[upload(scan)])
    assert "'ticket'" in problem(answer, 404, "unknown-name")


@pytest.mark.parametrize(
    "name", ["../ticket", "/etc/passwd", "ticket.yaml", "./ticket", "..\\ticket"]
)
def test_no_template_is_looked_for_by_a_path(
    url: str, scan: Path, ticket_template: Path, name: str
) -> None:
    for asked in (name, str(ticket_template)):
        answer = http.post(f"{url}/extract", params={"template": asked}, files=[upload(scan)])
        assert answer.status_code in {404, 422}


def test_a_files_name_is_no_path(url: str, scan: Path) -> None:
    files = [upload(scan, "../../secret/\u200bscan.png")]
    answer = http.post(f"{url}/extract", params={"template": "ticket"}, files=files)
    assert answer.json()["pages"][0]["source"] == "scan.png"


def test_what_is_no_picture_is_refused_with_the_cure(url: str) -> None:
    answer = http.post(f"{url}/ocr", files={"file": ("notes.txt", b"no picture")})
    assert "Give a JPEG" in problem(answer, 422, "unreadable-file")


def test_a_missing_file_is_told(url: str) -> None:
    assert "body.file" in problem(http.post(f"{url}/ocr"), 422, "invalid-request")


def test_paths_and_methods_that_are_not_there(url: str) -> None:
    problem(http.get(f"{url}/nothing"), 404, "not-found")
    problem(http.get(f"{url}/ocr"), 405, "method-not-allowed")


def test_metrics_count_requests_pages_and_batches(url: str, scan: Path) -> None:
    http.post(f"{url}/ocr", files=[upload(scan)])
    shown = http.get(f"{url}/metrics").text
    assert 'docextract_requests_total{route="/ocr",status="200"}' in shown
    assert 'docextract_pages_total{reading="ocr",status="read"}' in shown
    assert "docextract_batch_lines_count" in shown
    assert "TICKET" not in shown
    assert "scan.png" not in shown


def test_several_processes_share_a_port_and_their_counts(
    ticket_template: Path, scan: Path, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--workers", "2", "--data", str(tmp_path)]
    options += ["--templates", str(ticket_template.parent), "--preload", "ticket"]
    process = subprocess.Popen(
        [sys.executable, "-m", "docextract", "serve", *options],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 120
        while not is_ready(url) and process.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        for _ in range(4):
            ask = {"params": {"template": "ticket"}, "files": [upload(scan)]}
            assert http.post(f"{url}/extract", **ask).status_code == 200
        shown = http.get(f"{url}/metrics").text
        assert 'docextract_pages_total{reading="ticket",status="accepted"} 4.0' in shown
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def is_ready(url: str) -> bool:
    try:
        return http.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_openapi_has_examples_and_problems(url: str) -> None:
    schema = http.get(f"{url}/openapi.json").json()
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert [*answer["content"]] == [PROBLEM], path
    reading = ("OcrAnswer", "ExtractAnswer", "TemplateSummary", "Health", "ProblemDetails")
    for name in (*reading, "ReviewItemAnswer", "ReviewAct", "ReviewProgress"):
        assert schema["components"]["schemas"][name]["examples"]
    assert "securitySchemes" not in json.dumps(schema)


def test_openapi_asks_for_keys_where_there_are_some(tmp_path: Path) -> None:
    add_key(tmp_path / "keys.json", "one", [Scope.OCR])
    schema = create_app(Settings(keys=tmp_path / "keys.json", data=tmp_path)).openapi()
    assert schema["paths"]["/ocr"]["post"]["security"] == [{"HTTPBearer": []}]


def test_mistakes_are_told_before_the_service_starts(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "mine.yaml").write_text("name: [")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for options, told in (
            (["--workers", "2", "--preload", "tiket"], "tiket"),
            (["--workers", "2", "--keys", str(tmp_path / "none.json")], "no such file"),
            (["--templates", str(tmp_path / "broken")], "mine.yaml"),
            (["--port", port], "Choose another port"),
        ):
            done = CliRunner().invoke(command, ["serve", "--data", str(tmp_path), *options])
            assert done.exit_code == 2, done.output
            assert told in done.stderr


def test_a_damaged_page_does_not_lose_the_others(url: str, scan: Path) -> None:
    frame = Pillow.open(scan)
    file = io.BytesIO()
    frame.save(file, "TIFF", save_all=True, append_images=[frame], compression="tiff_lzw")
    tiff = Pillow.open(file)
    tiff.seek(1)
    start, length = (tiff.tag_v2[tag][0] for tag in (273, 279))  # of its first strip
    data = bytearray(file.getvalue())
    data[start : start + length] = b"\xff" * length
    answer = http.post(f"{url}/ocr", files={"file": ("two.tiff", bytes(data))}).json()
    read, damaged = answer["pages"]
    assert "Total 9.35" in read["text"]
    assert (damaged["page"], damaged["lines"]) == (2, [])
    assert "damaged" in damaged["reason"]
