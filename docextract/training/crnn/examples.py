"""Lines as the network eats them: scaled to its height, batched by width, texts as labels."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.shapes import fold_symbol
from docextract.types import Alphabet

WIDTH_STEP = 32  # widths of batches, px
_PAPER = 128  # pads a line to its batch's width, as the recognizer does: zero after scaling

Gray = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A line (H, w) at the network's height, its labels, and its kind for the tables."""

    image: Gray
    labels: tuple[int, ...]
    text: str
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Lines (N, H, W) padded to one width; ``steps`` (N,) are theirs, labels lie end to end."""

    images: Gray
    steps: NDArray[np.int64]
    labels: NDArray[np.int64]
    lengths: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.images)


class ExampleMaker:
    """Scales lines and spells texts; what cannot be learnt from is None.

    Full-width forms are spelled as the half-width ones, Chinese characters that the alphabet lacks
    as OTHER where it has that. A line is refused when its text has any other symbol that the
    alphabet lacks, when it is wider than ``max_width`` px at the network's height, or when its
    text needs more time steps than it has.
    """

    def __init__(self, alphabet: Alphabet, *, height: int, stride: int, max_width: int) -> None:
        self._index = {symbol: i for i, symbol in enumerate(alphabet.symbols) if symbol}
        self._other = -1 if alphabet.other is None else alphabet.other
        self._height, self._stride, self._max_width = height, stride, max_width

    def make(self, image: Gray, text: str, kind: str) -> Example | None:
        """The example of a gray line picture of any size, or None."""
        labels = tuple(map(self._label, text))
        width = max(1, math.ceil(image.shape[1] * self._height / image.shape[0]))
        if not labels or -1 in labels or width > self._max_width:
            return None
        repeats = sum(a == b for a, b in pairwise(labels))
        if len(labels) + repeats > math.ceil(width / self._stride):
            return None
        shrink = image.shape[0] > self._height
        method = cv2.INTER_AREA if shrink else cv2.INTER_LINEAR
        scaled = cv2.resize(image, (width, self._height), interpolation=method)
        return Example(np.asarray(scaled, np.uint8), labels, text, kind)

    def _label(self, char: str) -> int:
        """The symbol's index, -1 for none."""
        known = self._index.get(char, self._index.get(fold_symbol(char)))
        if known is not None:
            return known
        return self._other if "\u4e00" <= char <= "\u9fff" else -1

    def batch(self, examples: Sequence[Example]) -> Batch:
        """One batch of examples, padded to the widest's next WIDTH_STEP."""
        widths = [example.image.shape[1] for example in examples]
        width = -(-max(widths) // WIDTH_STEP) * WIDTH_STEP
        images = np.full((len(examples), self._height, width), _PAPER, np.uint8)
        for row, example in zip(images, examples, strict=True):
            row[:, : example.image.shape[1]] = example.image
        return Batch(
            images,
            np.array([math.ceil(w / self._stride) for w in widths], np.int64),
            np.concatenate([np.array(e.labels, np.int64) for e in examples]),
            np.array([len(e.labels) for e in examples], np.int64),
        )


def in_batches(examples: Iterable[Example], maker: ExampleMaker, batch_px: int) -> Iterator[Batch]:
    """Group a stream of examples by width into batches of about ``batch_px`` px of width."""
    waiting: dict[int, list[Example]] = defaultdict(list)
    for example in examples:
        bucket = -(-example.image.shape[1] // WIDTH_STEP)
        waiting[bucket].append(example)
        if len(waiting[bucket]) * bucket * WIDTH_STEP >= batch_px:
            yield maker.batch(waiting.pop(bucket))
    for examples_left in waiting.values():
        yield maker.batch(examples_left)
