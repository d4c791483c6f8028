"""Character n-gram language models on KenLM: models/NAME/lm.yaml says what they know.

Only Chinese characters are ever scored. Everything else is context: a run of digits is one word
``<d>``, a run of letters ``<l>``, a blank ``<sp>``; so no number is "corrected" to a likelier one.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from docextract.errors import ModelError, UnknownName, validation_mistakes
from docextract.resources import resource_dir

if TYPE_CHECKING:
    import kenlm

DIGITS, LETTERS, BLANK = "<d>", "<l>", "<sp>"
_RUNS = (DIGITS, LETTERS)
_HAN = re.compile("[㐀-䶿一-鿿〇𠀀-𲎯]")
_CARD = "lm.yaml"
_LN10 = math.log(10)


class LanguageCard(BaseModel):
    """A language model's description; ``path`` is the card's own file.

    A Chinese character adds ``alpha * max(logp, floor_logp) + beta`` to a text's evidence, with
    natural logarithms. ``sources`` and ``figures`` are for people.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    docextract: Literal[1]
    name: str
    title: str = ""
    licence: str
    file: str
    alpha: Annotated[float, Field(ge=0, le=10)] = 0.3
    beta: Annotated[float, Field(ge=-10, le=10)] = 1.0
    floor_logp: Annotated[float, Field(lt=0, ge=-100)] = -9.0
    made_by: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    figures: dict[str, float | int | str] = {}
    path: Path = Path()


def is_scored(symbol: str) -> bool:
    """True for the symbols a language model has a say about: Chinese characters."""
    return _HAN.match(symbol) is not None


def word_of(symbol: str) -> str:
    """The word that stands for one symbol in a language model."""
    folded = unicodedata.normalize("NFKC", symbol)
    if is_scored(folded):
        return folded
    if folded.isspace():
        return BLANK
    if folded.isdigit():
        return DIGITS
    return LETTERS if folded.isalpha() else folded


def words_of(text: str) -> list[str]:
    """The words of a text, runs of digits and of letters as one word each.

    >>> words_of("B4栋 12号")
    ['<l>', '<d>', '栋', '<sp>', '<d>', '号']
    """
    words: list[str] = []
    for symbol in text:
        word = word_of(symbol)
        if word not in _RUNS or words[-1:] != [word]:
            words.append(word)
    return words


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """What a language model remembers of the text so far."""

    state: kenlm.State
    last: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A language model's evidence for a text: its own and that for the number of characters."""

    lm: float
    length: float


class LanguageModel:
    """A character n-gram model and the weights it is used with; safe to share between threads.

    Raises ModelError when the model file is missing or broken.
    """

    def __init__(self, card: LanguageCard) -> None:
        self.card = card
        self._model = _load(card.path.parent / card.file)
        self._words: dict[str, str] = {}

    def start(self) -> Context:
        """The context at the beginning of a text."""
        import kenlm

        state = kenlm.State()
        self._model.BeginSentenceWrite(state)
        return Context(state)

    def extend(self, context: Context, symbol: str) -> tuple[float, Context]:
        """The weighted evidence of ``symbol`` after ``context``, and the context after it."""
        import kenlm

        word = self._words.get(symbol)
        if word is None:
            word = self._words[symbol] = word_of(symbol)
        if word in _RUNS and word == context.last:
            return 0.0, context
        state = kenlm.State()
        logp = self._model.BaseScore(context.state, word, state) * _LN10
        after = Context(state, word)
        if not is_scored(word):
            return 0.0, after
        return self.card.alpha * max(logp, self.card.floor_logp) + self.card.beta, after

    def share(self, text: str) -> Share:
        """The weighted evidence for a whole text."""
        context, total = self.start(), 0.0
        for symbol in text:
            score, context = self.extend(context, symbol)
            total += score
        length = self.card.beta * sum(map(is_scored, text))
        return Share(total - length, length)

    def logp(self, text: str) -> float:
        """The plain log-probability (natural) of a text and of its end, unweighted."""
        return float(self._model.score(" ".join(words_of(text)))) * _LN10


def language_names() -> tuple[str, ...]:
    """The names of the shipped language models, sorted."""
    return tuple(sorted(path.parent.name for path in resource_dir("models").glob(f"*/{_CARD}")))


def load_language(name_or_path: str | Path, *, folder: Path = Path()) -> LanguageModel:
    """Load a shipped language model by its name, or any by the path of its card or folder.

    A path has a slash or ends in .yaml; a relative one starts at ``folder``. Raises
    UnknownName for a name nobody has, ModelError for a wrong card or a broken model.
    """
    path = _card_path(str(name_or_path), folder)
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
        return LanguageModel(LanguageCard.model_validate({**data, "path": path}))
    except ValidationError as err:
        wrong = validation_mistakes(err)
        raise ModelError(f"{path}: {wrong}") from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError, TypeError) as err:
        why = " ".join(str(err).split())
        raise ModelError(f"{path}: not a readable language card: {why}") from None


def _card_path(text: str, folder: Path) -> Path:
    if "/" in text or "\\" in text or text.endswith((".yaml", ".yml")):
        path = folder / text
        path = path / _CARD if path.is_dir() else path
        if not path.is_file():
            raise ModelError(f"{path}: there is no such language card. Name a model, or write one.")
        return path
    path = resource_dir("models") / text / _CARD
    if not path.is_file():
        raise UnknownName("language model", text, language_names())
    return path


def _load(path: Path) -> kenlm.Model:
    import kenlm

    if not path.is_file():
        raise ModelError(f"{path}: there is no such file. Build it with: docextract lm build")
    config = kenlm.Config()
    config.show_progress = False
    config.arpa_complain = kenlm.ARPALoadComplain.NONE
    try:
        return kenlm.Model(str(path), config)
    except (OSError, RuntimeError) as err:
        why = " ".join(str(err).split())
        raise ModelError(f"{path}: not a language model that KenLM can load: {why}") from None
