"""A place to sign or to stamp."""

from __future__ import annotations

from typing import ClassVar, Literal

from docextract.fields._base import Example, field_types
from docextract.fields._own_box import OwnBox


@field_types.register("present")
class Present(OwnBox):
    """Whether something is in the box that the blank form has not: a signature, a seal, a stamp.

    With ``color`` red only red ink counts, such as a seal's among black print.
    """

    color: Literal["any", "red"] = "any"

    examples: ClassVar[tuple[Example, ...]] = (
        Example("true", True),
        Example("false", False, {"color": "red"}),
    )
    rejects: ClassVar[tuple[str, ...]] = ("", "yes", "signed")

    @property
    def ink(self) -> Literal["any", "red"]:
        """The ink that counts."""
        return self.color
