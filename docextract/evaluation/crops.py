"""The fields of labelled pages as labelled line pictures, to train a recognizer on."""

from __future__ import annotations

import json
from pathlib import Path

import cv2

from docextract.errors import UsageError
from docextract.evaluation.pages import MarkedPage
from docextract.evaluation.right import means
from docextract.fields import is_print
from docextract.settling import Slot
from docextract.template import Field, Template
from docextract.types import Crop, Reading


class CropFolder:
    """A folder of field crops, and the labels.json that ``docextract train --data`` reads.

    ``saved``, ``blank`` and ``unread`` count labelled fields of print: blank are those on which
    nothing is printed, unread those whose print is not known, pages without the form among them.
    Raises UsageError for a folder that cannot be made, or that has labels already.
    """

    def __init__(self, folder: Path, template: Template) -> None:
        self._labels, self._template = folder / "labels.json", template
        if self._labels.exists():
            raise UsageError(f"{self._labels} is there already. Name a new folder for crops")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as err:
            raise UsageError(f"{folder}: cannot be made: {err.strerror}") from None
        self._rows: list[dict[str, str]] = []
        self._pages = self.blank = self.unread = 0

    @property
    def saved(self) -> int:
        """How many crops are in the folder."""
        return len(self._rows)

    def add(self, page: MarkedPage) -> None:
        """Save the crops of a page's labelled fields; raises UsageError when that fails."""
        self._pages += 1
        crops = {crop.field: crop for crop in page.crops}
        for name, label in page.labels.items():
            field = self._template.fields[name]
            if not is_print(field.kind):
                continue
            if label is None:
                self.blank += 1
            elif name in crops and (text := printed_text(page.result.readings[name], label, field)):
                self._save(crops[name], text)
            else:
                self.unread += 1

    def finish(self) -> None:
        """Write labels.json."""
        text = json.dumps(self._rows, ensure_ascii=False, indent=0)
        try:
            self._labels.write_text(text, "utf-8")
        except OSError as err:
            raise UsageError(f"{self._labels}: cannot be written: {err.strerror}") from None

    def _save(self, crop: Crop, text: str) -> None:
        path = self._labels.with_name(f"{self._pages:05}-{crop.field}.png")
        if not cv2.imwrite(str(path), crop.image):
            raise UsageError(f"{path}: cannot be written. Name another folder")
        self._rows.append({"file": path.name, "text": text})


def printed_text(reading: Reading, label: str, field: Field) -> str | None:
    """What is printed where a field's value is ``label``, prefix and suffix with it.

    A label says the value, and one value can be printed in many ways. So this is the likeliest
    of the reading's candidates that means the label, whether or not it won; None if none does.
    """
    slot = Slot(field.name, field.kind, field.nullable, field.prefix, field.suffix)
    for candidate in reading.candidates:
        if means(slot.body(candidate.text), label, field.kind):
            return candidate.text
    return None
