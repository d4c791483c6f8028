"""Template-driven document extraction: pictures of fixed-layout papers to typed records.

>>> from docextract import Extractor
>>> extractor = Extractor("invoice")
>>> result = extractor.read("scan.jpg")  # doctest: +SKIP
>>> result.record.total  # doctest: +SKIP
Decimal('16.89')
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docextract.auto import AutoExtractor
    from docextract.lines import read_lines
    from docextract.ocr import PageReader, PageText, TextLine
    from docextract.pipeline import Extractor
    from docextract.result import Failure, Result
    from docextract.template import Template, load_template
    from docextract.types import Candidate, Lattice, Page, Reading

__version__ = "0.1.0"

__all__ = [
    "AutoExtractor",
    "Candidate",
    "Extractor",
    "Failure",
    "Lattice",
    "Page",
    "PageReader",
    "PageText",
    "Reading",
    "Result",
    "Template",
    "TextLine",
    "load_template",
    "read_lines",
]

_HOMES = {
    "AutoExtractor": "auto",
    "Extractor": "pipeline",
    "read_lines": "lines",
    "PageReader": "ocr",
    "PageText": "ocr",
    "TextLine": "ocr",
    "Result": "result",
    "Failure": "result",
    "Template": "template",
    "load_template": "template",
    "Candidate": "types",
    "Lattice": "types",
    "Page": "types",
    "Reading": "types",
}


def __getattr__(name: str) -> object:
    """Import public names when they are first used: `import docextract` itself costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"docextract.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
