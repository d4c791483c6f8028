"""Labelled line pictures of a user's own papers: read, checked, split, and varied for learning."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from docextract.errors import SourceError, UsageError
from docextract.training.crnn.examples import Example, ExampleMaker, Gray

_HELD_OUT = 5  # one line in so many is kept to measure on
_FEWEST = 20
_TOLD = 5  # bad pictures named in an error


class _Row(BaseModel):
    """``text`` is what is printed; where it is absent, ``value`` is."""

    model_config = ConfigDict(extra="ignore")

    file: str
    text: str | None = None
    value: str | None = None

    @property
    def printed(self) -> str:
        return (self.value or "") if self.text is None else self.text


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Lines to learn from and lines to measure on; ``refused`` could not be used."""

    learn: tuple[Example, ...]
    held_out: tuple[Example, ...]
    refused: int


def load_labelled(folder: Path, maker: ExampleMaker) -> Labelled:
    """Read ``folder/labels.json``, ``[{"file": ..., "text": ...}]``, and its pictures.

    Lines whose text is empty, has symbols that the alphabet lacks or does not fit its picture
    are counted as refused. Raises SourceError for pictures that cannot be read, UsageError for
    labels that are no such list, or when too few lines are left.
    """
    found, refused, unreadable = [], 0, []
    for row in _rows(folder / "labels.json"):
        image = cv2.imread(str(folder / row.file), cv2.IMREAD_GRAYSCALE)
        if image is None:
            unreadable.append(row.file)
            continue
        example = maker.make(np.asarray(image, np.uint8), row.printed.strip(), "own")
        if example is None:
            refused += 1
        else:
            found.append(example)
    if unreadable:
        named = ", ".join(unreadable[:_TOLD]) + (" ..." if len(unreadable) > _TOLD else "")
        why = f"{len(unreadable)} pictures of labels.json are missing or unreadable: {named}"
        raise SourceError(str(folder), f"{why}. Put them there, or delete their rows")
    if len(found) < _FEWEST:
        raise UsageError(
            f"{folder}: {len(found)} lines can be learnt from and {refused} cannot (empty text, "
            f"symbols outside the alphabet, or too narrow). Label {_FEWEST} or more"
        )
    Random(0).shuffle(found)
    cut = max(1, len(found) // _HELD_OUT)
    return Labelled(tuple(found[cut:]), tuple(found[:cut]), refused)


def _rows(path: Path) -> list[_Row]:
    try:
        data = json.loads(path.read_text("utf-8"))
        return TypeAdapter(list[_Row]).validate_python(data)
    except OSError as err:
        raise SourceError(str(path), f"{err.strerror}. Write one with the lines' texts") from None
    except (ValidationError, ValueError):
        raise UsageError(
            f'{path}: should be a list of {{"file": "line.png", "text": "what is printed"}}'
        ) from None


def varied(examples: Sequence[Example], maker: ExampleMaker, seed: int) -> Iterator[Example]:
    """The examples over and over, each time a little different: place, tone, sharpness, noise."""
    rng, noise = Random(f"varied/{seed}"), np.random.default_rng(seed)
    while True:
        for example in rng.sample(examples, len(examples)):
            image = _varied(example.image, rng, noise)
            changed = maker.make(image, example.text, example.kind)
            yield example if changed is None else changed


def _varied(image: Gray, rng: Random, noise: np.random.Generator) -> Gray:
    height = image.shape[0]
    paper = int(np.median(np.r_[image[0], image[-1]]))
    up, down, left, right = (rng.randint(0, height // 8) for _ in range(4))
    picture = cv2.copyMakeBorder(
        image, up, down, left, right, cv2.BORDER_CONSTANT, value=(paper, paper, paper)
    ).astype(np.float32)
    if rng.random() < 0.4:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.0)), np.float32)
    picture = (picture - paper) * rng.uniform(0.7, 1.15) + paper * rng.uniform(0.9, 1.05)
    picture += noise.standard_normal(picture.shape, np.float32) * rng.uniform(0, 6)
    return np.clip(picture, 0, 255).astype(np.uint8)
