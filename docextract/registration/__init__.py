"""Page to Sheet: where in a picture a template's form lies, to a part of a pixel."""

from docextract.registration.anchor_placing import AnchorPlacer, Eyes
from docextract.registration.anchors import AnchoredForm, Printed, share_found
from docextract.registration.form import Form
from docextract.registration.placing import Placer, findable
from docextract.registration.quads import rectangle
from docextract.registration.row_placing import Row, RowForm, RowPlacer
from docextract.registration.view import View

__all__ = [
    "AnchorPlacer",
    "AnchoredForm",
    "Eyes",
    "Form",
    "Placer",
    "Printed",
    "Row",
    "RowForm",
    "RowPlacer",
    "View",
    "findable",
    "rectangle",
    "share_found",
]
