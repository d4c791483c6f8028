"""Fonts of the drawn documents, found by name among the installed Debian packages."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from functools import cache
from pathlib import Path

from PIL import ImageFont

from docextract.errors import DocextractError

FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))


class Face(Enum):
    """A typeface: its file, its place in that file, and the Debian package that has it."""

    KAI = ("ukai.ttc", 0, "fonts-arphic-ukai")
    SONG = ("uming.ttc", 0, "fonts-arphic-uming")
    HEI = ("wqy-zenhei.ttc", 0, "fonts-wqy-zenhei")
    SANS = ("LiberationSans-Regular.ttf", 0, "fonts-liberation")
    SERIF = ("LiberationSerif-Regular.ttf", 0, "fonts-liberation")
    MONO = ("LiberationMono-Regular.ttf", 0, "fonts-liberation")
    OCR_B = ("OCRB.otf", 0, "fonts-ocr-b")


class FontError(DocextractError):
    """A typeface that drawing needs and no font folder has."""

    exit_code = 6

    def __init__(self, face: Face) -> None:
        file, _, package = face.value
        super().__init__(
            f"drawing needs the font file {file}. Install it with: apt-get install {package}"
        )


@cache
def find_font(face: Face) -> Path:
    """Return the file of ``face``; raise FontError with the line that installs it."""
    file = face.value[0]
    for folder in FONT_FOLDERS:
        for path in sorted(folder.rglob(file)):
            return path
    raise FontError(face)


@cache
def load_font(face: Face, size_px: int) -> ImageFont.FreeTypeFont:
    """Load ``face`` at an em of ``size_px``."""
    return ImageFont.truetype(str(find_font(face)), size_px, index=face.value[1])


def fonts_installed(*, but: Collection[Face] = (Face.OCR_B,)) -> bool:
    """Say whether every typeface is there; those in ``but`` may lack, as few papers need them."""
    try:
        for face in set(Face) - set(but):
            find_font(face)
    except FontError:
        return False
    return True
