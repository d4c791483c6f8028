"""Page to Sheet: where in a picture a template's form lies, to a part of a pixel."""

from docextract.registration.form import Form
from docextract.registration.placing import Placer
from docextract.registration.quads import rectangle
from docextract.registration.view import VIEW_LONG_SIDE_PX as REFERENCE_LONG_SIDE_PX

__all__ = ["REFERENCE_LONG_SIDE_PX", "Form", "Placer", "rectangle"]
