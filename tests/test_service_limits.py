"""Who may use the REST service, and how much: keys, origins, limits and rates."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_client import http, picture_of, problem, serving, upload
from typer.testing import CliRunner

from docextract.cli.main import app as command
from docextract.errors import UsageError
from docextract.service.app import create_app
from docextract.service.gate import Gate
from docextract.service.keys import Scope, add_key, load_keys, revoke_key
from docextract.service.rate import RateLimit
from docextract.service.settings import Settings


def test_too_much_is_refused_before_it_is_read(url: str, tmp_path: Path) -> None:
    large = {"file": ("large.png", b"x" * 1_100_000)}
    assert "1 MB" in problem(http.post(f"{url}/ocr", files=large), 413, "too-large")
    wide = {"file": ("wide.png", picture_of(3000, 2000))}
    assert "megapixels" in problem(http.post(f"{url}/ocr", files=wide), 413, "too-many-pixels")
    pdf = pypdfium2.PdfDocument.new()
    for _ in range(3):
        pdf.new_page(100, 100)
    pdf.save(tmp_path / "three.pdf")
    three = [upload(tmp_path / "three.pdf")]
    assert "3 pages" in problem(http.post(f"{url}/ocr", files=three), 413, "too-many-pages")
    four = [("file", (f"{i}.png", picture_of(40, 40))) for i in range(4)]
    answer = http.post(f"{url}/extract", params={"template": "ticket"}, files=four)
    assert "at most 3" in problem(answer, 413, "too-many-files")


def test_a_body_without_a_length_is_limited_too(url: str) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(40):
            yield b"x" * 50_000

    headers = {"content-type": "multipart/form-data; boundary=x"}
    problem(http.post(f"{url}/ocr", content=endless(), headers=headers), 413, "too-large")


def test_a_slow_upload_ends(url: str) -> None:
    def slow() -> Iterator[bytes]:
        yield b"--x\r\n"
        time.sleep(1.5)
        yield b"--x--\r\n"

    headers = {"content-type": "multipart/form-data; boundary=x"}
    problem(http.post(f"{url}/ocr", content=slow(), headers=headers), 408, "slow-upload")


def test_answers_have_security_headers(url: str) -> None:
    for path in ("/healthz", "/nothing", "/openapi.json"):
        headers = http.get(f"{url}{path}").headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"


def test_pages_of_other_origins_cannot_use_a_service_without_keys(url: str, scan: Path) -> None:
    foreign = {"origin": "http://example.com"}
    answer = http.post(f"{url}/ocr", files=[upload(scan)], headers=foreign)
    problem(answer, 403, "foreign-origin")
    problem(http.get(f"{url}/healthz", headers={"host": "example.com"}), 403, "foreign-host")
    assert http.get(f"{url}/healthz", headers={"origin": url}).status_code == 200


def test_strangers_need_keys() -> None:
    with pytest.raises(UsageError, match="docextract keys new"):
        create_app(Settings(host="0.0.0.0"))
    done = CliRunner().invoke(command, ["serve", "--host", "0.0.0.0"])
    assert done.exit_code == 2


def test_keys_open_what_they_are_for(tmp_path: Path, ticket_template: Path, scan: Path) -> None:
    keys = tmp_path / "keys.json"
    secret = add_key(keys, "one", [Scope.EXTRACT])
    with serving(
        Settings(keys=keys, templates=ticket_template.parent, preload=("ticket",))
    ) as address:
        ask = {"params": {"template": "ticket"}, "files": [upload(scan)]}
        without = http.post(f"{address}/extract", **ask)
        assert without.headers["www-authenticate"] == "Bearer"
        problem(without, 401, "no-key")
        wrong = http.get(f"{address}/templates", headers={"authorization": "Bearer dx_wrong"})
        problem(wrong, 401, "no-key")
        bearer = {"authorization": f"Bearer {secret}"}
        assert http.post(f"{address}/extract", headers=bearer, **ask).status_code == 200
        refused = http.post(f"{address}/ocr", headers=bearer, files=[upload(scan)])
        assert "--scope ocr" in problem(refused, 403, "wrong-scope")
        assert http.get(f"{address}/healthz").status_code == 200


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
            return http.post(f"{address}/ocr", files=[upload(scan)])

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
            return http.get(f"{address}/metrics", headers={"authorization": f"Bearer {secret}"})

        assert [ask(secrets[0]).status_code for _ in range(2)] == [403, 403]
        refused = ask(secrets[0])
        problem(refused, 429, "too-often")
        assert 1 <= int(refused.headers["retry-after"]) <= 30
        assert ask(secrets[1]).status_code == 403
        assert http.get(f"{address}/healthz").status_code == 200


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


def test_a_host_or_origin_that_is_none_is_foreign(url: str) -> None:
    problem(http.get(f"{url}/healthz", headers={"host": "["}), 403, "foreign-host")
    problem(http.get(f"{url}/healthz", headers={"origin": "http://["}), 403, "foreign-origin")


def test_who_has_no_key_is_told_before_the_body_comes(tmp_path: Path) -> None:
    add_key(tmp_path / "keys.json", "one", [Scope.OCR])
    with serving(Settings(keys=tmp_path / "keys.json", upload_timeout_s=1)) as address:
        asked = HTTPConnection(urlsplit(address).netloc, timeout=60)
        asked.putrequest("POST", "/ocr")
        asked.putheader("Content-Type", "multipart/form-data; boundary=x")
        asked.putheader("Content-Length", "1000000")
        asked.endheaders()
        assert asked.getresponse().status == 401
        asked.close()


def test_made_up_keys_do_not_lift_the_rate(tmp_path: Path) -> None:
    add_key(tmp_path / "keys.json", "one", [Scope.OCR])
    for keys in (tmp_path / "keys.json", None):
        with serving(Settings(keys=keys, per_minute=2)) as address:
            answers = [
                http.get(f"{address}/nothing", headers={"authorization": f"Bearer dx_{i}"})
                for i in range(3)
            ]
        assert [answer.status_code for answer in answers] == [404, 404, 429]


@pytest.mark.parametrize("name", ["", "x" * 101])
def test_a_key_needs_a_name(tmp_path: Path, name: str) -> None:
    done = CliRunner().invoke(command, ["keys", "new", name, "--file", str(tmp_path / "k.json")])
    assert done.exit_code == 2
    assert "character" in done.stderr
    assert not [*tmp_path.iterdir()]


def test_all_who_are_inside_are_counted_until_they_have_left() -> None:
    seen: list[int] = []

    async def ask_twice() -> None:
        gate = Gate(1, 1, seen=seen.append)
        await asyncio.gather(*(gate.run(lambda: None) for _ in range(2)))
        while seen[-1]:
            await asyncio.sleep(0.01)
        gate.close()

    asyncio.run(ask_twice())
    assert seen == [1, 2, 1, 0]
