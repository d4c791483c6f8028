"""What the language model is worth: python benchmarks/language_model.py HELD_OUT [--tune]

HELD_OUT is what scripts/make_corpus.py --held-out wrote: "kind<TAB>text" with words that the
model has never seen. Every text is drawn with one of the installed Chinese fonts, made small,
blurred, noisy and compressed, and read with and without the model. --tune prints the weights'
grid on the odd lines; the table is always of the even lines.
"""

from __future__ import annotations

import argparse
import random
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from docextract.decoding import compile_grammar, decode, decode_free
from docextract.decoding.free import likely_symbols
from docextract.decoding.fusion import decode_fused, rescore
from docextract.decoding.ngram import LanguageCard, LanguageModel, load_language
from docextract.decoding.search import Decoded
from docextract.fields.person import Person
from docextract.recognition import load_recognizer
from docextract.types import Alphabet, Lattice

FONTS = (
    "uming.ttc",
    "ukai.ttc",
    "wqy-zenhei.ttc",
    "NotoSansCJK-Regular.ttc",
    "NotoSerifCJK-Bold.ttc",
)
SIZE_PX, PAD_PX = 40, 6
EM_PX = (8.5, 15.0)  # the characters' size in the degraded picture
SURE = 0.9


class Line(NamedTuple):
    """A drawn text as the recognizer saw it."""

    kind: str
    text: str
    lattice: Lattice


@dataclass
class Tally:
    """Sums over the lines of one kind."""

    lines: int = 0
    right: int = 0
    edits: int = 0
    chars: int = 0
    sure: int = 0
    sure_right: int = 0
    confidence: float = 0.0

    def add(self, text: str, decoded: Decoded) -> None:
        """Count one line."""
        said = plain(decoded.candidates[0].text) if decoded.candidates else ""
        confidence = float(np.exp(decoded.candidates[0].logp)) if decoded.candidates else 0.0
        wanted = plain(text)
        self.lines += 1
        self.right += said == wanted
        self.edits += Levenshtein.distance(said, wanted)
        self.chars += len(wanted)
        self.confidence += confidence
        self.sure += confidence >= SURE
        self.sure_right += said == wanted and confidence >= SURE

    def __str__(self) -> str:
        sure_right = self.sure_right / max(1, self.sure)
        return (
            f"exact {self.right / self.lines:6.1%}  CER {self.edits / self.chars:6.2%}  "
            f"mean confidence {self.confidence / self.lines:5.1%}  "
            f"at {SURE}: {self.sure / self.lines:5.1%}, right {sure_right:6.1%}"
        )


def plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace(" ", "")


def fonts() -> list[Path]:
    found = [p for name in FONTS for p in sorted(Path("/usr/share/fonts").rglob(name))[:1]]
    if not found:
        raise SystemExit("no Chinese font. Install one: apt-get install fonts-arphic-uming")
    return found


def drawn(text: str, font: Path, rng: random.Random) -> np.ndarray:
    """One line of print, as a poor camera or a fax sees it."""
    face = ImageFont.truetype(str(font), SIZE_PX)
    left, top, right, bottom = face.getbbox(text)
    canvas = Image.new("L", (int(right - left) + 2 * PAD_PX, int(bottom - top) + 2 * PAD_PX), 245)
    ImageDraw.Draw(canvas).text((PAD_PX - left, PAD_PX - top), text, font=face, fill=40)
    shrink = rng.uniform(*EM_PX) / SIZE_PX
    small = cv2.resize(np.array(canvas), None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), rng.uniform(0.3, 0.9))
    noise = np.random.default_rng(rng.randrange(2**32)).normal(0, rng.uniform(2, 14), small.shape)
    noisy = np.clip(blurred + noise, 0, 255).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, rng.randrange(40, 90)])
    return cv2.cvtColor(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), cv2.COLOR_GRAY2BGR)


