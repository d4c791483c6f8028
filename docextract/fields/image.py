"""A picture on the form, such as the portrait of an identity card."""

from __future__ import annotations

from typing import ClassVar

import cv2
import numpy as np
from typing_extensions import override

from docextract.errors import InvalidValue
from docextract.fields._base import Example, FieldType, field_types
from docextract.types import Image

_PLAIN = 12.0  # standard deviation of grey levels: less is paper, tinted or not
_RIM = 0.08  # of a side: the frame around a picture is no part of it


@field_types.register("image")
class Picture(FieldType):
    """A picture, such as a portrait: whether there is one. The reading has it as ``image``.

    It is cut at the page's own resolution. ``docextract run --crops DIR`` saves it.
    """

    value_type: ClassVar[type] = bool
    ignores: ClassVar[str] = ""
    margin: ClassVar[float] = 0.0
    examples: ClassVar[tuple[Example, ...]] = (Example("true", True),)
    rejects: ClassVar[tuple[str, ...]] = ("", "false", "yes")

    @property
    @override
    def pattern(self) -> str:
        return "true"

    @override
    def parse(self, text: str) -> bool:
        if text != "true":
            raise InvalidValue("pattern", "it should be true: a picture is there, or there is none")
        return True

    def read_image(self, image: Image) -> str | None:
        """``true`` when a BGR crop shows something; None when it is plain."""
        height, width = image.shape[:2]
        y, x = round(_RIM * height), round(_RIM * width)
        gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)[y : height - y, x : width - x]
        return "true" if float(np.std(cv2.GaussianBlur(gray, (5, 5), 0))) > _PLAIN else None
