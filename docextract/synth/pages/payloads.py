"""What barcodes of a form say: parts that rules tie to fields, and made-up ones."""

from __future__ import annotations

import string
from datetime import date
from random import Random

from docextract.errors import InvalidValue, UsageError
from docextract.fields.barcode import Barcode
from docextract.types import Value

_LINEAR_DIGITS = {"EAN13": 12, "EAN8": 7, "UPCA": 11, "UPCE": 7, "ITF": 14}
_DEFAULT_FORMAT = "QRCode"


def code_format(kind: Barcode) -> str:
    """The format that is drawn."""
    return kind.formats[0] if kind.formats else _DEFAULT_FORMAT


def random_payload(kind: Barcode, rng: Random) -> str:
    """A payload of made-up parts, or a number; retail codes lack their check digit."""
    if kind.parts:
        parts = (_figures(rng.randint(2, 12), rng) for _ in kind.parts)
        return kind.separator.join(parts)
    plain = code_format(kind).replace("-", "").replace("_", "").upper()
    if plain in _LINEAR_DIGITS:
        return _figures(_LINEAR_DIGITS[plain], rng)
    return "".join(rng.choices(string.ascii_uppercase + string.digits, k=rng.randint(8, 14)))


def with_part(kind: Barcode, payload: str, part: str, value: Value) -> str | None:
    """The payload with one part replaced; None where the part cannot hold the value."""
    text = f"{value:%Y%m%d}" if isinstance(value, date) else str(value)
    if kind.separator in text:
        return None
    parts = payload.split(kind.separator)
    parts[kind.parts.index(part)] = text
    return kind.separator.join(parts)


def read_back(kind: Barcode, payload: str) -> str:
    """What a reader says of a drawn code: the payload, with check digits if it has any.

    Raises UsageError when it says nothing that is a value.
    """
    import numpy as np

    from docextract.synth._codes import code_modules

    modules = code_modules(payload, code_format(kind))
    large = np.pad(np.kron(modules, np.ones((4, 4), np.uint8)), 40, constant_values=255)
    found = kind.read_image(np.repeat(large[..., None], 3, axis=2))
    try:
        return kind.parse(found or "")
    except InvalidValue as err:
        raise UsageError(
            f"barcode format {code_format(kind)!r}: a drawn code is not read back ({err.check})"
        ) from None


def _figures(count: int, rng: Random) -> str:
    return "".join(rng.choices(string.digits, k=count))
