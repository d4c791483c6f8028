"""The REST service, on a real server: answers, problems, limits, keys, and batches of lines."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import httpx
import numpy as np
import pypdfium2
import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance
from typer.testing import CliRunner

from docextract.cli.main import app as command
from docextract.errors import UsageError
from docextract.resources import resource_dir
from docextract.service.app import create_app
from docextract.service.gathering import GatheringRecognizer
from docextract.service.keys import Scope, add_key, load_keys, revoke_key
from docextract.service.rate import RateLimit
from docextract.service.settings import Settings
from docextract.types import Alphabet, Image, Lattice

PROBLEM = "application/problem+json"


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """A server on a free port of this machine; gives its address when it is ready."""
    with TemporaryDirectory() as folder:
        app = create_app(settings.model_copy(update={"data": Path(folder)}))
        with serving_app(app) as url:
            yield url


@contextmanager
def serving_app(app: FastAPI) -> Iterator[str]:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        while httpx.get(f"{url}/readyz").status_code == 503:
            time.sleep(0.05)
        yield url
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory, draw_ticket) -> Path:
    """A small page with a line of print and a barcode."""
    path = draw_ticket(tmp_path_factory.mktemp("scans") / "scan.png", "TICKET-42")
    picture = cv2.imread(str(path))
    cv2.putText(picture, "Total 9.35", (380, 240), cv2.FONT_HERSHEY_DUPLEX, 1, (0, 0, 0), 2)
    cv2.imwrite(str(path), picture)
    return path


@pytest.fixture(scope="module")
def url(ticket_template: Path) -> Iterator[str]:
    with serving(
        Settings(
            templates=ticket_template.parent,
            preload=("ticket",),
            most_megabytes=1,
            most_pages=2,
            most_megapixels=4,
            most_files=3,
            upload_timeout_s=1,
        )
    ) as address:
        yield address


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=60) as opened:  # the server shares this process, and its pauses
        yield opened


def upload(path: Path, name: str | None = None) -> tuple[str, tuple[str, bytes]]:
    return "file", (name or path.name, path.read_bytes())


def problem(response: httpx.Response, status: int, kind: str) -> str:
    """Check that an answer is a problem, and give its detail."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    told = response.json()
    assert told["status"] == status
    assert told["type"] == f"urn:docextract:problem:{kind}"
    return str(told["detail"])


def picture_of(width: int, height: int) -> bytes:
    return cv2.imencode(".png", np.full((height, width, 3), 255, np.uint8))[1].tobytes()


def test_ocr_answers_with_text_lines_and_places(url: str, scan: Path) -> None:
    answer = httpx.post(f"{url}/ocr", files=[upload(scan)], timeout=60).json()
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
    answer = httpx.post(f"{url}/extract", params={"template": "ticket"}, files=files).json()
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
    answer = httpx.post(
        f"{url}/extract", params={"template": "auto"}, files=files, timeout=60
    ).json()
    assert [page["template"] for page in answer["pages"]] == [*names, "auto"]
    assert answer["pages"][0]["record"]["total"] == "9.35"
    assert answer["pages"][2]["error"] == "RegistrationError"


def test_all_pages_of_a_pdf_are_read(url: str, scan: Path, tmp_path: Path) -> None:
    from PIL import Image as Pillow

    picture = Pillow.open(scan)
    picture.save(tmp_path / "two.pdf", save_all=True, append_images=[picture])
    answer = httpx.post(
        f"{url}/extract", params={"template": "ticket"}, files=[upload(tmp_path / "two.pdf")]
    ).json()
    assert [page["page"] for page in answer["pages"]] == [1, 2]
    assert all(page["record"] == {"code": "TICKET-42"} for page in answer["pages"])


def test_templates_are_listed_with_their_fields(url: str) -> None:
    listed = {one["name"]: one for one in httpx.get(f"{url}/templates").json()}
    assert {"invoice", "train_ticket", "ticket"} <= set(listed)
    gives = {field["name"]: field["gives"] for field in listed["invoice"]["fields"]}
    assert gives["total"] == "Decimal"


def test_an_unknown_template_is_told_with_the_nearest(url: str, scan: Path) -> None:
    answer = httpx.post(f"{url}/extract", params={"template": "tiket"}, files=[upload(scan)])
    assert "'ticket'" in problem(answer, 404, "unknown-name")


@pytest.mark.parametrize(
    "name", ["../ticket", "/etc/passwd", "ticket.yaml", "./ticket", "..\\ticket"]
)
def test_no_template_is_looked_for_by_a_path(
    url: str, scan: Path, ticket_template: Path, name: str
) -> None:
    for asked in (name, str(ticket_template)):
        answer = httpx.post(f"{url}/extract", params={"template": asked}, files=[upload(scan)])
        assert answer.status_code in {404, 422}


