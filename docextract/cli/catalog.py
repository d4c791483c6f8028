"""``docextract fields`` and ``docextract models``: what a template may name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docextract.cli._console import stdout, table

if TYPE_CHECKING:
    from docextract.fields import FieldType


def fields() -> None:
    """List the field types: what each reads, its options, and an example."""
    from docextract.fields import field_types

    listed = table("type", "reads", "gives", "options", "example")
    for name, kind in field_types:
        what = (kind.__doc__ or "").splitlines()[0]
        listed.add_row(name, what, kind.value_type.__name__, _options(kind), _example(kind))
    stdout().print(listed)


def models() -> None:
    """List the recognition models: name, what it reads, licence."""
    from docextract.recognition import load_card, model_names

    listed = table("model", "title", "line height", "licence")
    for name in model_names():
        card = load_card(name)
        listed.add_row(name, card.title, f"{card.input.height} px", card.licence)
    stdout().print(listed)


def _options(kind: type[FieldType]) -> str:
    options = (
        f"{name} (needed)" if info.is_required() else f"{name}={info.default!r}"
        for name, info in kind.model_fields.items()
    )
    return ", ".join(options)


def _example(kind: type[FieldType]) -> str:
    if not kind.examples:
        return ""
    example = kind.examples[0]
    return f"{example.text} -> {example.value}"