def slim(lattice: Lattice) -> Lattice:
    """The lattice over the symbols that matter in it: thousands of them fit in memory."""
    likely = likely_symbols(lattice)[0]
    used = np.r_[lattice.alphabet.blank, likely]
    symbols = tuple(lattice.alphabet.symbols[v] for v in used.tolist())
    return Lattice(lattice.logp[:, used].copy(), Alphabet(symbols, 0))


def read(pairs: Sequence[tuple[str, str]], model: str) -> list[Line]:
    rng, faces = random.Random(7), fonts()
    recognizer = load_recognizer(model)
    lines = []
    for start in range(0, len(pairs), 16):
        part = pairs[start : start + 16]
        images = [drawn(text, rng.choice(faces), rng) for _, text in part]
        lattices = recognizer.recognize(images)
        lines += [Line(k, t, slim(la)) for (k, t), la in zip(part, lattices, strict=True)]
    return lines


def person(lattice: Lattice) -> Decoded:
    grammar = compile_grammar(Person().pattern, lattice.alphabet, ignores=Person.ignores)
    return decode(lattice, grammar, nbest=16)


def without(line: Line) -> Decoded:
    return person(line.lattice) if line.kind == "person" else decode_free(line.lattice)


def fused(language: LanguageModel) -> Callable[[Line], Decoded]:
    def run(line: Line) -> Decoded:
        if line.kind == "person":
            return rescore(person(line.lattice), language)
        return decode_fused(line.lattice, language)

    return run


def tallies(lines: Iterable[Line], run: Callable[[Line], Decoded]) -> dict[str, Tally]:
    by_kind: dict[str, Tally] = {}
    for line in lines:
        by_kind.setdefault(line.kind, Tally()).add(line.text, run(line))
    return by_kind


def tune(lines: Sequence[Line], card: LanguageCard) -> None:
    grid = product((0.2, 0.3, 0.4, 0.5), (0.0, 1.0, 1.5, 2.0), (-8.0, -12.0))
    for alpha, beta, floor in grid:
        weights = {"alpha": alpha, "beta": beta, "floor_logp": floor}
        found = tallies(lines, fused(LanguageModel(card.model_copy(update=weights))))
        cers = "  ".join(
            f"{k} {t.right / t.lines:.1%} {t.edits / t.chars:.2%}" for k, t in sorted(found.items())
        )
        print(f"alpha {alpha}  beta {beta}  floor {floor}: {cers}", flush=True)


def median_ms(lines: Sequence[Line], run: Callable[[Line], Decoded]) -> float:
    times = []
    for line in lines:
        started = time.perf_counter()
        run(line)
        times.append(1000 * (time.perf_counter() - started))
    return float(np.median(times))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("held_out", type=Path)
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--lines", type=int, default=300, help="lines of each kind")
    parser.add_argument("--language", default="zh-business")
    parser.add_argument("--model", default="ppocrv6-small")
    args = parser.parse_args()
    taken: dict[str, list[tuple[str, str]]] = {}
    for row in args.held_out.read_text("utf-8").splitlines():
        kind, text = row.split("\t")
        taken.setdefault(kind, []).append((kind, text))
    pairs = [pair for kind in sorted(taken) for pair in taken[kind][: 2 * args.lines]]
    language = load_language(args.language)
    if args.tune:
        tune(read(pairs[1::2], args.model), language.card)
    lines = read(pairs[::2], args.model)
    before, after = tallies(lines, without), tallies(lines, fused(language))
    for kind in before:
        print(f"{kind:8} n {before[kind].lines:4}  without  {before[kind]}")
        print(f"{kind:8} {'':6}  with     {after[kind]}")
    free = [line for line in lines if line.kind != "person"]
    times = median_ms(free, without), median_ms(free, fused(language))
    print(f"median ms a line: {times[0]:.2f} without, {times[1]:.2f} with")


if __name__ == "__main__":
    main()
