"""How well a network reads examples: exact lines and character error rate, by kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from docextract.training.crnn.examples import WIDTH_STEP, Example, ExampleMaker
from docextract.training.crnn.network import as_input

_LINES = 32  # of one padded width, read at a time


@dataclass(frozen=True, slots=True)
class Score:
    """Lines read, lines exactly right, and character edits over characters (CER)."""

    lines: int
    exact: float
    cer: float


def score(network: nn.Module, examples: Sequence[Example], maker: ExampleMaker) -> dict[str, Score]:
    """Scores of greedy reading by kind, and of all as ``all``; the network is put to ``eval``."""
    from rapidfuzz.distance import Levenshtein

    tallies: dict[str, list[tuple[bool, int, int]]] = defaultdict(list)
    for example, labels in zip(examples, _greedy(network, examples, maker), strict=True):
        edits = Levenshtein.distance(labels, example.labels)
        tally = (edits == 0, edits, len(example.labels))
        tallies[example.kind].append(tally)
        tallies["all"].append(tally)
    return {kind: _score(rows) for kind, rows in sorted(tallies.items())}


def _score(rows: Sequence[tuple[bool, int, int]]) -> Score:
    right, edits, length = (sum(column) for column in zip(*rows, strict=True))
    return Score(len(rows), right / len(rows), edits / max(length, 1))


@torch.inference_mode()
def _greedy(
    network: nn.Module, examples: Sequence[Example], maker: ExampleMaker
) -> list[tuple[int, ...]]:
    """The best path's labels of each example, in order."""
    network.eval()
    by_width: dict[int, list[int]] = defaultdict(list)
    for i, example in enumerate(examples):
        by_width[-(-example.image.shape[1] // WIDTH_STEP)].append(i)
    groups = [g[k : k + _LINES] for g in by_width.values() for k in range(0, len(g), _LINES)]
    found: list[tuple[int, ...]] = [()] * len(examples)
    for chosen in groups:
        batch = maker.batch([examples[i] for i in chosen])
        best = network(as_input(torch.from_numpy(batch.images))).argmax(2)
        for i, row, steps in zip(chosen, best, batch.steps.tolist(), strict=True):
            found[i] = _collapsed(row[:steps])
    return found


def _collapsed(path: Tensor) -> tuple[int, ...]:
    """A path without repeats and blanks (label 0)."""
    labels = torch.unique_consecutive(path)
    return tuple(labels[labels != 0].tolist())
