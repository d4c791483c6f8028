"""Page to Sheet: where in a picture a template's form lies, to a part of a pixel."""

from docextract.registration.form import Form
from docextract.registration.placing import Placer, findable
from docextract.registration.quads import rectangle

__all__ = ["Form", "Placer", "findable", "rectangle"]
