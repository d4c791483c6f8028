"""Templates made: proposed from samples of a form, or carried over from other tools."""

from docextract.authoring.importers import Imported, import_template
from docextract.authoring.reference import paint_out
from docextract.authoring.writing import Proposed, Written, new_template, propose_template

__all__ = [
    "Imported",
    "Proposed",
    "Written",
    "import_template",
    "new_template",
    "paint_out",
    "propose_template",
]
