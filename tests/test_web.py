"""The pages as a person uses them: a real server, a real browser, drawn papers."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import httpx
import pytest
from conftest import DrawTicket
from PIL import Image
from service_client import http, problem, upload

from docextract.service.keys import Scope, add_key

pytest.importorskip("nicegui", reason="the extra [web] is not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

INVOICES = Path("templates/invoice")
BROWSER_OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DATABASE = {"files", "docextract.db", "docextract.db-shm", "docextract.db-wal"}
WAIT_MS = 30_000  # the machine may be busy


@dataclass(frozen=True)
class Served:
    url: str
    key: str
    log: Path
    temporary: Path

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc


@contextmanager
def served(folder: Path, templates: Path, *, keys: bool) -> Iterator[Served]:
    """``docextract serve`` as a process of its own, which shows the pages."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "docextract", "serve", "--port", str(port), "--max-mb", "3"]
    command += ["--data", str(folder / "data"), "--templates", str(templates.parent)]
    secret = ""
    if keys:
        secret = add_key(folder / "keys.json", "accounting", [Scope.EXTRACT, Scope.OCR])
        command += ["--keys", str(folder / "keys.json"), "--preload", "invoice"]
    log, temporary = folder / "log", folder / "tmp"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(sys.path)}
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as to:
        process = subprocess.Popen(command, env=environment, stdout=to, stderr=to)
    try:
        until = time.monotonic() + 90
        while not is_ready(url):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        yield Served(url, secret, log, temporary)
    finally:
        process.terminate()
        process.wait(timeout=60)


def is_ready(url: str) -> bool:
    try:
        return http.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, ticket_template: Path) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served"), ticket_template, keys=True) as found:
        yield found


