"""Lattice to Candidates: grammars as automata, exact search inside them, free text."""

from docextract.decoding.free import decode_free
from docextract.decoding.grammar import Grammar, compile_grammar
from docextract.decoding.search import Decoded, decode

__all__ = ["Decoded", "Grammar", "compile_grammar", "decode", "decode_free"]
