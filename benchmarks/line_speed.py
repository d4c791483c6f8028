"""The time a line by recognizer, batch and threads, beside RapidOCR's own recognizer.

    python benchmarks/line_speed.py [-n 192] [--seed 7]

Draws typed lines (synthetic; needs the synth extra) and reads the same ones with every model, in
calls of 1, 8 and 32 lines, on 1 and 2 threads. RapidOCR runs its default weights, those of
``ppocrv6-small``, through its own preparation and greedy decoding; the others end at the lattice.
Prints the median over rounds of the wall time and of the processor time of all threads, in ms a
line. A machine that has other work to do stretches the first, and the second much less.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from docextract.recognition import load_recognizer
from docextract.synth.lines import draw_lines
from docextract.types import Image

KINDS = ("amount", "date", "digits", "phone", "time", "alnum")
MODELS = ("crnn-typed", "ppocrv6-small")
BATCHES = (1, 8, 32)
THREADS = (1, 2)
ROUNDS = 3

Engine = Callable[[Sequence[Image]], object]


class Spent(NamedTuple):
    """Milliseconds a line: on the clock, and of all threads added up."""

    wall_ms: float
    cpu_ms: float


def rapidocr(threads: int, batch: int) -> Engine:
    """RapidOCR's recognizer with its defaults, but for threads and batch."""
    from rapidocr import RapidOCR
    from rapidocr.ch_ppocr_rec import TextRecInput

    engine = RapidOCR(
        params={
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "Rec.rec_batch_num": batch,
            "Global.log_level": "error",
        }
    )
    blank = np.full((48, 96, 3), 255, np.uint8)
    engine(blank, use_det=False, use_cls=False)  # loads the recognizer, and nothing else
    recognizer = engine.text_rec
    assert recognizer is not None
    return lambda images: recognizer(TextRecInput(img=list(images)))


def engines(threads: int, batch: int) -> Mapping[str, Engine]:
    """All recognizers by name."""
    own = {name: load_recognizer(name, threads=threads).recognize for name in MODELS}
    return {**own, "RapidOCR": rapidocr(threads, batch)}


def timed(engine: Engine, images: Sequence[Image], batch: int) -> Spent:
    """Read all lines once, ``batch`` at a call."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    for start in range(0, len(images), batch):
        engine(images[start : start + batch])
    spent_s = (time.perf_counter() - wall_s, time.process_time() - cpu_s)
    return Spent(*(1e3 * seconds / len(images) for seconds in spent_s))


def measured(images: Sequence[Image]) -> Iterator[tuple[str, int, int, Spent]]:
    """Every recognizer at every batch and number of threads; rounds take turns."""
    for threads, batch in itertools.product(THREADS, BATCHES):
        asked = engines(threads, batch)
        for engine in asked.values():
            timed(engine, images[: 2 * batch], batch)
        rounds: dict[str, list[Spent]] = {name: [] for name in asked}
        for _ in range(ROUNDS):
            for name, engine in asked.items():
                rounds[name].append(timed(engine, images, batch))
        for name, spent in rounds.items():
            yield name, threads, batch, Spent(*map(statistics.median, zip(*spent, strict=True)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-n", type=int, default=192, help="lines")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    drawn = draw_lines(options.n, seed=options.seed, mix=dict.fromkeys(KINDS, 1.0))
    images = [cv2.cvtColor(line.image, cv2.COLOR_GRAY2BGR) for line in drawn]
    print(f"{len(images)} drawn lines of {', '.join(KINDS)}, seed {options.seed}")
    print(f"{'recognizer':14}  threads  batch  wall, ms a line  CPU, ms a line")
    for name, threads, batch, spent in measured(images):
        print(
            f"{name:14}  {threads:7}  {batch:5}  {spent.wall_ms:15.2f}  {spent.cpu_ms:14.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
