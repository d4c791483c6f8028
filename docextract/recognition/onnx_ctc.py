"""Any CTC line recognizer in ONNX, described by its card: line images to whole lattices."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.errors import ModelError
from docextract.recognition.batching import batches, padded_width
from docextract.recognition.card import InputSpec, ModelCard, load_card
from docextract.recognition.session import open_session
from docextract.types import Alphabet, FloatArray, Image, Lattice

TAIL_STEPS = 2  # steps kept beyond the line's end: context can delay the last symbol


class Recognizer(Protocol):
    """What the pipeline needs of a line recognizer."""

    name: str
    height: int
    alphabet: Alphabet

    def recognize(self, images: Sequence[Image]) -> list[Lattice]:
        """Read line images of any size, one lattice each, in order."""
        ...


Load: TypeAlias = Callable[[str], Recognizer]  # by name, from wherever recognizers are kept


class OnnxCtcRecognizer:
    """A CTC model on ONNX Runtime's CPU provider; safe to share between threads.

    ``threads`` batches are run at a time; 0 means as many as there are cores.
    """

    def __init__(self, card: ModelCard, *, threads: int = 0) -> None:
        self._session = open_session(card.weights())
        self.name, self.height = card.name, card.input.height
        self._card = card
        # One pool for good: each thread that comes new may get a heap of its own from malloc, and
        # what those keep adds up over a long run.
        self._pool = ThreadPoolExecutor(
            threads or os.cpu_count() or 1, thread_name_prefix="docextract-lines"
        )
        self._input_name = self._session.get_inputs()[0].name
        _check_input(card, self._session.get_inputs()[0].shape)
        self.alphabet = _alphabet(card, self._session.get_modelmeta().custom_metadata_map)
        outputs = self._session.get_outputs()[0].shape[-1]
        if isinstance(outputs, int) and outputs != len(self.alphabet):
            raise ModelError(
                f"{card.path}: alphabet has {len(self.alphabet)} symbols with the blank, "
                f"but the model has {outputs} outputs. Check alphabet.append and alphabet.blank."
            )

    def recognize(self, images: Sequence[Image]) -> list[Lattice]:
        """Read BGR line images of any size; returns one Lattice each, in order.

        A lattice has one step per ``stride`` px of the line scaled to the model's height.
        """
        spec = self._card.input
        lines = [_scaled(image, spec) for image in images]
        padded = [
            padded_width(w.shape[1], min_width=spec.min_width, multiple=spec.width_multiple)
            for w in lines
        ]
        groups = list(batches(padded))

        def run(indices: NDArray[np.intp]) -> list[Lattice]:
            return self._run([lines[i] for i in indices], padded[indices[0]])

        found: dict[int, Lattice] = {}
        for indices, lattices in zip(groups, self._pool.map(run, groups), strict=True):
            found.update(zip(indices.tolist(), lattices, strict=True))
        return [found[i] for i in range(len(lines))]

    def _run(self, lines: Sequence[Image], width: int) -> list[Lattice]:
        """Run lines of one padded width through the model."""
        batch = _batch(lines, width, self._card.input)
        outputs = self._session.run(None, {self._input_name: batch})[0]
        pairs = zip(outputs, lines, strict=True)
        return [self._lattice(output, line.shape[1]) for output, line in pairs]

    def _lattice(self, output: FloatArray, width: int) -> Lattice:
        steps = math.ceil(width / self._card.output.stride) + TAIL_STEPS
        return Lattice(_log_probabilities(output[:steps], self._card), self.alphabet)


def load_recognizer(name_or_path: str | Path, *, threads: int = 0) -> OnnxCtcRecognizer:
    """Load a model by its shipped name or its card's path; ``threads`` 0 means all cores.

    Raises UnknownName, or ModelError when the card or the weights are wrong.
    """
    return OnnxCtcRecognizer(load_card(name_or_path), threads=threads)


def model_batch(images: Sequence[Image], card: ModelCard) -> FloatArray:
    """BGR line images of any size as the model's input (N, C, H, W), as wide as the widest."""
    spec = card.input
    lines = [_scaled(image, spec) for image in images]
    widest = max(line.shape[1] for line in lines)
    width = padded_width(widest, min_width=spec.min_width, multiple=spec.width_multiple)
    return _batch(lines, width, spec)


