"""Lattice to Candidates: grammars as automata, exact search inside them, lexicons, free text."""

from docextract.decoding.free import decode_free
from docextract.decoding.grammar import Grammar, compile_grammar
from docextract.decoding.lexicon import Lexicon, lexicon_names, load_lexicon
from docextract.decoding.lexicon_match import (
    CompiledLexicon,
    compile_lexicon,
    favour_lexicon,
    match_lexicon,
)
from docextract.decoding.search import Decoded, decode

__all__ = [
    "CompiledLexicon",
    "Decoded",
    "Grammar",
    "Lexicon",
    "compile_grammar",
    "compile_lexicon",
    "decode",
    "decode_free",
    "favour_lexicon",
    "lexicon_names",
    "load_lexicon",
    "match_lexicon",
]
