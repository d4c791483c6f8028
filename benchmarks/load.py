"""The service under a steady load: python benchmarks/load.py PICTURE [--template NAME]

Lets 64 clients send PICTURE for two minutes, each one request after the other. Prints how many
answers of each status there were, the median and the 95th percentile of the seconds that a request
took, CPU seconds a request, and the service's memory at the start, after 30 s and at the end.
Ends with 1 when an answer was neither 200 nor 503, or a client got none.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles

import httpx
from served import served

Answer = tuple[str, float]  # status, or what went wrong, and seconds


def ask(url: str, picture: bytes, until: float) -> list[Answer]:
    """One client's requests until a time."""
    answers = []
    with httpx.Client(timeout=600) as client:
        while time.perf_counter() < until:
            started = time.perf_counter()
            try:
                found = client.post(url, files={"file": ("page", picture)})
                status, wait_s = str(found.status_code), float(found.headers.get("retry-after", 0))
            except httpx.HTTPError as error:
                status, wait_s = type(error).__name__, 0.0
            answers.append((status, time.perf_counter() - started))
            time.sleep(wait_s)
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--template", help="read by a template, not the whole page")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--at-once", type=int, default=4, help="requests read at a time")
    parser.add_argument("--waiting", type=int, default=60, help="requests that may wait")
    asked = parser.parse_args()
    picture = asked.picture.read_bytes()
    path = f"/extract?template={asked.template}" if asked.template else "/ocr"
    options = ["--at-once", str(asked.at_once), "--waiting", str(asked.waiting)]
    options += ["--preload", asked.template] if asked.template else []
    with served(*options) as server, ThreadPoolExecutor(asked.clients) as pool:
        ask(server.url + path, picture, time.perf_counter() + 0.001)
        memory, cpu_s = [server.megabytes()], server.cpu_s()
        until = time.perf_counter() + asked.seconds
        running = [
            pool.submit(ask, server.url + path, picture, until) for _ in range(asked.clients)
        ]
        time.sleep(min(30.0, asked.seconds / 2))
        memory.append(server.megabytes())
        answers = [answer for one in running for answer in one.result()]
        memory.append(server.megabytes())
        cpu_s = server.cpu_s() - cpu_s
    statuses = Counter(status for status, _ in answers)
    seconds = [taken for status, taken in answers if status == "200"]
    print(f"{asked.clients} clients, {asked.seconds:g} s, {os.cpu_count()} cores")
    print("answers: " + ", ".join(f"{n} x {status}" for status, n in sorted(statuses.items())))
    print(f"seconds: median {median(seconds):.2f}, p95 {quantiles(seconds, n=20)[-1]:.2f}")
    print(f"CPU seconds an answer of 200: {cpu_s / len(seconds):.2f}")
    print(
        "memory at the start, after 30 s, at the end: " + ", ".join(f"{m:.0f} MB" for m in memory)
    )
    sys.exit(0 if statuses.keys() <= {"200", "503"} else 1)


if __name__ == "__main__":
    main()
