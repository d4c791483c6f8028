"""ONNX Runtime sessions on the CPU, and what goes wrong when a file is not a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from docextract.errors import ModelError
from docextract.types import FloatArray

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def open_session(weights: Path, *, threads: int = 1) -> InferenceSession:
    """A session on ``weights``; raises ModelError when they cannot be loaded.

    Lines take one thread each: whole lines in parallel beat one line split over cores, with
    fewer barriers to wait at.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    if threads > 1:  # spinning threads would only keep others from the cores
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # A pattern is kept for every batch and width that comes along, and each asks the arena for one
    # piece of its own size: with lines of all widths memory grows long after the first pages.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
    except Exception as err:  # onnxruntime's own exceptions have no common root
        why = " ".join(str(err).split())
        raise ModelError(f"{weights}: not a loadable ONNX model: {why}") from None


def run_model(weights: Path, batch: FloatArray) -> FloatArray:
    """The first output of the model in ``weights`` for one input (N, C, H, W)."""
    session = open_session(weights)
    output: FloatArray = session.run(None, {session.get_inputs()[0].name: batch})[0]
    return output