def test_a_files_name_is_no_path(url: str, scan: Path) -> None:
    files = [upload(scan, "../../secret/\u200bscan.png")]
    answer = httpx.post(f"{url}/extract", params={"template": "ticket"}, files=files)
    assert answer.json()["pages"][0]["source"] == "scan.png"


def test_what_is_no_picture_is_refused_with_the_cure(url: str) -> None:
    answer = httpx.post(f"{url}/ocr", files={"file": ("notes.txt", b"no picture")})
    assert "Give a JPEG" in problem(answer, 422, "unreadable-file")


def test_a_missing_file_is_told(url: str) -> None:
    assert "body.file" in problem(httpx.post(f"{url}/ocr"), 422, "invalid-request")


def test_paths_and_methods_that_are_not_there(url: str) -> None:
    problem(httpx.get(f"{url}/nothing"), 404, "not-found")
    problem(httpx.get(f"{url}/ocr"), 405, "method-not-allowed")


def test_too_much_is_refused_before_it_is_read(url: str, tmp_path: Path) -> None:
    large = {"file": ("large.png", b"x" * 1_100_000)}
    assert "1 MB" in problem(httpx.post(f"{url}/ocr", files=large), 413, "too-large")
    wide = {"file": ("wide.png", picture_of(3000, 2000))}
    assert "megapixels" in problem(httpx.post(f"{url}/ocr", files=wide), 413, "too-many-pixels")
    pdf = pypdfium2.PdfDocument.new()
    for _ in range(3):
        pdf.new_page(100, 100)
    pdf.save(tmp_path / "three.pdf")
    three = [upload(tmp_path / "three.pdf")]
    assert "3 pages" in problem(httpx.post(f"{url}/ocr", files=three), 413, "too-many-pages")
    four = [("file", (f"{i}.png", picture_of(40, 40))) for i in range(4)]
    answer = httpx.post(f"{url}/extract", params={"template": "ticket"}, files=four)
    assert "at most 3" in problem(answer, 413, "too-many-files")


def test_a_body_without_a_length_is_limited_too(url: str) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(40):
            yield b"x" * 50_000

    headers = {"content-type": "multipart/form-data; boundary=x"}
    problem(httpx.post(f"{url}/ocr", content=endless(), headers=headers), 413, "too-large")


def test_a_slow_upload_ends(url: str) -> None:
    def slow() -> Iterator[bytes]:
        yield b"--x\r\n"
        time.sleep(1.5)
        yield b"--x--\r\n"

    headers = {"content-type": "multipart/form-data; boundary=x"}
    problem(httpx.post(f"{url}/ocr", content=slow(), headers=headers), 408, "slow-upload")


def test_answers_have_security_headers(url: str) -> None:
    for path in ("/healthz", "/nothing", "/openapi.json"):
        headers = httpx.get(f"{url}{path}").headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"


def test_pages_of_other_origins_cannot_use_a_service_without_keys(url: str, scan: Path) -> None:
    foreign = {"origin": "http://example.com"}
    answer = httpx.post(f"{url}/ocr", files=[upload(scan)], headers=foreign)
    problem(answer, 403, "foreign-origin")
    problem(httpx.get(f"{url}/healthz", headers={"host": "example.com"}), 403, "foreign-host")
    assert httpx.get(f"{url}/healthz", headers={"origin": url}).status_code == 200


def test_metrics_count_requests_pages_and_batches(url: str, scan: Path) -> None:
    httpx.post(f"{url}/ocr", files=[upload(scan)], timeout=60)
    shown = httpx.get(f"{url}/metrics").text
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
            assert httpx.post(f"{url}/extract", **ask, timeout=60).status_code == 200
        shown = httpx.get(f"{url}/metrics").text
        assert 'docextract_pages_total{reading="ticket",status="accepted"} 4.0' in shown
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_strangers_need_keys() -> None:
    with pytest.raises(UsageError, match="docextract keys new"):
        create_app(Settings(host="0.0.0.0"))
    done = CliRunner().invoke(command, ["serve", "--host", "0.0.0.0"])
    assert done.exit_code == 2


class FaultyEngine:
    """Fails in a way nobody foresaw, and tells a value."""

    def check(self, template: str) -> None:
        raise RuntimeError("the value 16342624")


