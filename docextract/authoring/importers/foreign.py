"""Other tools' files as checked models, and what of them cannot be carried over."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from docextract.authoring.draft import DraftField
from docextract.errors import UsageError
from docextract.types import Image


class Foreign(BaseModel):
    """A part of another tool's file; keys that we know nothing of are kept, to be told."""

    model_config = ConfigDict(frozen=True, extra="allow")

    def unknown(self, place: str) -> list[str]:
        """A line for each key that nothing is made of."""
        return [
            f"{place}{key}: docextract knows no such key"
            for key in (self.model_extra or {})
            if not key.startswith("$")
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """What another tool's template becomes: fields in units of ``size``, and a picture of the form.

    ``left_out`` says in words what could not be carried over.
    """

    size: tuple[int, int]
    fields: tuple[DraftField, ...]
    picture: Image
    left_out: tuple[str, ...]


Model = TypeVar("Model", bound=BaseModel)


def load_model(path: Path, model: type[Model], what: str) -> Model:
    """Read a JSON file as a model; UsageError says where it is not what it should be."""
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}. Give {what}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise UsageError(f"{path}: {where}: {first['msg']}. Give {what}") from None
