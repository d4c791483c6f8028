"""Calibration files: YAML beside a model's card, or beside a template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from docextract.confidence.calibration import Calibration
from docextract.errors import UsageError, validation_mistakes

FILE_NAME = "calibration.yaml"
_HEAD = """\
# Written by docextract calibrate. data: what a calibration was fitted to and tested on.
# levels: of the held-out readings, n reached a confidence, and so many of those were wrong.
"""


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    docextract: Literal[1]
    calibrations: tuple[Calibration, ...]


class Calibrations:
    """The calibrations at hand, by model and field type; later ones stand for earlier ones."""

    def __init__(self, calibrations: Iterable[Calibration] = ()) -> None:
        self._found = {(entry.model, entry.type): entry for entry in calibrations}

    def get(self, model: str, type: str) -> Calibration | None:
        """The calibration of a model's readings of a field type; None when there is none."""
        return self._found.get((model, type))

    def __iter__(self) -> Iterator[Calibration]:
        return iter(self._found.values())

    def __len__(self) -> int:
        return len(self._found)


def load_calibrations(path: Path) -> tuple[Calibration, ...]:
    """Read a calibration file; raises UsageError when it is missing or wrong."""
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as err:
        why = " ".join(str(err).split())
        raise UsageError(f"{path}: not a readable calibration file: {why}") from None
    try:
        return _File.model_validate(data).calibrations
    except ValidationError as err:
        wrong = validation_mistakes(err)
        cure = "Make it anew with docextract calibrate"
        raise UsageError(f"{path}: {wrong}. {cure}") from None


def check_target(path: Path) -> None:
    """Raise UsageError when calibrations could not be saved there, before they are made."""
    if not path.parent.is_dir():
        raise UsageError(f"{path}: cannot be written: there is no folder {path.parent}")
    if path.exists():
        load_calibrations(path)


def save_calibrations(path: Path, calibrations: Iterable[Calibration]) -> None:
    """Write calibrations; those of the same file for other models and types stay.

    Raises UsageError when the file cannot be written, or is there and is not a calibration file.
    """
    kept = load_calibrations(path) if path.exists() else ()
    entries = sorted(Calibrations([*kept, *calibrations]), key=lambda c: (c.model, c.type))
    data = _File(docextract=1, calibrations=tuple(entries)).model_dump(mode="json")
    text = yaml.safe_dump(
        data, allow_unicode=True, sort_keys=False, width=100, default_flow_style=None
    )
    try:
        path.write_text(_HEAD + text, encoding="utf-8")
    except OSError as err:
        raise UsageError(f"{path}: cannot be written: {err.strerror}") from None
