"""Peak memory of long runs: reads few and many pages in processes of their own.

    python benchmarks/memory.py [--few 50] [--many 1000]

Prints the peak resident set size of each run in MB, and their ratio. The pages are copies of
the drawn invoice samples.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import resource
import shutil
import sys
import tempfile
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[1] / "templates" / "invoice"


def peak_mb(pages: int) -> float:
    """Read ``pages`` pages in this process; its peak resident set size in MB."""
    from docextract import Extractor

    with tempfile.TemporaryDirectory() as folder:
        pictures = itertools.cycle(sorted(SAMPLES.glob("*.jpg")))
        for number, picture in zip(range(pages), pictures, strict=False):
            shutil.copy(picture, Path(folder) / f"{number:05d}.jpg")
        read = sum(1 for _ in Extractor("invoice").run([folder]))
    if read != pages:
        sys.exit(f"{read} of {pages} pages came back")
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Measure both runs and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--few", type=int, default=50)
    parser.add_argument("--many", type=int, default=1000)
    sizes = parser.parse_args()
    peaks = []
    for pages in (sizes.few, sizes.many):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            peaks.append(pool.apply(peak_mb, (pages,)))
        print(f"{pages} pages: peak {peaks[-1]:.0f} MB", flush=True)
    print(f"ratio {peaks[1] / peaks[0]:.3f}")


if __name__ == "__main__":
    main()
