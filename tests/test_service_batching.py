"""Lines of concurrent requests to the REST service, read in common batches."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from service_client import http, serving, upload

from docextract.service.gathering import GatheringRecognizer
from docextract.service.settings import Settings
from docextract.types import Alphabet, Image, Lattice


@pytest.mark.parametrize("batch_wait_ms", [0.0, 3.0])
def test_concurrent_requests_read_as_they_do_alone(scan: Path, batch_wait_ms: float) -> None:
    with serving(Settings(batch_wait_ms=batch_wait_ms)) as address:

        def ask(_: int) -> list[str]:
            answer = http.post(f"{address}/ocr", files=[upload(scan)]).json()
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
