"""Lattice to Reading, for one field: the decoders its type, lexicon and language call for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from docextract.decoding import (
    CompiledLexicon,
    Decoded,
    Grammar,
    LanguageModel,
    compile_forms,
    compile_lexicon,
    decode_any,
    decode_free,
    decode_fused,
    favour_lexicon,
    load_language,
    load_lexicon,
    match_lexicon,
)
from docextract.errors import TemplateError, UsageError
from docextract.fields import FieldType, ReadsPicture, field_types
from docextract.recognition import Recognizer, load_recognizer
from docextract.rules.choice import Choice
from docextract.settling import Slot, alternatives, settle
from docextract.shapes import Confusion
from docextract.template import Field, Template
from docextract.template.confusions import confusion_shares
from docextract.types import Alphabet, Image, Lattice, Quad, Reading

_NBEST = 5
_DEFAULT_MODEL = "ppocrv6-small"


@dataclass(frozen=True, slots=True, eq=False)
class LineReader:
    """Reads the lattices of one field.

    ``only`` is a hard lexicon: nothing else is read. Otherwise texts come from the grammars, or
    as free text with or without a language model, and ``likely``, a soft lexicon, favours some.
    """

    slot: Slot
    recognizer: Recognizer
    grammars: tuple[Grammar, ...] = ()
    language: LanguageModel | None = None
    likely: CompiledLexicon | None = None
    only: CompiledLexicon | None = None

    def read(self, lattice: Lattice, *, quad_px: Quad) -> Reading:
        """Decode a lattice and settle on a value."""
        decoded = self._decoded(lattice)
        return settle(
            self.slot,
            decoded.candidates,
            empty_logp=_empty_logp(lattice),
            quad_px=quad_px,
            valid_logp=decoded.valid_logp,
        )

    def alternatives(self, reading: Reading, lattice: Lattice) -> tuple[Choice, ...]:
        """The values that ``reading``, made from ``lattice``, could have had."""
        return alternatives(self.slot, reading.candidates, empty_logp=_empty_logp(lattice))

    def _decoded(self, lattice: Lattice) -> Decoded:
        if self.only is not None:
            return match_lexicon(lattice, self.only, nbest=_NBEST)
        if self.grammars:
            decoded = decode_any(lattice, self.grammars, nbest=_NBEST)
        elif self.language is not None:
            decoded = decode_fused(lattice, self.language, nbest=_NBEST)
        else:
            decoded = decode_free(lattice, nbest=_NBEST)
        if self.likely is None:
            return decoded
        return favour_lexicon(lattice, self.likely, decoded, nbest=_NBEST)


def template_readers(template: Template, *, threads: int = 0) -> dict[str, LineReader]:
    """The readers of a template's fields of print, each model loaded once.

    Raises UnknownName, ModelError, GrammarError, and TemplateError for a lexicon or language
    model that is missing or wrong.
    """
    recognizers: dict[str, Recognizer] = {}
    readers: dict[str, LineReader] = {}
    for name, field in template.fields.items():
        if isinstance(field.kind, ReadsPicture):
            continue
        model = field.recognizer or template.recognizer
        if model not in recognizers:
            recognizers[model] = load_recognizer(model, threads=threads)
        readers[name] = _field_reader(template, field, recognizers[model])
    return readers


def read_lines(
    crops: Sequence[Image],
    type: str,
    *,
    model: str | None = None,
    lm: str | None = None,
    **options: object,
) -> list[Reading]:
    """Read line images (BGR uint8 arrays) as values of one field type.

    ``lm`` is the language model of free text, "none" for none; the type's own when absent.
    ``options`` are the field type's own, as in a template: ``read_lines(crops, "amount",
    currency="MYR")``. Raises UnknownName, or UsageError for a wrong option.
    """
    slot = Slot("line", _kind(type, options))
    recognizer = _shared_recognizer(model or _DEFAULT_MODEL)
    reader = LineReader(
        slot,
        recognizer,
        grammars=_grammars(slot, recognizer.alphabet),
        language=_language(_language_name(slot.kind, lm), Path()),
    )
    return [
        reader.read(lattice, quad_px=_outline(crop))
        for crop, lattice in zip(crops, recognizer.recognize(crops), strict=True)
    ]


def _field_reader(template: Template, field: Field, recognizer: Recognizer) -> LineReader:
    slot = Slot(field.name, field.kind, field.nullable, field.prefix, field.suffix)
    folder, alphabet = template.path.parent, recognizer.alphabet
    key = "lm"
    try:
        language = _language(_language_name(field.kind, field.lm), folder)
        key = "lexicon"
        lexicon = _lexicon(field, folder, alphabet)
    except UsageError as err:
        where = f"fields.{field.name}.{key}: {err}"
        raise TemplateError(str(template.path), [where]) from None
    hard = field.lexicon_mode == "hard"
    return LineReader(
        slot,
        recognizer,
        grammars=_grammars(slot, alphabet, confusion_shares(field.confusions)),
        language=language,
        likely=None if hard else lexicon,
        only=lexicon if hard else None,
    )


def _grammars(
    slot: Slot, alphabet: Alphabet, confusions: tuple[Confusion, ...] = ()
) -> tuple[Grammar, ...]:
    return compile_forms(
        slot.kind.forms,
        alphabet,
        prefix=slot.prefix,
        suffix=slot.suffix,
        ignores=slot.kind.ignores,
        confusions=confusions,
    )


def _lexicon(field: Field, folder: Path, alphabet: Alphabet) -> CompiledLexicon | None:
    if field.lexicon is None:
        return None
    lexicon = load_lexicon(field.lexicon, folder=folder)
    return compile_lexicon(lexicon, alphabet, ignores=field.kind.ignores)


def _language_name(kind: FieldType, wanted: str | None) -> str | None:
    """The language model to read a field with; only free text has one."""
    if kind.pattern is not None or wanted == "none":
        return None
    return wanted or kind.language_model


def _language(name: str | None, folder: Path) -> LanguageModel | None:
    return None if name is None else _shared_language(name, folder)


@lru_cache(maxsize=8)
def _shared_language(name: str, folder: Path) -> LanguageModel:
    return load_language(name, folder=folder)


@lru_cache(maxsize=4)
def _shared_recognizer(name: str) -> Recognizer:
    return load_recognizer(name)


def _kind(type_name: str, options: Mapping[str, object]) -> FieldType:
    try:
        kind = field_types.get(type_name).model_validate(options)
    except ValidationError as err:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in err.errors())
        raise UsageError(f"options of field type {type_name!r}: {wrong}") from None
    if isinstance(kind, ReadsPicture):
        raise UsageError(f"field type {type_name!r} is not a line of print")
    return kind


def _outline(crop: Image) -> Quad:
    height, width = crop.shape[:2]
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], float)


def _empty_logp(lattice: Lattice) -> float:
    """The log-probability that every step is blank."""
    return float(lattice.logp[:, lattice.alphabet.blank].sum())
