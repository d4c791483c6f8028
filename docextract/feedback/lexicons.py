"""Values that people wrote again and again, and the field's soft lexicon lacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from docextract.decoding import Lexicon, load_lexicon
from docextract.decoding.lexicon import LENGTH_LIMIT
from docextract.feedback.corrected import Corrected
from docextract.feedback.learnt import Entry, documents_of
from docextract.template import Template

_REPEATED = 2  # documents


@dataclass(frozen=True, slots=True, eq=False)
class LongerLexicon:
    """A field's lexicon with the values that it lacked, each with the documents it was learnt from.

    ``learnt`` are documents of entries that an earlier correction brought.
    """

    template: str
    field: str
    known: Lexicon
    learnt: Mapping[str, tuple[str, ...]]
    added: Mapping[str, tuple[str, ...]]

    def text(self) -> str:
        """The file; new values weigh as much as the most frequent one."""
        most = max(self.known.weights)
        rows = [
            Entry(f"{entry}\t{weight:.9g}", self.learnt.get(entry, ()))
            for entry, weight in zip(self.known.entries, self.known.weights, strict=True)
        ]
        rows += [Entry(f"{entry}\t{most:.9g}", of) for entry, of in self.added.items()]
        head = Entry(f"# {self.known.name}, and values that people corrected")
        return "".join(f"{line}\n" for row in (head, *rows) for line in row.lines())


def longer_lexicons(
    name: str, template: Template, fields: Iterable[Corrected]
) -> Iterator[LongerLexicon]:
    """The longer lexicon of each field of a template with a soft one, if something is to be added.

    A value counts where it was read wrong, in two documents at least.
    """
    wrong: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in fields:
        if one.text is not None and not one.right:
            wrong[one.field.name, one.text.strip()].add(one.document)
    for field in template.fields.values():
        if field.lexicon is None or field.lexicon_mode != "soft":
            continue
        known = load_lexicon(field.lexicon, folder=template.path.parent)
        added = {
            text: tuple(sorted(documents))
            for (of, text), documents in sorted(wrong.items())
            if of == field.name
            and len(documents) >= _REPEATED
            and text not in known.entries
            and _fits(text)
        }
        if added:
            learnt = _learnt(template.path.parent / field.lexicon)
            yield LongerLexicon(name, field.name, known, learnt, added)


def _learnt(lexicon: Path) -> Mapping[str, tuple[str, ...]]:
    """The documents of a lexicon's learnt entries; none of one that no correction made."""
    return documents_of(lexicon.read_text("utf-8-sig")) if lexicon.is_file() else {}


def _fits(text: str) -> bool:
    """Whether a lexicon's file can hold the text as one entry."""
    return len(text) <= LENGTH_LIMIT and text.isprintable() and not text.startswith("#")
