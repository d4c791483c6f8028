"""Templates of other tools, carried over; what has no counterpart is told in words."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from docextract.authoring.draft import Draft, DraftAnchor
from docextract.authoring.importers import azure, omrchecker
from docextract.authoring.importers.foreign import Carried
from docextract.authoring.printed import find_print, overlap
from docextract.authoring.words import slug
from docextract.authoring.writing import check_target, put, save_draft
from docextract.errors import TemplateError, UsageError
from docextract.fields import GENERAL_MODEL
from docextract.pipeline import Extractor
from docextract.recognition import load_detector, load_recognizer
from docextract.registration import Form
from docextract.sight import Sight
from docextract.template import Box
from docextract.types import Image

_FEWEST_CHARACTERS = 3
_MOST_ANCHORS = 24


@dataclass(frozen=True, slots=True)
class Imported:
    """A template that was carried over; ``left_out`` says what could not be."""

    path: Path
    reference: Path
    fields: int
    left_out: tuple[str, ...]


def import_template(
    path: Path,
    folder: Path,
    *,
    name: str | None = None,
    picture: Path | None = None,
    force: bool = False,
) -> Imported:
    """Write the template that a Form Recognizer project or an OMRChecker template.json becomes.

    ``picture`` shows the blank form, where the format has none. Raises UsageError for files that
    are neither or are broken, and as ``new_template`` does; SourceError for the picture.
    """
    carried = _carried(path, picture)
    name = name or slug(_title(path)) or "imported"
    check_target(name, folder, force=force)
    with tempfile.TemporaryDirectory() as desk:
        draft = _draft(name, carried)
        written = save_draft(draft, carried.picture, Path(desk))
        try:
            Extractor(written)
        except TemplateError as error:
            why = re.sub(r"^.*?\.yaml: ", "", str(error).splitlines()[0]).rstrip(".")
            raise UsageError(f"{path}: what it becomes is no template: {why}") from None
        done = put(written.stem, written.read_text("utf-8"), carried.picture, folder)
    return Imported(done.path, done.reference, len(draft.fields), carried.left_out)


def _title(path: Path) -> str:
    return (path if path.is_dir() else path.parent).resolve().name


def _carried(path: Path, picture: Path | None) -> Carried:
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder. Give a template of another tool")
    folder = path if path.is_dir() else path.parent
    labelled = path.is_dir() or path.name == "fields.json" or path.name.endswith(".labels.json")
    if labelled and azure.is_project(folder):
        return azure.carry_over(folder)
    file = omrchecker.template_file(path)
    if file is not None:
        return omrchecker.carry_over(file, picture)
    raise UsageError(
        f"{path}: neither a Form Recognizer project (fields.json, PICTURE.labels.json) nor "
        "OMRChecker's template.json. Give one of the two"
    )


def _draft(name: str, carried: Carried) -> Draft:
    """The fields with a way to find the form: by its ruling lines, else by its words."""
    size = (float(carried.size[0]), float(carried.size[1]))
    remarks = ("Carried over by docextract template import.", *map(_one_line, carried.left_out))
    ruled = Form("a", size, carried.picture).ruled
    anchors = () if ruled else tuple(_words(carried))
    return Draft(
        name,
        carried.size,
        carried.fields,
        anchors=anchors if len(anchors) >= _FEWEST_CHARACTERS else (),
        remarks=remarks,
    )


def _one_line(told: str) -> str:
    return "not carried over: " + " ".join(told.split())


def _words(carried: Carried) -> Sequence[DraftAnchor]:
    """Words printed beside the fields, in template units."""
    sight = Sight(load_detector(), load_recognizer(GENERAL_MODEL))
    boxes = [box for field in carried.fields for box in (field.box, *field.boxes.values()) if box]
    scale = _scale(carried.picture, carried.size)
    lines = [line.on(None) for line in find_print(carried.picture, sight)]
    found = [
        DraftAnchor(line.text.strip(), Box(*(v * s for v, s in zip(line.box, scale, strict=True))))
        for line in lines
        if len(line.text.strip()) >= _FEWEST_CHARACTERS
        and not any(char.isdigit() for char in line.text)
    ]
    return [a for a in found if not any(overlap(a.box, box) > 0 for box in boxes)][:_MOST_ANCHORS]


def _scale(picture: Image, size: tuple[int, int]) -> tuple[float, float, float, float]:
    across, down = size[0] / picture.shape[1], size[1] / picture.shape[0]
    return across, down, across, down
