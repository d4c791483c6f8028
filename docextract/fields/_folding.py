"""How a text is brought to the one form that patterns and parsers are written for."""

from __future__ import annotations

import re
import unicodedata

from docextract.errors import InvalidValue
from docextract.shapes import FORMS

_FORMS = str.maketrans(dict(FORMS))
_BLANKS = re.compile(r"\s+")


def fold(text: str, ignores: str = "") -> str:
    """Return ``text`` half-width (NFKC), with plain dashes and dots, stripped, without ``ignores``.

    When a blank is among ``ignores``, so is every other kind of white space.
    """
    folded = unicodedata.normalize("NFKC", text).translate(_FORMS).strip()
    if " " in ignores:
        folded = _BLANKS.sub("", folded)
    return folded.translate(dict.fromkeys(map(ord, ignores)))


def collapse(text: str) -> str:
    """Return ``text`` in NFKC, stripped, with every run of white space as one blank."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", text)).strip()


def check_form(pattern: str, folded: str, what: str) -> None:
    """Raise InvalidValue (check ``pattern``) unless ``folded`` matches ``pattern`` in full."""
    if re.fullmatch(pattern, folded) is None:
        raise InvalidValue("pattern", f"the text is not written as {what}")
