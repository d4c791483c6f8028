"""Malformed requests against the service: python benchmarks/malformed.py [-n 10000]

Sends damaged pictures, PDFs, JSON, parameters, headers and raw HTTP, made of drawn samples by a
seeded mutation (synthetic), to a service of its own. Prints what the answers were. Ends with 1 when
there is a status 500, no answer within two minutes, a service that no longer answers, a temporary
file left behind, or a kept file that no accepted job has.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import httpx
from PIL import Image
from served import Server, served

TEMPLATE = "train_ticket"
TIMEOUT_S = 120.0
SAMPLES = Path(__file__).parents[1] / "templates"
PATHS = ("/ocr", "/ocr", f"/extract?template={TEMPLATE}", "/jobs", f"/jobs?template={TEMPLATE}")
Outcome = tuple[str, str, str]  # what was sent, the status or what went wrong, a kept SHA-256


def seeds() -> list[bytes]:
    """Small files of many formats, of drawn samples, so that reading what is whole is cheap."""
    found = []
    for name in ("train_ticket/01.jpg", "invoice/01-a.jpg", "taxi_receipt/01.jpg"):
        picture = cv2.imread(str(SAMPLES / name))
        small = cv2.resize(picture, (96, 64), interpolation=cv2.INTER_AREA)
        for extension in (".jpg", ".png", ".bmp", ".webp", ".tiff", ".jp2", ".ppm"):
            ok, data = cv2.imencode(extension, small)
            if ok:
                found.append(data.tobytes())
        image = Image.fromarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB))
        for kind, options in (
            ("GIF", {}),
            ("PDF", {}),
            ("PDF", {"save_all": True, "append_images": [image, image]}),
            ("TIFF", {"save_all": True, "append_images": [image, image]}),
        ):
            kept = io.BytesIO()
            image.save(kept, kind, **options)
            found.append(kept.getvalue())
    return found


def damaged(data: bytes, chance: random.Random) -> bytes:
    """A file with some of what can go wrong: flips, cuts, doublings, numbers at their limits."""
    work = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(work) + 1)
        match chance.randrange(6):
            case 0 if at < len(work):
                work[at] ^= 1 << chance.randrange(8)
            case 1:
                del work[at:]
            case 2:
                del work[at : at + chance.randrange(1, 64)]
            case 3:
                work[at:at] = work[at : at + chance.randrange(1, 256)]
            case 4:
                # Early bytes have sizes and counts.
                early = chance.randrange(min(len(work), 64) + 1)
                work[early : early + 4] = chance.choice(
                    (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\xff\xff")
                )
            case _:
                work[at : at + 8] = chance.randbytes(8)
        if not work:
            break
    return bytes(work)


def odd_text(chance: random.Random) -> str:
    """Text as nobody should send it."""
    return chance.choice(
        (
            "",
            "../../../../etc/passwd",
            "\0",
            "a" * 3000,
            "％00",
            "'; DROP TABLE jobs; --",
            "{{7*7}}",
            "-1",
            "1e400",
            "NaN",
            "9" * 40,
            "\ud7ff\u202e",
            "invoice\r\nX: y",
            "".join(chr(chance.randrange(1, 0x3000)) for _ in range(20)),
        )
    )


def odd_json(chance: random.Random) -> bytes:
    """A body for the review: valid JSON of a wrong form, or none."""
    values: list[object] = [None, True, -1, 1e308, 10**30, odd_text(chance), [], {}, [[[]]]]
    body = {
        chance.choice(("action", "choice", "text", "extra")): chance.choice(values)
        for _ in range(chance.randrange(4))
    }
    text = json.dumps(body).encode()
    return chance.choice((text, damaged(text, chance), b"[" * 5000, b"\xff\xfe", b""))


class Sender:
    """Sends one malformed request of each kind, by number; the same for the same number."""

    def __init__(self, server: Server, files: list[bytes]) -> None:
        self._server, self._files = server, files
        self._client = httpx.Client(
            base_url=server.url, timeout=TIMEOUT_S, limits=httpx.Limits(max_connections=64)
        )
        self._kinds: tuple[Callable[[random.Random], tuple[str, str]], ...] = (
            *(4 * [self._file]),
            self._parameters,
            self._json,
            self._form,
            self._raw,
        )

    def send(self, number: int) -> Outcome:
        """Send the request of a number, and say how it ended."""
        chance = random.Random(number)
        kind = chance.choice(self._kinds)
        name = kind.__name__.strip("_")
        try:
            return name, *kind(chance)
        except (httpx.TimeoutException, TimeoutError):
            return name, "no answer", ""
        except (httpx.HTTPError, OSError):
            return name, "closed", ""  # as it may be to what is no HTTP
        except (ValueError, UnicodeError):
            return name, "not sent", ""  # the client refuses

    def _file(self, chance: random.Random) -> tuple[str, str]:
        data = damaged(chance.choice(self._files), chance)
        return self._upload(chance.choice(PATHS), "page", data)

    def _upload(self, path: str, name: str, data: bytes) -> tuple[str, str]:
        answer = self._client.post(path, files={"file": (name, data)})
        kept = hashlib.sha256(data).hexdigest() if answer.status_code == 202 else ""
        return str(answer.status_code), kept

    def _parameters(self, chance: random.Random) -> tuple[str, str]:
        path = chance.choice(
            ("/extract", "/jobs", "/jobs/x/pages", "/review/next", "/review/progress")
        )
        names = ("template", "review", "after", "most", "reviewer")
        parameters = {chance.choice(names): odd_text(chance) for _ in range(2)}
        if path in ("/extract", "/jobs"):
            data = damaged(chance.choice(self._files), chance)
            answer = self._client.post(
                path, params=parameters, files={"file": (odd_text(chance), data)}
            )
            kept = hashlib.sha256(data).hexdigest() if answer.status_code == 202 else ""
            return str(answer.status_code), kept
        return str(self._client.get(path, params=parameters).status_code), ""

    def _json(self, chance: random.Random) -> tuple[str, str]:
        item = chance.choice(("1", "0", "-1", "x", "9" * 30))
        headers = {"content-type": chance.choice(("application/json", "text/plain", "x"))}
        answer = self._client.post(
            f"/review/items/{item}", content=odd_json(chance), headers=headers
        )
        return str(answer.status_code), ""

    def _form(self, chance: random.Random) -> tuple[str, str]:
        """A multipart body that is damaged itself, or is said to be something else."""
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        body = damaged(head + chance.choice(self._files) + b"\r\n--b--\r\n", chance)
        kind = chance.choice(
            (
                "multipart/form-data; boundary=b",
                "multipart/form-data",
                "multipart/form-data; boundary=",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=" + "b" * 500,
            )
        )
        answer = self._client.post("/ocr", content=body, headers={"content-type": kind})
        return str(answer.status_code), ""

    def _raw(self, chance: random.Random) -> tuple[str, str]:
        """Bytes that are no HTTP, or nearly none."""
        head = (
            b"POST /ocr HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\nConnection: close\r\n\r\n0123456789"
        )
        host, port = self._server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=TIMEOUT_S) as connection:
            connection.sendall(damaged(head, chance))
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(64)
        return answer[9:12].decode("latin-1") or "closed", ""


def names(folder: Path) -> set[str]:
    """The files in a folder, to any depth."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first request")
    parser.add_argument("--clients", type=int, default=8)
    asked = parser.parse_args()
    options = ("--preload", TEMPLATE, "--random-look", "0")
    with served(*options) as server:
        sender, started = Sender(server, seeds()), time.perf_counter()
        before = names(server.temporary)  # libraries have some of their own
        before_mb, numbers = server.megabytes(), range(asked.first, asked.first + asked.n)
        with ThreadPoolExecutor(asked.clients) as pool:
            outcomes = list(pool.map(sender.send, numbers[: asked.n // 4]))
            early_mb = server.megabytes()
            outcomes += pool.map(sender.send, numbers[asked.n // 4 :])
        alive = httpx.get(f"{server.url}/healthz", timeout=TIMEOUT_S).status_code == 200
        kept = {sha256 for _, _, sha256 in outcomes if sha256}
        orphans = {path.name for path in (server.data / "files").glob("*/*")} - kept
        left = sorted(names(server.temporary) - before)
        taken_s, cpu_s = time.perf_counter() - started, server.cpu_s()
        memory = ", ".join(f"{mb:.0f} MB" for mb in (before_mb, early_mb, server.megabytes()))
    statuses = Counter((what, status) for what, status, _ in outcomes)
    print(f"{asked.n} requests in {taken_s:.0f} s ({cpu_s:.0f} CPU s), {os.cpu_count()} cores")
    print("| what | answers |\n|---|---|")
    for what in sorted({what for what, _ in statuses}):
        mine = sorted((status, n) for (kind, status), n in statuses.items() if kind == what)
        print(f"| {what} | " + ", ".join(f"{n} x {status}" for status, n in mine) + " |")
    print(f"kept without a job: {len(orphans)}, temporary files: {left}")
    print(f"memory before, after a quarter, at the end: {memory}")
    bad = [one for one in outcomes if one[1] == "no answer" or one[1].startswith("50")]
    bad = [one for one in bad if one[1] != "503"]
    for number, one in zip(numbers, outcomes, strict=True):
        if one in bad:
            print(f"number {number}: {one[0]}: {one[1]}")
    sys.exit(1 if bad or orphans or left or not alive else 0)


if __name__ == "__main__":
    main()
