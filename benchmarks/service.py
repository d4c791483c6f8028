"""The service under load: python benchmarks/service.py PICTURE [--template NAME] [--rounds N]

Starts two servers on this machine, one with batches across requests and one without, and lets 1, 4,
16 and 64 clients send PICTURE, one request after the other. Prints mean and 95th percentile of the
seconds that a request took, and how many answers were 503. Without --template the whole page is
read. The servers are asked in turn, --rounds times, so that other load strikes both. On a machine
that has other work, the server's CPU seconds a request say more than the clock.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from statistics import fmean, quantiles

import httpx
from served import Server, served

CLIENTS = (1, 4, 16, 64)
Answers = list[tuple[int, float]]  # status and seconds of each request


def server(
    batch_wait_ms: float, at_once: int, template: str | None
) -> AbstractContextManager[Server]:
    """A service with batches across requests, or without any for 0 ms."""
    options = ["--batch-wait-ms", str(batch_wait_ms), "--waiting", "64", "--at-once", str(at_once)]
    return served(*options, *(["--preload", template] if template else []))


def ask(url: str, picture: bytes, times: int) -> Answers:
    """One client's requests."""
    answers = []
    with httpx.Client(timeout=600) as client:
        for _ in range(times):
            started = time.perf_counter()
            status = client.post(url, files={"file": ("page", picture)}).status_code
            answers.append((status, time.perf_counter() - started))
    return answers


def load(url: str, picture: bytes, clients: int, times: int) -> Answers:
    """So many clients at once, each sending so many requests."""
    with ThreadPoolExecutor(clients) as pool:
        found = pool.map(lambda _: ask(url, picture, times), range(clients))
        return [answer for answers in found for answer in answers]


def show(clients: int, name: str, answers: Answers, cpu_s: float) -> None:
    seconds = [taken for status, taken in answers if status == 200]
    refused = sum(status == 503 for status, _ in answers)
    p95 = quantiles(seconds, n=20)[-1]
    print(
        f"{clients:7}  {name:8}  {len(answers):8}  {fmean(seconds):6.2f}  {p95:5.2f}  {refused:3}  "
        f"{cpu_s / len(answers):5.2f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--template", help="read by a template, not the whole page")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, nargs="+", default=CLIENTS)
    parser.add_argument("--at-once", type=int, default=4, help="requests read at a time")
    asked = parser.parse_args()
    picture = asked.picture.read_bytes()
    path = f"/extract?template={asked.template}" if asked.template else "/ocr"
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(server(wait_ms, asked.at_once, asked.template))
            for name, wait_ms in (("batched", 3.0), ("alone", 0.0))
        }
        for one in servers.values():
            load(one.url + path, picture, 1, 1)
        print("clients  server    requests  mean s  p95 s  503  CPU s a request")
        for clients in asked.clients:
            answers: dict[str, Answers] = {name: [] for name in servers}
            cpu_s = dict.fromkeys(servers, 0.0)
            for _ in range(asked.rounds):
                for name, one in servers.items():
                    before_s = one.cpu_s()
                    answers[name] += load(one.url + path, picture, clients, max(1, 16 // clients))
                    cpu_s[name] += one.cpu_s() - before_s
            for name, found in answers.items():
                show(clients, name, found, cpu_s[name])


if __name__ == "__main__":
    main()
