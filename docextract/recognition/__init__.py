"""Crops to lattices: model cards, width buckets, and CTC models on ONNX Runtime."""

from docextract.recognition.card import ModelCard, load_card, model_names
from docextract.recognition.detector import Detector, OnnxDetector, detector_names, load_detector
from docextract.recognition.onnx_ctc import (
    TAIL_STEPS,
    Load,
    OnnxCtcRecognizer,
    Recognizer,
    load_recognizer,
    model_batch,
)
from docextract.recognition.session import run_model

__all__ = [
    "TAIL_STEPS",
    "Detector",
    "Load",
    "ModelCard",
    "OnnxCtcRecognizer",
    "OnnxDetector",
    "Recognizer",
    "detector_names",
    "load_card",
    "load_detector",
    "load_recognizer",
    "model_batch",
    "model_names",
    "run_model",
]
