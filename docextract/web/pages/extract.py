"""Drop pictures, see records."""

from __future__ import annotations

from nicegui import ui

from docextract.service.keys import Scope
from docextract.web.frame import WebPage
from docextract.web.phrase import Phrase
from docextract.web.visit import Visit

_TITLE = Phrase("识别", "Extract")


def _show(visit: Visit) -> None:
    ui.label(visit.say(_TITLE))


PAGE = WebPage("/extract", _TITLE, (Scope.EXTRACT, Scope.OCR), _show)
