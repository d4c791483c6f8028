"""Rules across fields: a small language of conditions, checked when the template is loaded."""

from docextract.rules.rule import FieldSpec, Rule, Verdict, compile_rule
from docextract.rules.solving import part_proposals, proposals
from docextract.rules.syntax import RuleError, parse_rule

__all__ = [
    "FieldSpec",
    "Rule",
    "RuleError",
    "Verdict",
    "compile_rule",
    "parse_rule",
    "part_proposals",
    "proposals",
]
