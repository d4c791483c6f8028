"""``docextract eval``: how many fields of labelled pages are read right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docextract.cli._console import stderr, stdout, table, tell

if TYPE_CHECKING:
    from docextract.evaluation import CropFolder, Score


def evaluate(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="A folder of pictures with labels.json.")
    ],
    *,
    template: Annotated[
        str | None,
        typer.Option("--template", "-t", metavar="NAME|FILE", help="Else labels.json names it."),
    ] = None,
    save_crops: Annotated[
        Path | None,
        typer.Option("--save-crops", metavar="DIR", help="A new folder for the fields' crops."),
    ] = None,
) -> None:
    """Read labelled pages and say how many fields, and whole documents, are right.

    Labels are {"template": NAME, "pages": {FILE: {FIELD: VALUE}}}; null says that nothing is
    printed. --save-crops writes the lines of print as pictures, with a labels.json that
    `docextract train --data DIR` reads. Its texts are as printed: the likeliest text in the
    recognizer's eyes that has the label's value. Where none has it, or nothing is printed, there
    is no picture, and the number left out is told.

    Examples:

    - `docextract eval templates/invoice/`
    - `docextract eval labelled/ -t my/form.yaml --save-crops my-lines`
    """
    from docextract.errors import UsageError
    from docextract.evaluation import CropFolder, Score, marked_pages, page_labels
    from docextract.pipeline import Extractor

    labels = page_labels(data)
    name = template or labels.template
    if name is None:
        raise UsageError(f"{data}: labels.json names no template. Give --template")
    extractor = Extractor(name)
    crops = CropFolder(save_crops, extractor.template) if save_crops else None
    score = Score()
    for page in marked_pages(labels, extractor):
        score.add(page)
        if crops is not None:
            crops.add(page)
    _show(score)
    if crops is not None:
        crops.finish()
        _tell_crops(crops, save_crops)


def _show(score: Score) -> None:
    """Print a table of the fields, and the totals."""
    out, fields = stdout(), table("field", "right", "labelled")
    for name, field in score.fields.items():
        fields.add_row(name, str(field.right), str(field.labelled))
    out.print(fields)
    share = f" ({score.field_exact:.1%})" if score.labelled else ""
    tell(out, f"fields: {score.right} of {score.labelled} right{share}")
    tell(out, f"documents: {score.whole} of {score.pages} right")
    tell(out, f"accepted by themselves: {score.accepted}, {score.sound} of them right")


def _tell_crops(crops: CropFolder, folder: Path | None) -> None:
    left_out = f"{crops.unread} whose print is not known, {crops.blank} blank"
    tell(stderr(), f"{folder}: {crops.saved} crops and labels.json; left out: {left_out}")
