"""How well a network reads examples: exact lines and character error rate, by kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from docextract.training.crnn.examples import Example, ExampleMaker, in_batches
from docextract.training.crnn.network import as_input


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
    order = sorted(range(len(examples)), key=lambda i: examples[i].image.shape[1])
    found: list[tuple[int, ...]] = [()] * len(examples)
    at = 0
    for batch in in_batches((examples[i] for i in order), maker, 4096):
        best = network(as_input(torch.from_numpy(batch.images))).argmax(2)
        for row, steps in zip(best, batch.steps.tolist(), strict=True):
            found[order[at]] = _collapsed(row[:steps])
            at += 1
    return found


def _collapsed(path: Tensor) -> tuple[int, ...]:
    """A path without repeats and blanks (label 0)."""
    labels = torch.unique_consecutive(path)
    return tuple(labels[labels != 0].tolist())
