"""A recognizer in 8-bit integers: several ways are tried, and one is taken if it earns its place.

Dynamic quantization turns matrices and LSTMs; static quantization (QDQ, per channel, opset 13)
turns convolutions with ranges measured on calibration lines; mixed does both.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import yaml

from docextract.recognition import Recognizer, load_card, load_recognizer, model_batch
from docextract.recognition.card import ModelCard
from docextract.synth.lines import DrawnLine, draw_lines
from docextract.types import FloatArray, Image

_OPSET = 13
_MAY_LOSE = 0.002  # of lines read right
_TRIALS = 5  # timings, of which the median counts
_CALIBRATION_LINES, _SCORED_KINDS = 160, ("amount", "date", "digits", "phone", "time", "alnum")
_SEED = 77  # of lines that no recipe draws


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to quantize a model, measured: size, speed, and lines read right."""

    name: str
    size_kb: int
    ms_line: float
    exact: float
    path: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """All variants, the unquantized one first, and the one that is worth taking, if any."""

    variants: tuple[Variant, ...]
    chosen: Variant | None


def quantize(model: str | Path, out: Path, *, lines: int = 1200) -> Outcome:
    """Try all ways on a model and write the best one as a model folder ``out``.

    A variant is worth taking when it is faster than the model on this host and reads less than
    0.2 points fewer of the drawn lines right; nothing is written when none is. Raises UnknownName
    and ModelError.
    """
    card = load_card(model)
    drawn = draw_lines(lines, seed=_SEED, mix=dict.fromkeys(_SCORED_KINDS, 1.0))
    with tempfile.TemporaryDirectory() as folder:
        files = [("float32", card.weights()), *_made(card, Path(folder))]
        variants = tuple(_measured(name, path, card, drawn, Path(folder)) for name, path in files)
        chosen = choose(variants)
        if chosen is not None:
            _write(card, chosen, out, variants)
    return Outcome(variants, chosen)


def choose(variants: Sequence[Variant]) -> Variant | None:
    """The fastest variant that loses too little to matter; the first one is the original."""
    original, *others = variants
    good = [
        v for v in others if v.ms_line < original.ms_line and original.exact - v.exact < _MAY_LOSE
    ]
    return min(good, key=lambda v: v.ms_line, default=None)


def _made(card: ModelCard, folder: Path) -> Iterator[tuple[str, Path]]:
    """Every variant that can be made of the model, as a file."""
    prepared = _prepared(card.weights(), folder)
    batches = _calibration(card)
    dynamic, static = folder / "dynamic.onnx", folder / "static.onnx"
    mixed = folder / "mixed.onnx"
    ways: list[tuple[str, Path, Callable[[], None]]] = [
        ("dynamic", dynamic, lambda: _dynamic(prepared, dynamic, ["LSTM", "MatMul", "Gemm"])),
        ("static", static, lambda: _static(prepared, static, batches)),
        ("mixed", mixed, lambda: _dynamic(static, mixed, ["LSTM", "MatMul", "Gemm"])),
    ]
    for name, path, make in ways:
        make()
        yield name, path


def _prepared(weights: Path, folder: Path) -> Path:
    """The model at an opset whose quantization is per channel, with the shapes inferred."""
    import onnx
    from onnx import version_converter
    from onnxruntime.quantization.shape_inference import quant_pre_process

    model = onnx.load(weights)
    opset = next(o.version for o in model.opset_import if o.domain in {"", "ai.onnx"})
    if opset < _OPSET:
        facts = {p.key: p.value for p in model.metadata_props}
        model = version_converter.convert_version(model, _OPSET)
        onnx.helper.set_model_props(model, facts)
    raised, prepared = folder / "raised.onnx", folder / "prepared.onnx"
    onnx.save(model, raised)
    quant_pre_process(str(raised), str(prepared), skip_symbolic_shape=True)
    return prepared


def _dynamic(source: Path, target: Path, operators: list[str]) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(source, target, weight_type=QuantType.QInt8, op_types_to_quantize=operators)


def _static(source: Path, target: Path, batches: Sequence[FloatArray]) -> None:
    import onnx
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    name = onnx.load(source).graph.input[0].name

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._left = iter(batches)

        def get_next(self) -> dict[str, FloatArray] | None:
            batch = next(self._left, None)
            return None if batch is None else {name: batch}

    quantize_static(
        source,
        target,
        Reader(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        reduce_range=True,  # without VNNI, sums of 8-bit products overflow 16 bits
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
        op_types_to_quantize=["Conv"],
    )


def _calibration(card: ModelCard) -> list[FloatArray]:
    """Lines of every kind as the model gets them, one a batch."""
    drawn = draw_lines(_CALIBRATION_LINES, seed=_SEED + 1)
    return [model_batch([_bgr(line)], card) for line in drawn]


def _bgr(line: DrawnLine) -> Image:
    return np.asarray(cv2.cvtColor(line.image, cv2.COLOR_GRAY2BGR), np.uint8)


def _measured(
    name: str, path: Path, card: ModelCard, drawn: Sequence[DrawnLine], folder: Path
) -> Variant:
    """Time a variant on one thread and count the lines whose value it reads right."""
    recognizer = load_recognizer(_card_of(card, path, folder / f"{name}.yaml"), threads=1)
    images = [_bgr(line) for line in drawn]
    timings = []
    for _ in range(_TRIALS):
        started = time.perf_counter()
        recognizer.recognize(images[:200])
        timings.append((time.perf_counter() - started) / len(images[:200]))
    return Variant(
        name,
        round(path.stat().st_size / 1024),
        1e3 * float(np.median(timings)),
        _exact(recognizer, drawn, images),
        path,
    )


def _exact(recognizer: Recognizer, drawn: Sequence[DrawnLine], images: Sequence[Image]) -> float:
    """The share of lines read greedily as they are written, blanks aside."""
    lattices = recognizer.recognize(images)
    pairs = zip(lattices, drawn, strict=True)
    right = [_squeezed(lattice.greedy()) == _squeezed(line.text) for lattice, line in pairs]
    return sum(right) / len(right)


def _squeezed(text: str) -> str:
    return text.replace(" ", "")


def _card_of(card: ModelCard, weights: Path, path: Path) -> Path:
    """A card like ``card`` for other weights, written to ``path``."""
    data = card.model_dump(mode="json", exclude={"path"})
    data["file"] = {"path": str(weights.resolve())}
    if card.alphabet.file is not None:
        data["alphabet"]["file"] = str((card.path.parent / card.alphabet.file).resolve())
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")
    return path


def _write(card: ModelCard, chosen: Variant, out: Path, variants: Sequence[Variant]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    weights = out / f"{out.name}.onnx"
    weights.write_bytes(chosen.path.read_bytes())
    path = _card_of(card, weights, out / "model.yaml")
    data = yaml.safe_load(path.read_text("utf-8"))
    data["name"], data["file"] = out.name, {"path": weights.name}
    data["training"] = {
        "made_from": card.name,
        "how": f"{chosen.name} quantization, calibrated on {_CALIBRATION_LINES} drawn lines",
        "command": f"docextract quantize {card.name} -o models/{out.name}",
        "measured_on_drawn_lines": {
            v.name: {"kb": v.size_kb, "ms_line": round(v.ms_line, 3), "exact": round(v.exact, 4)}
            for v in variants
        },
    }
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")
