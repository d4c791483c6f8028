"""A training's state on disk: whole or not there at all."""

from __future__ import annotations

import os
import pickle
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from docextract.errors import UsageError

_FORMAT = 1


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Network and optimizer after ``lines`` lines of a recipe, which is kept as JSON."""

    recipe_json: str
    lines: int
    network: dict[str, Tensor]
    optimizer: dict[str, object]


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write to a file beside ``path`` and rename it; raises UsageError when the disk is full."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save({"format": _FORMAT, **asdict(checkpoint)}, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except (OSError, RuntimeError) as err:
        part.unlink(missing_ok=True)
        raise UsageError(
            f"{path}: the checkpoint cannot be written: {err}. "
            "Make room, then start the same command again: it goes on from the last one"
        ) from None


def load_checkpoint(path: Path) -> Checkpoint | None:
    """The state in ``path``, None when there is none; UsageError when it is not a checkpoint."""
    if not path.is_file():
        return None
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        return Checkpoint(
            state["recipe_json"], state["lines"], state["network"], state["optimizer"]
        )
    except (OSError, RuntimeError, KeyError, TypeError, EOFError, pickle.UnpicklingError):
        raise UsageError(
            f"{path}: not a checkpoint of a training. Delete it to start anew"
        ) from None