def _check_input(card: ModelCard, shape: Sequence[int | str | None]) -> None:
    """Raise ModelError when a model of fixed input size (N, C, H, W) is fed another."""
    if len(shape) != 4:
        raise ModelError(
            f"{card.path}: the model takes {len(shape)} dimensions, not (N, C, H, W). "
            "Name a CTC line recognizer"
        )
    spec = card.input
    if isinstance(shape[1], int) and shape[1] != spec.planes:
        raise ModelError(
            f"{card.path}: input.channels is {spec.channels!r}, but the model takes {shape[1]}"
        )
    if isinstance(shape[2], int) and shape[2] != spec.height:
        raise ModelError(
            f"{card.path}: input.height is {spec.height}, but the model takes {shape[2]}"
        )


def _scaled(image: Image, spec: InputSpec) -> Image:
    height, width = image.shape[:2]
    wanted = min(max(1, math.ceil(width * spec.height / height)), spec.max_width)
    if (height, width) == (spec.height, wanted):
        return image
    shrink = height > spec.height
    resized = cv2.resize(
        image,
        (wanted, spec.height),
        interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR,
    )
    return resized.astype(np.uint8, copy=False)


def _batch(lines: Sequence[Image], width: int, spec: InputSpec) -> FloatArray:
    batch = np.full((len(lines), spec.planes, spec.height, width), spec.pad, np.float32)
    scale = (1 / (255 * np.array(spec.std, np.float32))).reshape(-1, 1, 1)
    shift = (np.array(spec.mean, np.float32) / np.array(spec.std, np.float32)).reshape(-1, 1, 1)
    for slot, line in zip(batch, lines, strict=True):
        planes = _planes(line, spec)
        slot[:, :, : line.shape[1]] = planes * scale - shift
    return batch


def _planes(line: Image, spec: InputSpec) -> Image:
    if spec.channels == "gray":
        return cv2.cvtColor(line, cv2.COLOR_BGR2GRAY)[None].astype(np.uint8, copy=False)
    ordered = line if spec.channels == "bgr" else line[:, :, ::-1]
    return ordered.transpose(2, 0, 1)


def _log_probabilities(output: FloatArray, card: ModelCard) -> FloatArray:
    if card.output.activation == "softmax":
        with np.errstate(divide="ignore"):  # what cannot be is -inf
            logp: FloatArray = np.log(output)
        return logp
    if card.output.activation == "logits":
        shifted = output - output.max(axis=1, keepdims=True)
        logits: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return logits
    return output


def _alphabet(card: ModelCard, metadata: dict[str, str]) -> Alphabet:
    spec = card.alphabet
    if spec.symbols is not None:
        listed = list(spec.symbols)
    elif spec.file is not None:
        listed = _listed(card, spec.file)
    elif spec.metadata in metadata:
        listed = metadata[spec.metadata].splitlines()
    else:
        raise ModelError(
            f"{card.path}: alphabet: the model's metadata has no {spec.metadata!r}. "
            "Give alphabet.file or alphabet.symbols."
        )
    symbols = (*listed, *spec.append)
    if spec.listed_blank is not None:
        blank = _blank_index(card, symbols, spec.listed_blank)
        return Alphabet((*symbols[:blank], "", *symbols[blank + 1 :]), blank=blank)
    if spec.blank == "first":
        return Alphabet(("", *symbols), blank=0)
    return Alphabet((*symbols, ""), blank=len(symbols))


def _blank_index(card: ModelCard, symbols: Sequence[str], name: str) -> int:
    if name not in symbols:
        raise ModelError(f"{card.path}: alphabet.listed_blank {name!r} is not among the symbols")
    return symbols.index(name)


def _listed(card: ModelCard, file: str) -> list[str]:
    """The symbols in a file beside the card or beside the weights, one a line."""
    beside_card = card.path.parent / file
    path = beside_card if beside_card.exists() else card.weights().parent / file
    try:
        return path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as err:
        raise ModelError(f"{card.path}: alphabet.file {file!r} cannot be read: {err}") from None
