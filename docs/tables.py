"""The tables of README.md that follow from the code: python docs/tables.py writes them anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from docextract import errors
from docextract.errors import DocextractError
from docextract.fields import FieldType, field_types

README = Path(__file__).resolve().parents[1] / "README.md"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    escaped = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)


def field_table() -> str:
    """The field types: what each reads, its value, its options with their defaults."""
    rows = (
        (f"`{name}`", summary(kind), f"`{kind.value_type.__name__}`", options(kind))
        for name, kind in field_types
    )
    return table(("type", "reads", "gives", "options"), rows)


def error_table() -> str:
    """The errors and their exit codes, in the order of errors.py."""
    kinds = [kind for kind in vars(errors).values() if is_error(kind)]
    rows = ((f"`{k.__name__}`", str(k.exit_code), summary(k)) for k in kinds)
    return table(("error", "exit code", "means"), rows)


def is_error(item: object) -> bool:
    """Whether an item of errors.py is an error class."""
    return isinstance(item, type) and issubclass(item, DocextractError)


def options(kind: type[FieldType]) -> str:
    """A field type's options as a template's author writes them."""
    return ", ".join(
        f"`{name}`" if info.is_required() else f"`{name}={info.default!r}`"
        for name, info in kind.model_fields.items()
    )


def summary(item: type) -> str:
    """The first paragraph of a docstring, its code marked as in Markdown."""
    text = " ".join((item.__doc__ or "").split("\n\n")[0].split())
    return text.replace("``", "`").rstrip(".")


def in_step(readme: str, tables: Mapping[str, str]) -> str:
    """README's text with each table between its two marks replaced."""
    for name, made in tables.items():
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        if readme.count(start) != 1 or readme.count(end) != 1:
            raise SystemExit(f"README.md: the marks of the table {name!r} are not there once each")
        before, rest = readme.split(start)
        readme = f"{before}{start}{made}\n{end}{rest.split(end)[1]}"
    return readme


def main() -> None:
    """Write the tables into README.md."""
    tables = {"fields": field_table(), "errors": error_table()}
    README.write_text(in_step(README.read_text("utf-8"), tables), "utf-8")


if __name__ == "__main__":
    main()
