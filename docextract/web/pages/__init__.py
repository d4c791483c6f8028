"""The pages, one file each; they are shown in this order, and the first one first.

A page is a ``WebPage``: its path below ``/ui``, its title in both languages, the scopes of keys
that may see it, and a function that fills the frame.
"""

from __future__ import annotations

from docextract.web.frame import WebPage
from docextract.web.pages import editor, extract, review

PAGES: tuple[WebPage, ...] = (extract.PAGE, review.PAGE, editor.PAGE)
