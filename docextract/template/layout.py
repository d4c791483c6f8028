"""The printings of a form, and what they are found by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, ValidationInfo, model_validator
from pydantic import Field as Constraint

from docextract.errors import did_you_mean
from docextract.template.box import PlacedBox, Surroundings, find_beside
from docextract.template.part import Name, Part, Regex


class Anchor(Part):
    """Printed words that are always at the same place; registration looks for them."""

    text: str = ""
    """The words as printed; or give pattern."""
    pattern: Regex = ""
    """A regular expression of the words, when they differ from copy to copy."""
    box: PlacedBox
    """Where they are printed, as tight as can be: [x, y, width, height]."""

    @model_validator(mode="after")
    def _say_one(self) -> Self:
        if bool(self.text) == bool(self.pattern):
            raise ValueError("An anchor has words: give either text or pattern")
        return self


class Row(Part):
    """A long row of print, such as one of a machine readable zone; registration looks for it."""

    pattern: Regex
    """A regular expression of all of its text, in capitals and without blanks."""
    box: PlacedBox
    """Where it is printed, as tight as can be: [x, y, width, height]."""


class Register(Part):
    """How the form is found in a picture."""

    methods: tuple[str, ...] = ()
    """Registration methods to try; all when empty."""
    anchors: tuple[Anchor, ...] = ()
    """Printed words with fixed places, by which the form is found; methods, if named, come after.
    At least three, far apart; the more of them, the more of the form may be cut off."""
    told_by: tuple[Anchor, ...] = ()
    """Printed words that no other form has, when several templates share a form's ruling lines:
    choosing a template reads them. Boxes may be generous."""


def _check_known_box(name: str, info: ValidationInfo) -> str:
    if isinstance(info.context, Surroundings) and name not in info.context.box_names:
        raise ValueError(f"No such field. {did_you_mean(name, info.context.box_names)}")
    return name


class Layout(Part):
    """One printing of the form; printings differ in where things stand."""

    name: Name
    """The printing's name, unique in the template."""
    reference: Annotated[Path | None, AfterValidator(find_beside)] = None
    """A picture of the form, blank or filled with made-up data, beside the YAML file."""
    boxes: dict[Annotated[str, AfterValidator(_check_known_box)], PlacedBox] = Constraint(
        default_factory=dict
    )
    """Boxes of fields that stand elsewhere in this printing; those of a choice as FIELD.BOX."""
    anchors: tuple[Anchor, ...] = ()
    """Printed words of this printing, instead of those of register."""
    told_by: tuple[Anchor, ...] = ()
    """Words of this printing that tell the form, instead of those of register."""
    continues: bool = False
    """True for a page that goes on with the document of the page before it in the same file: only
    the fields whose boxes it gives are read, and rows of tables are added to those before."""
    rows: tuple[Row, ...] = ()
    """Long rows of print, from the top, one close under the other: the form is found by them alone.
    Two or three; all layouts of a template have rows, or none."""
