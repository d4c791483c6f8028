"""Lattice to Candidates: grammars as automata, exact search inside them, lexicons, free text,
language models, and votes of several lattices.
"""

from docextract.decoding.free import decode_free
from docextract.decoding.fusion import decode_fused
from docextract.decoding.grammar import Grammar, compile_forms, compile_grammar
from docextract.decoding.lexicon import Lexicon, lexicon_names, load_lexicon
from docextract.decoding.lexicon_match import (
    CompiledLexicon,
    compile_lexicon,
    favour_lexicon,
    match_lexicon,
)
from docextract.decoding.ngram import LanguageModel, language_names, load_language
from docextract.decoding.search import Decoded, decode, decode_any
from docextract.decoding.spelling import is_open, unwritable, unwritable_around
from docextract.decoding.vote import Ballot, Outcome, vote
from docextract.decoding.vote_weights import VoteWeights, load_vote_weights

__all__ = [
    "Ballot",
    "CompiledLexicon",
    "Decoded",
    "Grammar",
    "LanguageModel",
    "Lexicon",
    "Outcome",
    "VoteWeights",
    "compile_forms",
    "compile_grammar",
    "compile_lexicon",
    "decode",
    "decode_any",
    "decode_free",
    "decode_fused",
    "favour_lexicon",
    "is_open",
    "language_names",
    "lexicon_names",
    "load_language",
    "load_lexicon",
    "load_vote_weights",
    "match_lexicon",
    "unwritable",
    "unwritable_around",
    "vote",
]
