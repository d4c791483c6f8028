"""Barcodes as pictures of their modules."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from docextract.errors import UsageError

Modules = NDArray[np.uint8]  # (H, W), 0 black and 255 white


def code_modules(payload: str, code_format: str = "QRCode") -> Modules:
    """Draw a barcode, a pixel a module, without its quiet zone; ``code_format`` is zxing-cpp's.

    Raises UsageError when a code of that format cannot say the payload.
    """
    import zxingcpp

    options = {"ec_level": "M"} if code_format == "QRCode" else {}
    try:
        wanted = zxingcpp.barcode_format_from_str(code_format)
        code = zxingcpp.create_barcode(payload, wanted, **options)
        return np.array(code.to_image(scale=1, add_quiet_zones=False))
    except (ValueError, RuntimeError) as err:
        raise UsageError(f"barcode format {code_format!r} cannot be drawn: {err}") from None
