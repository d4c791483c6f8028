"""Which recognizers read a field, and in which order.

The field type names the one that reads it first. Where that one leaves doubt, the general model
looks too. A model that a template or caller names reads alone. A vote asks both the general
model and one of another family, after whoever is first.
"""

from __future__ import annotations

from docextract.decoding import is_open, load_vote_weights, unwritable, unwritable_around
from docextract.errors import GrammarError
from docextract.fields import GENERAL_MODEL
from docextract.lines.looks import FieldReader
from docextract.lines.reader import Knowledge, LineReader, line_reader
from docextract.recognition import Load, Recognizer
from docextract.settling import Slot
from docextract.types import Vote

VOTER = "ppocrv5-mobile"


def field_reader(
    slot: Slot, knowledge: Knowledge, load: Load, *, model: str | None, vote: Vote | None
) -> FieldReader:
    """Gather a field's recognizers; ``model`` is the one that was named, if any.

    Whoever cannot write the field's texts is left out, unless it was named. Raises GrammarError
    when that one cannot, or none can; and what ``load`` raises.
    """
    readers: dict[str, LineReader] = {}
    refusal = None
    for name in _asked(model or slot.kind.recognizer, named=model is not None, vote=vote):
        recognizer = load(name)
        try:
            if name not in (model, GENERAL_MODEL):
                _check_words(slot, recognizer)
            readers.setdefault(recognizer.name, line_reader(slot, recognizer, knowledge))
        except GrammarError as error:
            if name == model:
                raise
            refusal = refusal or error
    if refusal is not None and not readers:
        raise refusal
    names = list(readers)
    weights = tuple(load_vote_weights(names[:n]) for n in range(2, len(names) + 1))
    return FieldReader(tuple(readers.values()), weights, always=vote == "always")


def _asked(first: str, *, named: bool, vote: Vote | None) -> tuple[str, ...]:
    """The models' names in order, each once."""
    if vote:
        return tuple(dict.fromkeys((first, GENERAL_MODEL, VOTER)))
    if named or vote is False:
        return (first,)
    return tuple(dict.fromkeys((first, GENERAL_MODEL)))


def _check_words(slot: Slot, recognizer: Recognizer) -> None:
    """Raise GrammarError when words of the template's are beyond a recognizer's alphabet.

    These are the print beside the value, and what its type leaves to the template. The grammar
    alone would not tell: what is optional, or one of several, it would leave out.
    """
    words, around = slot.kind.words, f"(?:{slot.prefix})(?:{slot.suffix})"
    alphabet = recognizer.alphabet
    if is_open(words) or (is_open(around) and alphabet.other is None):
        raise GrammarError(
            f"prefix, suffix or form: any character may stand there, and {recognizer.name!r} can "
            "write few. Name another recognizer"
        )
    missing = unwritable(words, alphabet) + unwritable_around(around, alphabet)
    if missing:
        raise GrammarError(
            f"prefix, suffix or form: the alphabet of {recognizer.name!r} lacks {missing!r}. "
            "Name another recognizer"
        )
