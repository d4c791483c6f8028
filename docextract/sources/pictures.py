"""One encoded picture -> BGR: OpenCV where it is quick and safe, Pillow for the rest.

Pillow reads the header first, so a picture that is too large is refused before it is decoded.
OpenCV fills what a truncated file lacks with gray, so a file without its end goes to Pillow,
which refuses it or, when only the last bytes are lost, reads it.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO

import cv2
import numpy as np

from docextract.errors import SourceError
from docextract.sources.formats import Format
from docextract.sources.pixels import check_size, to_8_bit, to_bgr, upright
from docextract.types import Image

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage
    from PIL.ImageFile import ImageFile

_ORIENTATION = 0x0112
_UNWRITTEN = bytes(64)  # the tail of a broken copy; in a JPEG, zeros decode to gray
DAMAGED = "is a damaged or incomplete {format} file ({reason}). Scan or copy it again"


def decode_picture(data: bytes, kind: Format, place: str) -> Image:
    """Decode a picture file to upright BGR; raises SourceError for damage, size, no plug-in."""
    header = open_header(io.BytesIO(data), kind, place)
    if header.mode != "CMYK" and kind.name in _IS_WHOLE and _IS_WHOLE[kind.name](data):
        image = _decode_with_opencv(data, transparent=header.has_transparency_data)
        if image is not None:
            return upright(image, _orientation(header))
    if kind.name == "JPEG" and data.endswith(_UNWRITTEN) and not _jpeg_is_whole(data):
        raise damaged(place, kind.name, EOFError("its end was never written"))
    return decode_frame(header, kind, place)


def open_header(stream: BinaryIO, kind: Format, place: str) -> ImageFile:
    """Read a picture's header and check its size; nothing is decoded yet."""
    plugin = _plugin(kind, place)
    try:
        header = plugin(stream)
    except Exception as error:  # decoders raise anything on hostile bytes
        raise damaged(place, kind.name, error) from error
    check_size(place, *header.size)
    return header


def decode_frame(frame: ImageFile, kind: Format, place: str) -> Image:
    """Decode the frame Pillow stands at to upright BGR; raises SourceError for damage."""
    try:
        frame.load()
        image = _from_pillow(frame)
        orientation = _orientation(frame)  # after load, where Pillow itself turns TIFFs
    except Exception as error:
        raise damaged(place, kind.name, error) from error
    return upright(image, orientation)


def damaged(place: str, kind: str, error: Exception) -> SourceError:
    """Say that a file is damaged, with the decoder's reason on one line."""
    reason = " ".join(str(error).split()).rstrip(".")[:120] or type(error).__name__
    return SourceError(place, DAMAGED.format(format=kind, reason=reason))


def _plugin(kind: Format, place: str) -> Callable[[BinaryIO], ImageFile]:
    try:
        plugin: Callable[[BinaryIO], ImageFile] = getattr(import_module(kind.module), kind.plugin)
    except ImportError:
        raise SourceError(place, f"is a {kind.name} picture, which needs: {kind.cure}") from None
    return plugin


def _decode_with_opencv(data: bytes, *, transparent: bool) -> Image | None:
    # The orientation is applied by us: which formats OpenCV turns depends on its version.
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        pixels = cv2.imdecode(
            np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED if transparent else flags
        )
    except cv2.error:
        return None
    if pixels is None:
        return None
    return to_bgr(to_8_bit(pixels))


def _from_pillow(picture: PillowImage) -> Image:
    if picture.mode.startswith("I;16"):
        return to_bgr(to_8_bit(np.asarray(picture)))
    if picture.mode in {"I", "F"}:
        raise ValueError("it has 32 bits a sample; save it with 8")
    if picture.has_transparency_data:
        rgba = np.asarray(picture.convert("RGBA"))
        return to_bgr(np.asarray(cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA), np.uint8))
    rgb = np.asarray(picture.convert("RGB"))
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), np.uint8)


def _orientation(picture: PillowImage) -> int:
    from PIL.Image import Image as Base

    # The base class's getexif: PngImageFile's own decodes the whole picture to look for more.
    try:
        return int(Base.getexif(picture).get(_ORIENTATION, 1))
    except Exception:
        return 1  # unreadable EXIF is no reason to refuse the picture


def _jpeg_is_whole(data: bytes) -> bool:
    # An end marker after the last scan, at the very end or before what a phone appends.
    return data.endswith(b"\xff\xd9") or data.rfind(b"\xff\xd9") > data.rfind(b"\xff\xda")


def _png_is_whole(data: bytes) -> bool:
    return data.endswith(b"IEND\xaeB`\x82") or data.rfind(b"IEND") > data.rfind(b"IDAT")


def _bmp_is_whole(data: bytes) -> bool:
    return int.from_bytes(data[2:6], "little") == len(data)


def _webp_is_whole(data: bytes) -> bool:
    return int.from_bytes(data[4:8], "little") + 8 <= len(data)


# The formats OpenCV decodes, and how each shows that its end is there.
_IS_WHOLE: dict[str, Callable[[bytes], bool]] = {
    "JPEG": _jpeg_is_whole,
    "PNG": _png_is_whole,
    "BMP": _bmp_is_whole,
    "WebP": _webp_is_whole,
}
