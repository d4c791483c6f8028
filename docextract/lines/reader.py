"""Lattice to candidates, for one field and one recognizer: the decoders its type calls for."""

from __future__ import annotations

from dataclasses import dataclass

from docextract.decoding import (
    Ballot,
    CompiledLexicon,
    Decoded,
    Grammar,
    LanguageModel,
    Lexicon,
    compile_forms,
    compile_lexicon,
    decode_any,
    decode_free,
    decode_fused,
    favour_lexicon,
    match_lexicon,
)
from docextract.recognition import Recognizer
from docextract.settling import Slot
from docextract.shapes import Confusion
from docextract.types import Lattice

NBEST = 5


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """What is known of a field's texts beyond its type, whichever recognizer reads them.

    A ``hard`` lexicon holds the only texts there are; another one likely texts. ``confusions``
    are what the template says may be read for what.
    """

    language: LanguageModel | None = None
    lexicon: Lexicon | None = None
    hard: bool = False
    confusions: tuple[Confusion, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class LineReader:
    """Finds the likely texts of one field in one recognizer's lattices.

    ``only`` is a hard lexicon: nothing else is read. Otherwise texts come from the grammars, or
    as free text with or without a language model, and ``likely``, a soft lexicon, favours some.
    """

    slot: Slot
    recognizer: Recognizer
    grammars: tuple[Grammar, ...] = ()
    language: LanguageModel | None = None
    likely: CompiledLexicon | None = None
    only: CompiledLexicon | None = None

    @property
    def way(self) -> tuple[object, ...]:
        """What a ballot depends on, beside the lattice; readers of several fields may share it."""
        frame = (self.slot.prefix, self.slot.suffix) if self.likely is not None else ()
        return (self.recognizer, self.grammars, self.language, self.likely, self.only, *frame)

    def read(self, lattice: Lattice) -> Ballot:
        """What a lattice of the recognizer has to say, decoded."""
        grammars = self.grammars if self.only is None else (self.only.grammar,)
        return Ballot(self.recognizer.name, lattice, self._decoded(lattice), grammars)

    def _decoded(self, lattice: Lattice) -> Decoded:
        if self.only is not None:
            return match_lexicon(lattice, self.only, nbest=NBEST)
        if self.grammars:
            decoded = decode_any(lattice, self.grammars, nbest=NBEST)
        elif self.language is not None:
            decoded = decode_fused(lattice, self.language, nbest=NBEST)
        else:
            decoded = decode_free(lattice, nbest=NBEST)
        if self.likely is None or not decoded.candidates:
            return decoded
        body = self.slot.span(decoded.candidates[0].text)
        return favour_lexicon(lattice, self.likely, decoded, nbest=NBEST, body=body)


def line_reader(slot: Slot, recognizer: Recognizer, knowledge: Knowledge) -> LineReader:
    """Compile a field's grammar and lexicon for a recognizer.

    Raises GrammarError when its alphabet can write none of the field's texts.
    """
    alphabet, ignores = recognizer.alphabet, slot.kind.ignores
    grammars = compile_forms(
        slot.kind.forms,
        alphabet,
        prefix=slot.prefix,
        suffix=slot.suffix,
        ignores=ignores,
        confusions=knowledge.confusions,
    )
    lexicon = None
    if knowledge.lexicon is not None:
        lexicon = compile_lexicon(knowledge.lexicon, alphabet, ignores=ignores)
    return LineReader(
        slot,
        recognizer,
        grammars=grammars,
        language=knowledge.language,
        likely=None if knowledge.hard else lexicon,
        only=lexicon if knowledge.hard else None,
    )
