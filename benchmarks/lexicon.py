"""Load and match times of a lexicon of 100,000 entries: python benchmarks/lexicon.py [entries]

Invented company names, and synthetic lattices as in benchmarks/decoding.py. Set
OMP_NUM_THREADS=1 for the figures of one core.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from decoding import ALPHABET, lattice

from docextract.decoding import (
    CompiledLexicon,
    Decoded,
    compile_lexicon,
    decode_free,
    favour_lexicon,
    load_lexicon,
    match_lexicon,
)
from docextract.types import Lattice

LINES = 40
ENDINGS = ("科技有限公司", "贸易有限公司", "信息技术有限公司", "物流股份有限公司")


def names(count: int, rng: random.Random) -> list[str]:
    """Distinct invented names: a place, two to five characters, a usual ending."""
    han = [s for s in ALPHABET.symbols if "一" <= s <= "鿿"][:3000]
    found: dict[str, None] = {}
    while len(found) < count:
        place = "".join(rng.choices(han[:300], k=2)) + "市"
        own = "".join(rng.choices(han, k=rng.randint(2, 5)))
        found[place + own + rng.choice(ENDINGS)] = None
    return list(found)


def measure(
    title: str, match: Callable[[Lattice], Decoded], texts: list[str], doubt: float
) -> None:
    rng = np.random.default_rng(0)
    millis, right, exact = [], 0, 0
    for text in texts:
        line = lattice(text, doubt=doubt, rng=rng)
        start = time.perf_counter()
        found = match(line)
        millis.append((time.perf_counter() - start) * 1e3)
        right += found.candidates[0].text == text
        exact += found.exact
    median, p95 = np.percentile(millis, [50, 95])
    shares = f"right {right / len(texts):5.0%}  proven {exact / len(texts):5.0%}"
    print(f"{title:14} doubt {doubt:3.1f}  median {median:6.2f}  p95 {p95:6.2f} ms  {shares}")


def main() -> None:
    rng = random.Random(0)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    entries = names(count, rng)
    compile_lexicon(load_lexicon("units"), ALPHABET)  # the alphabet is folded once for all
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "names.txt"
        path.write_text("\n".join(entries), encoding="utf-8")
        start = time.perf_counter()
        lexicon = load_lexicon(path)
        loaded = time.perf_counter()
        compiled = compile_lexicon(lexicon, ALPHABET)
        done = time.perf_counter()
    print(f"{count:,} entries: load {loaded - start:.3f} s, compile {done - loaded:.3f} s")
    texts = rng.choices(entries, k=LINES)
    outside = names(LINES, random.Random(1))
    for doubt in (0.0, 0.5, 1.0):
        measure("hard", lambda line: match_lexicon(line, compiled), texts, doubt)
        measure("free", decode_free, texts, doubt)
        measure("free + soft", lambda line: soft(line, compiled), texts, doubt)
        measure("not in it", lambda line: soft(line, compiled), outside, doubt)


def soft(line: Lattice, compiled: CompiledLexicon) -> Decoded:
    return favour_lexicon(line, compiled, decode_free(line))


if __name__ == "__main__":
    main()
