"""Readings against labels: labelled folders, and which values are right."""

from docextract.evaluation.labels import Labels, LineLabel, load_labels
from docextract.evaluation.right import is_right
from docextract.evaluation.samples import LabelledReadings, line_samples, page_samples

__all__ = [
    "LabelledReadings",
    "Labels",
    "LineLabel",
    "is_right",
    "line_samples",
    "load_labels",
    "page_samples",
]