def test_a_fault_is_told_by_a_number_and_logged_without_values(
    scan: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(Settings(data=tmp_path))
    with serving_app(app) as url:
        app.state.docextract.engine = FaultyEngine()
        answer = httpx.post(f"{url}/extract", params={"template": "a"}, files=[upload(scan)])
        number = re.search("log calls it ([0-9a-f]{8})", problem(answer, 500, "fault"))
    assert number is not None
    assert number[1] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "16342624" not in caplog.text


def test_keys_open_what_they_are_for(tmp_path: Path, ticket_template: Path, scan: Path) -> None:
    keys = tmp_path / "keys.json"
    secret = add_key(keys, "one", [Scope.EXTRACT])
    with serving(
        Settings(keys=keys, templates=ticket_template.parent, preload=("ticket",))
    ) as address:
        ask = {"params": {"template": "ticket"}, "files": [upload(scan)]}
        without = httpx.post(f"{address}/extract", **ask)
        assert without.headers["www-authenticate"] == "Bearer"
        problem(without, 401, "no-key")
        wrong = httpx.get(f"{address}/templates", headers={"authorization": "Bearer dx_wrong"})
        problem(wrong, 401, "no-key")
        bearer = {"authorization": f"Bearer {secret}"}
        assert httpx.post(f"{address}/extract", headers=bearer, **ask).status_code == 200
        refused = httpx.post(f"{address}/ocr", headers=bearer, files=[upload(scan)])
        assert "--scope ocr" in problem(refused, 403, "wrong-scope")
        assert httpx.get(f"{address}/healthz").status_code == 200


def test_a_file_of_keys_has_no_secrets(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    made = CliRunner().invoke(command, ["keys", "new", "one", "--file", str(keys)])
    secret = made.stdout.strip()
    assert secret not in keys.read_text()
    assert keys.stat().st_mode & 0o077 == 0
    found = load_keys(keys).find(secret)
    assert found is not None
    assert found.scopes == {Scope.OCR, Scope.EXTRACT}
    with pytest.raises(UsageError, match="already"):
        add_key(keys, "one", [Scope.OCR])
    with pytest.raises(UsageError, match="'one'"):
        revoke_key(keys, "ona")
    revoke_key(keys, "one")
    assert load_keys(keys).find(secret) is None
    keys.write_text("[]")
    with pytest.raises(UsageError, match="no file of keys"):
        load_keys(keys)
    done = CliRunner().invoke(command, ["keys", "new", "two", "--scope", "oct"])
    assert done.exit_code == 2
    assert "'ocr'" in done.stderr


def test_too_many_requests_are_sent_away_with_a_time(scan: Path) -> None:
    with serving(Settings(at_once=1, waiting=1)) as address:

        def ask(_: int) -> httpx.Response:
            return httpx.post(f"{address}/ocr", files=[upload(scan)], timeout=60)

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(ask, range(8)))
        refused = [answer for answer in answers if answer.status_code != 200]
        assert len(refused) < len(answers)
        assert refused
        for answer in refused:
            problem(answer, 503, "busy")
            assert int(answer.headers["retry-after"]) >= 1
        assert ask(0).status_code == 200


def test_a_caller_who_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    secrets = [add_key(tmp_path / "keys.json", name, [Scope.EXTRACT]) for name in ("one", "two")]
    with serving(Settings(keys=tmp_path / "keys.json", per_minute=2)) as address:

        def ask(secret: str) -> httpx.Response:
            return httpx.get(f"{address}/metrics", headers={"authorization": f"Bearer {secret}"})

        assert [ask(secrets[0]).status_code for _ in range(2)] == [403, 403]
        refused = ask(secrets[0])
        problem(refused, 429, "too-often")
        assert 1 <= int(refused.headers["retry-after"]) <= 30
        assert ask(secrets[1]).status_code == 403
        assert httpx.get(f"{address}/healthz").status_code == 200


@given(st.lists(st.floats(0, 100), max_size=60), st.floats(0.5, 100))
def test_no_caller_gets_more_than_the_rate(pauses: list[float], per_minute: float) -> None:
    clock = [0.0]
    rate = RateLimit(per_minute, now=lambda: clock[0])
    passed = 0
    for pause in pauses:
        clock[0] += pause
        wait_s = rate.wait_s("one")
        passed += wait_s == 0
        assert passed <= max(1, per_minute) + clock[0] * per_minute / 60 + 1e-6
        if wait_s:
            clock[0] += wait_s
            assert rate.wait_s("one") == 0
            passed += 1


@pytest.mark.parametrize("batch_wait_ms", [0.0, 3.0])
def test_concurrent_requests_read_as_they_do_alone(scan: Path, batch_wait_ms: float) -> None:
    with serving(Settings(batch_wait_ms=batch_wait_ms)) as address:

        def ask(_: int) -> list[str]:
            answer = httpx.post(f"{address}/ocr", files=[upload(scan)], timeout=60).json()
            return [line["text"] for line in answer["pages"][0]["lines"]]

        alone = ask(0)
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(ask, range(4))) == [alone] * 4


