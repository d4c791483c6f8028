"""Microseconds a line for decoding: python benchmarks/decoding.py [lines]

Synthetic lattices of T = 80 frames and V = 18,710 symbols: "peaky" ones as a trained recognizer
writes them, and deliberately uncertain ones; decoded one by one, each by the grammar of its field
type with its check digits, and 20 together, as the lines of pages are. Set OMP_NUM_THREADS=1 for
the figures of one core.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from docextract.decoding import (
    Decoded,
    Grammar,
    compile_forms,
    decode_any,
    decode_free,
)
from docextract.fields import field_types
from docextract.types import Alphabet, Lattice

STEPS, SIZE = 80, 18_710
PRINTED = "0123456789Xx.,-¥￥：: 　０１２３４５６７８９—（）()"
PRINTED += "ABCDEFGHIJKLMNOPQRSTUVWYZabcdefghijklmnopqrstuvwyz|"
IDEOGRAPHS = [chr(0x4E00 + i) for i in range(SIZE - 1 - len(PRINTED))]
ALPHABET = Alphabet(("", *PRINTED, *IDEOGRAPHS))
INDEX = {s: i for i, s in enumerate(ALPHABET.symbols)}
LINES = {
    "digits": ({"length": 8}, "04831177"),
    "amount": ({"currency": "CNY"}, "¥12,806.50"),
    "date": ({}, "2019年11月08日"),
    "phone": ({}, "13800138000"),
    "id_card": ({}, "11010519491231002X"),
    "bank_card": ({}, "6222021234567890128"),
    "uscc": ({}, "91110000600037341L"),
    "amount_cn": ({}, "壹仟陆佰捌拾元叁角贰分"),
    "person": ({}, "欧阳某某"),
    "text": ({}, "北京市丰台区某某公司"),
}


def lattice(text: str, *, doubt: float, rng: np.random.Generator) -> Lattice:
    """A lattice of ``text``; ``doubt`` 0 is peaky, 1 has several likely symbols a frame."""
    logits = rng.normal(0, 1.5, (STEPS, SIZE)).astype(np.float32)
    logits[:, ALPHABET.blank] += 22 - 6 * doubt
    near = rng.integers(1, len(PRINTED), (STEPS, 4))
    for i, char in enumerate(text):
        t = round((i + 0.5) * STEPS / len(text))
        logits[t, INDEX[char]] += 29 - 9 * doubt
        logits[t, near[t]] += 17 + rng.normal(0, 2, 4)
        logits[t - 1, INDEX[char]] += 19 * rng.random() + 2
    logits -= logits.max(axis=1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return Lattice(logits, ALPHABET)


def compiled(name: str) -> tuple[Grammar, ...]:
    """The grammars of a field type, its checks in them; none for free text."""
    kind = field_types.get(name).model_validate(LINES[name][0])
    return compile_forms(kind.forms, ALPHABET, ignores=kind.ignores)


def decoder(grammars: Sequence[Grammar]) -> Callable[[Lattice], Decoded]:
    """The decoder of a field type's grammars, or of free text; no language model."""
    return (lambda line: decode_any(line, grammars)) if grammars else decode_free


def measure(name: str, doubt: float, lines: int) -> None:
    text = LINES[name][1]
    rng = np.random.default_rng(0)
    grammars = compiled(name)
    run = decoder(grammars)
    micros, right, exact = [], 0, 0
    run(lattice(text, doubt=doubt, rng=rng))
    for _ in range(lines):
        line = lattice(text, doubt=doubt, rng=rng)
        start = time.perf_counter()
        found = run(line)
        micros.append((time.perf_counter() - start) * 1e6)
        right += found.candidates[0].text == text
        exact += found.exact
    median, p95 = np.percentile(micros, [50, 95])
    shares = f"right {right / len(micros):5.0%}  proven {exact / len(micros):5.0%}"
    print(f"{name:10} doubt {doubt:3.1f}  median {median:7.0f}  p95 {p95:7.0f} µs  {shares}")


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    for name in LINES:
        for grammar in compiled(name):
            states, symbols = grammar.next.shape
            arcs = int((grammar.next >= 0).sum())
            print(f"{name:10} {states} states, {symbols} symbols, {arcs} arcs")
    for doubt in (0.0, 1.0):
        for name in LINES:
            measure(name, doubt, lines)


if __name__ == "__main__":
    main()
