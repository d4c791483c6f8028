"""Barcodes and QR codes, read from the crop's picture."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator
from typing_extensions import override

from docextract.errors import InvalidValue
from docextract.fields._base import Example, FieldType, field_types
from docextract.types import Image

_QUIET_ZONE_PX = 20


@field_types.register("barcode")
class Barcode(FieldType):
    """A barcode's payload, as it is; ``formats`` are zxing-cpp's names, none for any format.

    ``parts`` name the pieces between ``separator`` from the left, ``_`` for one without a use;
    rules compare them with fields: ``qr.number == number``. A payload with fewer is refused.
    """

    formats: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    separator: str = Field(",", min_length=1)

    value_type: ClassVar[type] = str
    ignores: ClassVar[str] = ""
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            "01,10,044001900111,20175306,6.42,20190523,",
            "01,10,044001900111,20175306,6.42,20190523,",
        ),
        Example("6901234567892", "6901234567892", {"formats": ["EAN13"]}),
        Example("https://example.org/?q=票", "https://example.org/?q=票", {"formats": ("QRCode",)}),
    )
    rejects: ClassVar[tuple[str, ...]] = ("",)

    @field_validator("parts")
    @classmethod
    def _are_names(cls, parts: tuple[str, ...]) -> tuple[str, ...]:
        named = [part for part in parts if part != "_"]
        if odd := [part for part in named if not part.isidentifier() or part.startswith("_")]:
            raise ValueError(f"part {odd[0]!r} is not a name. Use letters, digits and _")
        if len(set(named)) < len(named):
            raise ValueError("two parts have one name. Rename one, or call it _")
        return parts

    @field_validator("formats")
    @classmethod
    def _are_known(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        if formats:
            import zxingcpp

            zxingcpp.barcode_formats_from_str("|".join(formats))  # a ValueError names the odd one
        return formats

    @property
    @override
    def pattern(self) -> str | None:
        return None

    @override
    def parse(self, text: str) -> str:
        if not text:
            raise InvalidValue("empty", "the barcode has no payload")
        if self.parts and text.count(self.separator) + 1 < len(self.parts):
            raise InvalidValue("parts", "the payload has fewer parts than the template names")
        return text

    @property
    def part_names(self) -> tuple[str, ...]:
        """The parts that have names."""
        return tuple(part for part in self.parts if part != "_")

    def part(self, text: str, name: str) -> str:
        """The named part of a payload that ``parse`` accepts."""
        return text.split(self.separator)[self.parts.index(name)].strip()

    def read_image(self, image: Image) -> str | None:
        """The payload of the first barcode in ``image`` (H, W, 3 BGR), or None.

        Looks again at twice the size within a white margin: small modules, or a crop that cut
        the quiet zone off.
        """
        return self._first_payload(image) or self._first_payload(_enlarged(image))

    def _first_payload(self, image: Image) -> str | None:
        import zxingcpp

        formats = zxingcpp.barcode_formats_from_str("|".join(self.formats) or "All")
        found = zxingcpp.read_barcodes(np.ascontiguousarray(image), formats=formats)
        return next((code.text for code in found if code.text), None)


def _enlarged(image: Image) -> Image:
    import cv2

    twice = cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    margin = (_QUIET_ZONE_PX,) * 4
    padded = cv2.copyMakeBorder(twice, *margin, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    return np.asarray(padded, np.uint8)
