"""Crops to lattices: model cards, width buckets, and CTC models on ONNX Runtime."""

from docextract.recognition.card import ModelCard, load_card, model_names
from docextract.recognition.detector import Detector, OnnxDetector, load_detector
from docextract.recognition.onnx_ctc import OnnxCtcRecognizer, Recognizer, load_recognizer

__all__ = [
    "Detector",
    "ModelCard",
    "OnnxCtcRecognizer",
    "OnnxDetector",
    "Recognizer",
    "load_card",
    "load_detector",
    "load_recognizer",
    "model_names",
]