class Counting:
    """A recognizer whose lattices tell the pictures apart, and that notes its batches."""

    name, height = "counting", 8
    alphabet = Alphabet(("", "x"))

    def __init__(self) -> None:
        self.batches: list[int] = []

    def recognize(self, images: Sequence[Image]) -> list[Lattice]:
        self.batches.append(len(images))
        time.sleep(0.05)
        if any(image[0, 0, 0] == 255 for image in images):
            raise ValueError("white")
        return [
            Lattice(np.full((1, 2), image[0, 0, 0], np.float32), self.alphabet) for image in images
        ]


def line(shade: int) -> Image:
    return np.full((8, 8, 3), shade, np.uint8)


def test_lines_of_many_callers_meet_and_come_back_to_whom_they_belong() -> None:
    inner, seen = Counting(), list[tuple[int, int]]()
    gathering = GatheringRecognizer(
        inner,
        wait_s=1.0,
        others=lambda: 6,
        seen=lambda callers, lines: seen.append((callers, lines)),
    )

    def ask(shade: int) -> list[int]:
        lattices = gathering.recognize([line(shade), line(shade + 1)])
        return [int(lattice.logp[0, 0]) for lattice in lattices]

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(ask, range(0, 60, 10))) == [[s, s + 1] for s in range(0, 60, 10)]
    assert inner.batches == [12]
    assert seen == [(6, 12)]
    assert gathering.recognize([]) == []


def test_a_lonely_caller_does_not_wait() -> None:
    gathering = GatheringRecognizer(
        Counting(), wait_s=30.0, others=lambda: 1, seen=lambda callers, lines: None
    )
    started = time.monotonic()
    assert len(gathering.recognize([line(1)])) == 1
    assert time.monotonic() - started < 10


def test_a_failed_batch_fails_its_callers_only() -> None:
    gathering = GatheringRecognizer(
        Counting(), wait_s=0.0, others=lambda: 1, seen=lambda callers, lines: None
    )
    with pytest.raises(ValueError, match="white"):
        gathering.recognize([line(255)])
    assert len(gathering.recognize([line(1)])) == 1


def test_openapi_has_examples_and_problems(url: str) -> None:
    schema = httpx.get(f"{url}/openapi.json").json()
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert [*answer["content"]] == [PROBLEM], path
    for name in ("OcrAnswer", "ExtractAnswer", "TemplateSummary", "Health", "ProblemDetails"):
        assert schema["components"]["schemas"][name]["examples"]
    assert "securitySchemes" not in json.dumps(schema)


def test_openapi_asks_for_keys_where_there_are_some(tmp_path: Path) -> None:
    add_key(tmp_path / "keys.json", "one", [Scope.OCR])
    schema = create_app(Settings(keys=tmp_path / "keys.json", data=tmp_path)).openapi()
    assert schema["paths"]["/ocr"]["post"]["security"] == [{"HTTPBearer": []}]


@st.composite
def broken_files(draw: st.DrawFn) -> bytes:
    """Files that begin like a known format, or are one with some bytes changed or lost."""
    heads = (b"", b"%PDF-1.7\n", b"II*\0", b"\xff\xd8\xff", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"BM")
    whole = (picture_of(64, 48), cv2.imencode(".jpg", np.zeros((40, 40, 3)))[1].tobytes())
    if draw(st.booleans()):
        return draw(st.sampled_from(heads)) + draw(st.binary(max_size=200))
    data = bytearray(draw(st.sampled_from(whole)))
    for place in draw(st.lists(st.integers(0, len(data) - 1), max_size=8)):
        data[place] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))])


@seed(2)
@settings(max_examples=60, deadline=None, database=None, suppress_health_check=[*HealthCheck])
@given(data=broken_files(), name=st.text(max_size=20))
def test_broken_files_break_nothing(url: str, client: httpx.Client, data: bytes, name: str) -> None:
    printable = name.encode("ascii", "ignore").decode().replace('"', "") or "x"
    answer = client.post(
        f"{url}/extract", params={"template": "ticket"}, files={"file": (printable, data)}
    )
    assert answer.status_code in {200, 400, 413, 422}, answer.text


def check_operation(operation: APIOperation) -> None:
    """Send what the specification allows and what it does not, and look at the answers."""
    # No schema can say which bytes are a picture.
    excluded = [positive_data_acceptance] if operation.method == "post" else []

    @seed(1)
    @settings(
        max_examples=6,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(case=operation.as_strategy())
    def keeps(case: schemathesis.Case) -> None:
        case.call_and_validate(excluded_checks=excluded)

    keeps()


def test_the_service_keeps_to_its_specification(url: str) -> None:
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    asked = {operation.path for operation in operations}
    assert {"/ocr", "/extract", "/templates", "/healthz", "/readyz", "/metrics"} <= asked
    for operation in operations:
        check_operation(operation)
