"""The picture formats docextract reads, told apart by content and never by file name."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD_BYTES = 1024  # a PDF's mark may lie anywhere in the first kilobyte (ISO 32000-1, H.3)


@dataclass(frozen=True, slots=True)
class Format:
    """A format: the bytes it starts with, its Pillow plug-in, the names its files bear.

    ``cure`` is the command that installs the plug-in's module where it is missing.
    """

    name: str
    magic: bytes
    module: str
    plugin: str
    suffixes: tuple[str, ...]
    cure: str = "pip install --upgrade pillow"

    def matches(self, head: bytes) -> bool:
        """Tell whether ``head``, the first bytes of a file, is of this format."""
        return re.match(self.magic, head, re.DOTALL) is not None


FORMATS = (
    Format(
        "JPEG",
        rb"\xff\xd8\xff",
        "PIL.JpegImagePlugin",
        "JpegImageFile",  # and not MpoImageFile: a phone's second picture is no second page
        (".jpg", ".jpeg", ".jpe", ".jfif"),
    ),
    Format("PNG", rb"\x89PNG\r\n\x1a\n", "PIL.PngImagePlugin", "PngImageFile", (".png",)),
    Format(
        "TIFF",
        rb"II[*+]\0|MM\0[*+]",
        "PIL.TiffImagePlugin",
        "TiffImageFile",
        (".tif", ".tiff"),
    ),
    Format("WebP", rb"RIFF.{4}WEBP", "PIL.WebPImagePlugin", "WebPImageFile", (".webp",)),
    Format("BMP", rb"BM.{4}\0{4}", "PIL.BmpImagePlugin", "BmpImageFile", (".bmp", ".dib")),
    Format("GIF", rb"GIF8[79]a", "PIL.GifImagePlugin", "GifImageFile", (".gif",)),
    Format(
        "PNM",
        rb"P[1-6]\s",
        "PIL.PpmImagePlugin",
        "PpmImageFile",
        (".pnm", ".pbm", ".pgm", ".ppm"),
    ),
    Format(
        "JPEG 2000",
        rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51",
        "PIL.Jpeg2KImagePlugin",
        "Jpeg2KImageFile",
        (".jp2", ".j2k"),
    ),
    Format("AVIF", rb".{4}ftypavi[fs]", "PIL.AvifImagePlugin", "AvifImageFile", (".avif",)),
    Format(
        "HEIC",
        rb".{4}ftyp(?:hei[cmsx]|hev[cmsx]|mif1|msf1)",
        "pillow_heif",
        "HeifImageFile",
        (".heic", ".heif"),
        "pip install pillow-heif",
    ),
)

KNOWN_SUFFIXES = frozenset({".pdf"}).union(*(f.suffixes for f in FORMATS))


def is_pdf(head: bytes) -> bool:
    """Tell whether ``head``, the first HEAD_BYTES of a file, is that of a PDF."""
    return b"%PDF-" in head


def picture_format(head: bytes) -> Format | None:
    """Name the picture format of ``head``, the first bytes of a file; None for no picture."""
    return next((f for f in FORMATS if f.matches(head)), None)
