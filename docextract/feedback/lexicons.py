"""Values that people wrote again and again, and the field's soft lexicon lacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from docextract.decoding import Lexicon, load_lexicon
from docextract.decoding.lexicon import LENGTH_LIMIT
from docextract.feedback.corrected import Corrected
from docextract.template import Template

_REPEATED = 2  # documents


@dataclass(frozen=True, slots=True, eq=False)
class LongerLexicon:
    """A field's lexicon with the values that it lacked."""

    template: str
    field: str
    known: Lexicon
    added: tuple[str, ...]

    def text(self) -> str:
        """The file; new values weigh as much as the most frequent one."""
        most = max(self.known.weights)
        rows = [*zip(self.known.entries, self.known.weights, strict=True)]
        rows += [(entry, most) for entry in self.added]
        head = f"# {self.known.name}, and {len(self.added)} values that people corrected\n"
        return head + "".join(f"{entry}\t{weight:.9g}\n" for entry, weight in rows)


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
        added = sorted(
            text
            for (of, text), documents in wrong.items()
            if of == field.name
            and len(documents) >= _REPEATED
            and text not in known.entries
            and _fits(text)
        )
        if added:
            yield LongerLexicon(name, field.name, known, tuple(added))


def _fits(text: str) -> bool:
    """Whether a lexicon's file can hold the text as one entry."""
    return len(text) <= LENGTH_LIMIT and text.isprintable() and not text.startswith("#")
