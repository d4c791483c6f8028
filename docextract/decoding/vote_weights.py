"""How much each recognizer's evidence counts in a vote: models/votes.yaml."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from docextract.errors import ModelError, validation_mistakes
from docextract.resources import resource_dir

_FILE = "votes.yaml"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VoteWeights(_Strict):
    """The weights of one company of recognizers.

    ``models`` maps each one's name to the weight of its log-evidence. No lattice is believed
    further than ``floor``: that probability is added to whatever it says. ``other`` is added to
    the log-evidence that the line says something none of them proposes. The last one asked is
    asked where those before it are sure of a value with less than ``asked_below``.
    """

    models: dict[str, Annotated[float, Field(ge=0, le=2)]]
    floor: Annotated[float, Field(gt=0, lt=0.1)] = 1e-4
    other: Annotated[float, Field(ge=-20, le=20)] = 0.0
    asked_below: Annotated[float, Field(ge=0, le=1)] = 0.99
    fitted: str = ""


class _VoteFile(_Strict):
    docextract: Literal[1]
    unfitted: Annotated[float, Field(ge=0, le=2)]
    votes: tuple[VoteWeights, ...] = ()


def load_vote_weights(models: Sequence[str], *, path: Path | None = None) -> VoteWeights:
    """The weights for these recognizers, in whatever order.

    Those that were never fitted together get one cautious weight. Raises ModelError when the
    file is wrong.
    """
    file = _load(path or resource_dir("models") / _FILE)
    for weights in file.votes:
        if set(weights.models) == set(models):
            return weights
    return VoteWeights(models=dict.fromkeys(models, file.unfitted))


@lru_cache(maxsize=4)
def _load(path: Path) -> _VoteFile:
    try:
        return _VoteFile.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except ValidationError as err:
        wrong = validation_mistakes(err)
        raise ModelError(f"{path}: {wrong}") from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as err:
        why = " ".join(str(err).split())
        raise ModelError(f"{path}: not readable vote weights: {why}") from None
