"""Where the shipped templates, lexicons and models lie, installed or in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Kind = Literal["templates", "lexicons", "models"]

_PACKAGE = Path(__file__).resolve().parent


def resource_dir(kind: Kind) -> Path:
    """The folder of one kind of data: inside the wheel, or beside the package in a checkout."""
    installed = _PACKAGE / "data" / kind
    return installed if installed.is_dir() else _PACKAGE.parent / kind
