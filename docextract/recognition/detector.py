"""Where the lines of text are in a picture: a DB text detector on ONNX Runtime."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Protocol

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from docextract.errors import ModelError
from docextract.recognition.card import Strict, WeightsFile
from docextract.recognition.session import open_session
from docextract.resources import resource_dir
from docextract.types import FloatArray, Image, Quad

_SMALLEST_PX = 3  # of the model's input: less across is no line of text
_Three = tuple[float, float, float]


class Detector(Protocol):
    """What places need of a text detector."""

    def detect(self, image: Image, *, scale: float = 1.0) -> list[Quad]:
        """Find the lines of text, looking at ``image`` scaled by ``scale``.

        A quad's corners run clockwise from one end of its longer side, in px of ``image``.
        """
        ...


class DetectorInput(Strict):
    """How a picture becomes the model's input."""

    multiple: Annotated[int, Field(ge=1)] = 32
    mean: _Three
    std: _Three


class DetectorOutput(Strict):
    """How lines come out of the probability map (Liao et al. 2020)."""

    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.3
    lowest_score: Annotated[float, Field(ge=0, le=1)] = 0.5
    grow: Annotated[float, Field(ge=0)] = 1.6


class DetectorCard(Strict):
    """A text detector's description; ``path`` is the card's own file."""

    docextract: Literal[1]
    name: str
    licence: str
    file: WeightsFile
    input: DetectorInput
    output: DetectorOutput = DetectorOutput()
    path: Path = Path()


class OnnxDetector:
    """A differentiable-binarisation model (DB); safe to share between threads."""

    def __init__(self, card: DetectorCard, *, threads: int = 0) -> None:
        # One picture at a time, so it is split over the cores.
        self._session = open_session(
            card.file.find(card.path, needs=f"text detector {card.name!r}"),
            threads=threads or os.cpu_count() or 1,
        )
        self._input_name = self._session.get_inputs()[0].name
        self._card = card

    def detect(self, image: Image, *, scale: float = 1.0) -> list[Quad]:
        """Find the lines of text, looking at a BGR ``image`` scaled by ``scale``.

        A quad's corners run clockwise from one end of its longer side, in px of ``image``.
        """
        prepared = _prepared(image, scale, self._card.input)
        probability = self._session.run(None, {self._input_name: prepared})[0][0, 0]
        height, width = image.shape[:2]
        back = np.array([width / probability.shape[1], height / probability.shape[0]])
        quads = line_quads(probability, self._card.output)
        return [(quad + 0.5) * back - 0.5 for quad in quads]


def detector_names() -> tuple[str, ...]:
    """The names of the shipped text detectors, sorted."""
    return tuple(sorted(p.parent.name for p in resource_dir("models").glob("*/detector.yaml")))


@lru_cache(maxsize=2)
def load_detector(name: str = "ppocrv6-det-small", *, threads: int = 0) -> OnnxDetector:
    """Load a shipped text detector; raises ModelError when its card or weights are wrong."""
    path = resource_dir("models") / name / "detector.yaml"
    try:
        card = DetectorCard.model_validate(
            {**yaml.safe_load(path.read_text("utf-8")), "path": path}
        )
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError, OSError, TypeError) as err:
        why = " ".join(str(err).split())
        raise ModelError(f"{path}: not a readable detector card: {why}") from None
    return OnnxDetector(card, threads=threads)


def line_quads(probability: FloatArray, spec: DetectorOutput) -> list[Quad]:
    """The lines in a probability map (H, W), as quads in its px.

    Each run of text is a blob, shrunk from its outline; the rectangle around it grows back.
    """
    mask = (probability > spec.threshold).astype(np.uint8)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    quads = []
    for outline in (o.astype(np.int32) for o in outlines):
        (x, y), (a, b), degrees = cv2.minAreaRect(outline)
        across = min(a, b)
        if across < _SMALLEST_PX - 1 or _mean(probability, outline) < spec.lowest_score:
            continue
        quads.append(_grown(((x, y), (a, b), degrees), spec.grow))
    return quads


def _grown(rectangle: tuple[tuple[float, float], tuple[float, float], float], grow: float) -> Quad:
    """The corners of a rotated rectangle grown on all sides, from an end of its longer side."""
    centre, (a, b), degrees = rectangle
    if a < b:
        a, b, degrees = b, a, degrees + 90
    a, b = a + 1, b + 1  # from the centres of the outermost px to their outer edges
    by = a * b * grow / (2 * (a + b))
    along = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    down = np.array([-along[1], along[0]])
    if along[0] < -0.5 or (abs(along[0]) <= 0.5 and along[1] < 0):
        along, down = -along, -down
    half_along, half_down = along * (a / 2 + by), down * (b / 2 + by)
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return np.array([centre + i * half_along + j * half_down for i, j in corners], np.float64)


def _mean(probability: FloatArray, outline: NDArray[np.int32]) -> float:
    x, y, width, height = cv2.boundingRect(outline)
    inside = np.zeros((height, width), np.uint8)
    cv2.drawContours(inside, [outline], -1, 1, cv2.FILLED, offset=(-x, -y))
    return float(cv2.mean(probability[y : y + height, x : x + width], inside)[0])


def _prepared(image: Image, scale: float, spec: DetectorInput) -> FloatArray:
    height, width = (
        max(1, round(side * scale / spec.multiple)) * spec.multiple for side in image.shape[:2]
    )
    shrinks = width < image.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    small = cv2.resize(image, (width, height), interpolation=method).astype(np.float32)
    mean, std = np.array(spec.mean, np.float32), np.array(spec.std, np.float32)
    planes = (small / 255 - mean) / std
    return np.ascontiguousarray(planes.transpose(2, 0, 1)[None], np.float32)
