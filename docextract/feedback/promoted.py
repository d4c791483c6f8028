"""Templates with what was promoted for them."""

from __future__ import annotations

from pathlib import Path

from docextract.feedback.versions import CALIBRATION, Versions
from docextract.template import Template


def with_promoted(name: str, template: Template, folder: Path) -> Template:
    """A template with the calibration and lexicons in use in a folder; itself where there are none.

    ``name`` is what the template is asked for by. The template's own files stay as they are.
    Raises UsageError when the folder cannot be read.
    """
    files = Versions(folder).files()
    if files is None or not (files / name).is_dir():
        return template
    mine = (files / name).resolve()
    fields = {
        field.name: field.model_copy(update={"lexicon": str(lexicon)})
        if (lexicon := mine / f"{field.name}.txt").exists()
        else field
        for field in template.fields.values()
    }
    calibration = mine / CALIBRATION
    return template.model_copy(
        update={
            "fields": fields,
            "calibration": calibration if calibration.exists() else template.calibration,
        }
    )
