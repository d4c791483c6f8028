"""Fields that nothing checks: plain text, values in no rule, lexicons whose entries look alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from docextract.decoding import load_lexicon
from docextract.errors import UsageError
from docextract.fields import ReadsTable, is_print, type_name
from docextract.linting.finding import Finding
from docextract.rules import compile_rule
from docextract.template import Field, Template

_MANY = 0.02  # share of a lexicon's entries that have a near one, from which it is worth a word
_LOOSE = 0.5  # an acceptance limit below this lets through what is as likely wrong


def lint_fields(template: Template) -> Iterator[Finding]:
    """What is fragile in the fields, their lexicons and the rules."""
    for field in _with_columns(template):
        yield from _plain_text(field)
        yield from _lexicon(template, field)
    yield from _rules(template)
    if template.accept.confidence < _LOOSE:
        why = f"{template.accept.confidence:g} accepts values that are as likely wrong"
        yield Finding("accept.confidence", why, "Ask for 0.9, or for an error_rate", serious=True)


def _with_columns(template: Template) -> Iterator[Field]:
    for name, field in template.fields.items():
        yield field
        if isinstance(field.kind, ReadsTable):
            yield from template.column_fields(name).values()


def _written(field: Field) -> str:
    """A field's place in the file; that of a column is in its table."""
    return field.name.replace(".", ".columns.")


def _plain_text(field: Field) -> Iterator[Finding]:
    if type_name(field.kind) == "text" and field.lexicon is None:
        yield Finding(
            f"fields.{_written(field)}",
            "any text is a value, so a misread one is not noticed",
            "Give a narrower type, such as code with a form, or a lexicon",
        )


def _lexicon(template: Template, field: Field) -> Iterator[Finding]:
    if field.lexicon is None:
        return
    try:
        texts = load_lexicon(field.lexicon, folder=template.path.parent).entries
    except UsageError:
        return  # template check tells
    near = near_pairs(texts)
    if len(near) > _MANY * len(texts):
        one, other = near[0]
        why = f"{len(near)} of {len(texts)} entries of {field.lexicon!r} differ in one character "
        yield Finding(
            f"fields.{_written(field)}.lexicon",
            f"{why}from another, as {one!r} and {other!r} do",
            "Let a rule or another field tell them apart, or look at margins before you accept",
        )


def near_pairs(texts: Iterable[str]) -> list[tuple[str, str]]:
    """For each text that has one at edit distance 1, the text and the first such other one.

    >>> near_pairs(["长沙", "长安", "长沙南", "北京"])
    [('长沙', '长安'), ('长安', '长沙'), ('长沙南', '长沙')]
    """
    unique = list(dict.fromkeys(texts))
    known = set(unique)
    holed: dict[tuple[int, str, str], list[str]] = {}
    for text in unique:
        for at in range(len(text)):
            holed.setdefault((at, text[:at], text[at + 1 :]), []).append(text)
    found = []
    for text in unique:
        others = (o for at in range(len(text)) for o in holed[at, text[:at], text[at + 1 :]])
        near = next((other for other in others if other != text), None)
        shorter = (text[:at] + text[at + 1 :] for at in range(len(text)))
        near = near or next((cut for cut in shorter if cut in known), None)
        if near is not None:
            found.append((text, near))
    return found


def _rules(template: Template) -> Iterator[Finding]:
    ruled = {
        name for line in template.rules for name in compile_rule(line.rule, template.fields).fields
    }
    sums = [
        field.name
        for field in template.fields.values()
        if field.name not in ruled and type_name(field.kind) in ("amount", "amount_cn")
    ]
    if len(sums) > 1:
        yield Finding(
            f"fields {', '.join(sums)}",
            "they are amounts that no rule ties together, so a wrong figure stays unnoticed",
            "Where the form adds up, say so: rules: [total == amount + tax]",
        )
    printed = [f for f in template.fields.values() if is_print(f.kind)]
    if not template.rules and len(printed) > 1 and not template.by_rows:
        why = "there are none: fields are read one by one, and none vouches for another"
        yield Finding("rules", why, "Add conditions that hold on every copy, if there are any")
