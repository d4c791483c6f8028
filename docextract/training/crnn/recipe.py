"""A training recipe: architecture, drawn data and schedule, in one YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from docextract.errors import UsageError, validation_mistakes

_Share = Annotated[float, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stage(_Strict):
    """One 3 x 3 convolution with batch norm and ReLU; ``stride`` is (down, across)."""

    channels: Annotated[int, Field(ge=4, le=512)]
    stride: tuple[Annotated[int, Field(ge=1, le=2)], Annotated[int, Field(ge=1, le=2)]] = (1, 1)


class Architecture(_Strict):
    """Convolutions that shrink a line to one row of features, a BiLSTM, and a CTC layer."""

    height: Annotated[int, Field(ge=16, le=128)] = 32
    stages: tuple[Stage, ...]
    hidden: Annotated[int, Field(ge=16, le=1024)] = 112
    layers: Annotated[int, Field(ge=1, le=4)] = 1
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1

    @property
    def stride(self) -> int:
        """Pixels of input width a time step."""
        steps = 1
        for stage in self.stages:
            steps *= stage.stride[1]
        return steps

    @property
    def rows(self) -> int:
        """Rows of features that are left after the stages; the collapsing layer reads them all."""
        rows = self.height
        for stage in self.stages:
            rows = -(-rows // stage.stride[0])
        return rows


class Data(_Strict):
    """What is drawn: seed, mix of text kinds (None: the generator's), typefaces, widest line."""

    seed: int = 1
    mix: dict[str, _Share] | None = None
    packages: tuple[str, ...] | None = None
    max_width: Annotated[int, Field(ge=64)] = 640
    held_out: Annotated[int, Field(ge=0)] = 2000


class Schedule(_Strict):
    """AdamW with one cycle of the learning rate over ``lines`` lines (Smith 2018).

    A batch is about ``batch_px`` px of line width; state is saved and told each ``report_lines``.
    """

    lines: Annotated[int, Field(ge=1)] = 3_000_000
    batch_px: Annotated[int, Field(ge=320)] = 8192
    learning_rate: Annotated[float, Field(gt=0)] = 2e-3
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    report_lines: Annotated[int, Field(ge=100)] = 10_000
    warm_up: Annotated[float, Field(gt=0, lt=1)] = 0.1
    precision: Literal["float32", "bfloat16"] = "float32"


class Recipe(_Strict):
    """Everything that decides what a training makes."""

    docextract: Literal[1]
    name: str
    licence: str = "Apache-2.0"
    architecture: Architecture
    data: Data = Data()
    schedule: Schedule = Schedule()

    def with_lines(self, lines: int) -> Recipe:
        """The recipe, stretched or shortened to so many lines."""
        schedule = self.schedule.model_copy(update={"lines": lines})
        return self.model_copy(update={"schedule": schedule})


def load_recipe(path: Path) -> Recipe:
    """Read a recipe; raises UsageError that names each wrong entry."""
    try:
        return Recipe.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except ValidationError as err:
        wrong = validation_mistakes(err)
        raise UsageError(f"{path}: {wrong}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as err:
        why = " ".join(str(err).split())
        raise UsageError(f"{path}: not a readable training recipe: {why}") from None
