"""Readings against labels: labelled folders, and which values are right."""

from docextract.evaluation.crops import CropFolder
from docextract.evaluation.labels import Labels, LineLabel, load_labels, page_labels
from docextract.evaluation.pages import MarkedPage, marked_pages
from docextract.evaluation.right import is_right
from docextract.evaluation.samples import LabelledReadings, line_samples, page_samples
from docextract.evaluation.score import FieldScore, Score

__all__ = [
    "CropFolder",
    "FieldScore",
    "LabelledReadings",
    "Labels",
    "LineLabel",
    "MarkedPage",
    "Score",
    "is_right",
    "line_samples",
    "load_labels",
    "marked_pages",
    "page_labels",
    "page_samples",
]