@dataclass
class Seen:
    """What the browser did that a user would not notice."""

    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=BROWSER_OPTIONS)
        yield opened
        opened.close()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def page(browser: playwright.Browser, server: Served, seen: Seen) -> Iterator[playwright.Page]:
    """The extract page, signed in, for readers of English."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1400, "height": 860})
    opened = context.new_page()
    opened.set_default_timeout(WAIT_MS)
    opened.on("request", lambda request: seen.hosts.add(urlsplit(request.url).netloc))
    opened.on("console", lambda m: seen.errors.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda error: seen.errors.append(str(error)))
    opened.goto(server.url)
    opened.fill("#key", server.key)
    opened.keyboard.press("Enter")
    opened.wait_for_selector(".dropping-button")
    yield opened
    context.close()
    assert seen.hosts <= {server.host}, "a request left the host"
    assert seen.errors == []


def drop(page: playwright.Page, *files: Path) -> None:
    page.set_input_files("input[type=file]", list(files))


def wait_until_read(page: playwright.Page, files: int) -> None:
    page.wait_for_function(
        "n => document.querySelectorAll('li.file').length === n &&"
        " !document.querySelector('.chip.waiting, .chip.reading')",
        arg=files,
    )


def choose(page: playwright.Page, template: str) -> None:
    page.click(".chooser")
    page.click(f".q-item:has-text('{template}')")
    page.wait_for_selector(".q-menu", state="detached")


def value_of(page: playwright.Page, name: str) -> str:
    return str(page.inner_text(f"[data-place={name}] .value"))


@needs_browser
def test_dropped_papers_become_records(
    page: playwright.Page, server: Served, tmp_path: Path
) -> None:
    """Two invoices and a damaged file: progress, values, marks both ways, language, CSV."""
    broken = tmp_path / "broken.jpg"
    broken.write_bytes((INVOICES / "01-a.jpg").read_bytes()[:3000])
    page.evaluate(
        """() => { window.states = new Set();
        new MutationObserver(() => document.querySelectorAll('.file .chip').forEach(
            (chip) => states.add(chip.innerText.split('\\n').pop())
        )).observe(document.body, {childList: true, subtree: true}); }"""
    )
    choose(page, "invoice")
    drop(page, INVOICES / "01-a.jpg", broken, INVOICES / "05-a.jpg")
    wait_until_read(page, 3)
    assert {"Reading", "Accepted", "Failed", "To review"} <= set(page.evaluate("[...states]"))
    assert page.inner_text(".summary") == "3 files; pages: 1 accepted, 1 to review, 1 failed"

    labels = json.loads((INVOICES / "labels.json").read_text("utf-8"))["pages"]["01-a.jpg"]
    assert value_of(page, "number") == labels["number"]
    assert value_of(page, "date") == labels["date"]
    assert value_of(page, "total") == labels["total"]
    assert value_of(page, "total_cn").startswith("玖")  # as the paper writes it

    # The picture is there, and quad and field mark one another.
    page.wait_for_function("document.querySelector('.viewer image').getBBox().width > 100")
    page.hover("[data-place=total]")
    assert page.get_attribute(".place.marked", "data-quad") == "total"
    page.hover("[data-quad=number]")
    assert page.get_attribute(".field.marked", "data-place") == "number"
    page.click("[data-quad=date]")
    assert page.evaluate("document.activeElement.dataset.place") == "date"

    # By keys alone: the next file, which is damaged, and the one after, at the doubtful field.
    page.keyboard.press("j")
    page.wait_for_selector(".trouble-card")
    assert "cannot be opened" in page.inner_text(".trouble-card")
    page.keyboard.press("j")
    page.wait_for_selector(".record-top .chip.review")
    page.wait_for_selector(".viewer image")  # a new picture is shown whole: zoom after it came
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.dataset.place") == "payee"
    page.keyboard.press("+")
    page.keyboard.press("r")
    assert page.inner_text(".viewer-zoom") == "125%"

    page.click("text=中文")
    page.wait_for_selector("text=待核对 1")
    assert page.evaluate("document.documentElement.lang") == "zh"
    assert page.locator("li.file").count() == 3  # nothing is lost

    page.reload()
    page.wait_for_selector("text=待核对 1")  # the tab has its files still, and its language

    with page.expect_download() as download:
        page.click("[aria-label='下载 CSV']")
    table = Path(download.value.path()).read_bytes().decode("utf-8-sig")
    rows = {row["source"]: row for row in csv.DictReader(io.StringIO(table))}
    assert {name: row["status"] for name, row in rows.items()} == {
        "01-a.jpg": "accepted",
        "broken.jpg": "failed",
        "05-a.jpg": "review",
    }
    assert rows["01-a.jpg"]["total"] == labels["total"]

    logged = server.log.read_text()
    assert not re.search(r"01-a|broken|tab_id|Traceback", logged)
    # Nothing of a file is left behind; .ses is a random number of onnxruntime's.
    assert {path.name for path in server.temporary.iterdir()} <= {".ses"}
    assert {path.name for path in (server.log.parent / "data").rglob("*")} <= DATABASE


@needs_browser
def test_what_failed_is_read_again_by_another_template(
    page: playwright.Page, draw_ticket: DrawTicket, tmp_path: Path
) -> None:
    """A file name with HTML in it is only a name."""
    shown = draw_ticket(tmp_path / "<img src=x onerror=alert(1)>.png", "TICKET-07")
    choose(page, "invoice")
    drop(page, shown)
    page.wait_for_selector(".trouble-card")
    assert "was not found on the page" in page.inner_text(".trouble-card")
    assert page.inner_text(".file-name") == shown.name
    choose(page, "ticket")
    page.click(".trouble-card button")
    page.wait_for_selector("[data-place=code]")
    assert value_of(page, "code") == "TICKET-07"


@needs_browser
def test_a_file_that_is_too_large_says_so_and_is_sent_again(
    page: playwright.Page, seen: Seen, tmp_path: Path
) -> None:
    large = tmp_path / "large.bmp"
    large.write_bytes(bytes(3_200_000))
    drop(page, large)
    page.wait_for_selector(".trouble-card")
    assert "too large" in page.inner_text(".trouble-card")
    with page.expect_response("**/files") as answer:
        page.click(".trouble-card button")
    assert answer.value.status == 413
    page.wait_for_selector(".trouble-card")
    # The browser notes each refused request, whoever answers.
    assert all("413" in error for error in seen.errors)
    seen.errors.clear()


@needs_browser
def test_pages_of_a_file_one_by_one_and_all_print(page: playwright.Page, tmp_path: Path) -> None:
    """A TIFF of a turned and an empty page, read without a template."""
    line = Image.fromarray(cv2.imread(str(INVOICES / "01-a.jpg"))[60:110, 900:1300])
    leaf = Image.new("RGB", (700, 400), "white")
    leaf.paste(line, (60, 60))
    empty = Image.new("RGB", (700, 400), "white")
    leaf.rotate(-90, expand=True).save(tmp_path / "two.tiff", save_all=True, append_images=[empty])
    choose(page, "All print")
    drop(page, tmp_path / "two.tiff")
    wait_until_read(page, 1)
    assert "16342624" in page.inner_text(".lines")
    page.wait_for_function(
        "(({width, height}) => width > height)("
        "document.querySelector('.viewer svg').getBoundingClientRect())"
    )  # upright
    page.hover(".line >> nth=0")
    assert page.get_attribute(".place.marked", "data-quad") == "0"
    with page.expect_download() as download:
        page.click("[aria-label='Download TXT']")
    assert "16342624" in Path(download.value.path()).read_text("utf-8")
    page.click("[aria-label='Next page']")
    page.wait_for_selector("text=There is no print on this page")
    page.click("text=Remove all")
    page.wait_for_selector("text=Drop pictures of papers")


@needs_browser
def test_a_fault_is_told_by_its_place_only(page: playwright.Page, server: Served) -> None:
    """What no page of ours sends, so that a handler stumbles over it."""
    page.evaluate(
        "getElement(Number(document.querySelector('.dropping').id.slice(1)))"
        ".$emit('refused', {name: 'of a person'})"
    )
    page.wait_for_selector("text=A fault of the service")
    logged = server.log.read_text()
    assert re.search(r"fault [0-9a-f]{8}: KeyError at .*dropping\.py:\d+", logged)
    assert "Traceback" not in logged
    assert "of a person" not in logged


@needs_browser
def test_signing_in_and_out(page: playwright.Page, server: Served, seen: Seen) -> None:
    cookie = next(c for c in page.context.cookies() if c["name"] == "docextract_session")
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/ui")
    assert server.key not in cookie["value"]
    # The cookie opens pages only, and only to themselves.
    with_cookie = {"cookie": f"docextract_session={cookie['value']}"}
    answer = http.post(
        f"{server.url}/ocr", headers=with_cookie, files=[upload(INVOICES / "01-a.jpg")]
    )
    problem(answer, 401, "no-key")
    for origin in ({}, {"origin": "http://elsewhere.example"}):
        answer = http.post(f"{server.url}/ui/sign-out", headers=with_cookie | origin)
        problem(answer, 403, "foreign-origin")
    page.click("text=Sign out")
    page.wait_for_selector("#key")
    assert http.get(f"{server.url}/ui/extract", headers=with_cookie).status_code == 303
    page.fill("#key", "dx_wrong")
    page.keyboard.press("Enter")
    assert "There is no such key" in page.inner_text("[role=alert]")
    assert all("401" in error for error in seen.errors)
    seen.errors.clear()


def test_without_a_session_there_is_only_the_form(server: Served) -> None:
    for path in ("/ui/", "/ui/extract", "/ui/desks/x/papers/y/1", "/ui/nothing"):
        answer = http.get(server.url + path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/ui/sign-in")
    own = {"origin": server.url}
    answer = http.post(
        f"{server.url}/ui/desks/x/files", headers=own, files=[upload(INVOICES / "01-a.jpg")]
    )
    problem(answer, 401, "no-key")
    form = http.get(f"{server.url}/ui/sign-in")
    policy = form.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert open_socket(server.url, server.url) == 403


def test_without_keys_pages_are_for_this_machine(
    tmp_path: Path, ticket_template: Path, draw_ticket: DrawTicket
) -> None:
    """Another origin, or another name for this machine, gets neither sockets nor files in."""
    with served(tmp_path, ticket_template, keys=False) as server:
        assert open_socket(server.url, server.url) == 101
        assert open_socket(server.url, "http://elsewhere.example") == 403
        assert open_socket(server.url, "http://rebound.example", host="rebound.example") == 403
        answer = http.get(f"{server.url}/ui/extract")
        assert answer.status_code == 200
        nonces = set(re.findall(r'<script nonce="([^"]+)"', answer.text))
        assert len(nonces) == 1
        assert f"'nonce-{nonces.pop()}'" in answer.headers["content-security-policy"]
        assert "<script>" not in answer.text
        assert http.get(f"{server.url}/", follow_redirects=False).headers["location"] == (
            "/ui/extract"
        )
        assert http.get(f"{server.url}/ui/nothing").status_code == 404
        problem(http.get(f"{server.url}/nothing"), 404, "not-found")
        files = [upload(draw_ticket(tmp_path / "a.png", "TICKET-01"))]
        problem(http.post(f"{server.url}/ui/desks/x/files", files=files), 404, "no-desk")
        shown = http.get(f"{server.url}/metrics").text
        assert 'route="/ui"' in shown
        assert "_nicegui" not in shown
        assert "/ui" not in http.get(f"{server.url}/openapi.json").text


def open_socket(url: str, origin: str, *, host: str = "") -> int:
    """The status of the answer to a page's socket."""
    asked = HTTPConnection(urlsplit(url).netloc, timeout=60)
    headers = {
        "Host": host or urlsplit(url).netloc,
        "Origin": origin,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    asked.request("GET", "/ui/_nicegui_ws/socket.io/?EIO=4&transport=websocket", headers=headers)
    try:
        return asked.getresponse().status
    finally:
        asked.close()
