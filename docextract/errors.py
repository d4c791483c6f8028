"""Every error docextract raises, and the exit code the command line gives it.

    DocextractError            1
    ├── UsageError             2   a wrong name, option or path from the caller
    │   ├── UnknownName        2   a plug-in, template or model that does not exist
    │   └── TemplateError      2   a template file with one or more mistakes
    ├── SourceError            3   a file that cannot be turned into pages
    ├── RegistrationError      4   a page on which no layout of the template was found
    ├── ModelError             5   a recognizer that is missing, broken or misdescribed
    ├── GrammarError           2   a pattern that no recognizer output can meet
    ├── MissingExtra           6   an optional package that is not installed
    └── InvalidValue           1   a text that is not a value of its field type

A message says the place, the value found and the cure, in that order, on one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pydantic import ValidationError


class DocextractError(Exception):
    """The root of all errors raised on purpose; ``exit_code`` is what the CLI exits with."""

    exit_code: ClassVar[int] = 1


class UsageError(DocextractError):
    """The caller asked for something that cannot be done as asked."""

    exit_code = 2


class UnknownName(UsageError):
    """A name that no registry entry, template or model has; lists the near ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(sorted(known))
        super().__init__(f"unknown {kind} {name!r}. {did_you_mean(name, self.known)}")


class TemplateError(UsageError):
    """All mistakes of one template file, each as ``path inside the file: value and cure``."""

    def __init__(self, file: str, mistakes: Sequence[str]) -> None:
        self.file, self.mistakes = file, tuple(mistakes)
        super().__init__("\n".join(f"{file}: {m}" for m in self.mistakes))


class SourceError(DocextractError):
    """A file that is missing, unreadable, damaged, encrypted or not a picture."""

    exit_code = 3

    def __init__(self, source: str, why: str) -> None:
        self.source, self.why = source, why
        super().__init__(f"{source}: {why}")


class RegistrationError(DocextractError):
    """A page on which no layout of the template could be placed."""

    exit_code = 4


class ModelError(DocextractError):
    """A recognizer whose file or card is missing, damaged or inconsistent."""

    exit_code = 5


class GrammarError(UsageError):
    """A pattern that is not a regular expression, is empty, or explodes."""


class MissingExtra(DocextractError):
    """An optional dependency that is needed now and not installed."""

    exit_code = 6

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs an optional package. "
            f"Install it with: pip install 'docextract[{extra}]'"
        )


class InvalidValue(DocextractError, ValueError):
    """A text that a field type refuses; ``check`` names the failed check, e.g. ``mod11``.

    The text itself stays out of the message: values are personal data.
    """

    def __init__(self, check: str, why: str) -> None:
        self.check, self.why = check, why
        super().__init__(f"{check}: {why}")


def did_you_mean(name: str, known: Iterable[str], *, limit: int = 3) -> str:
    """Say which known names are near ``name``, nearest first, or list them all when none is."""
    known = sorted(known)
    near = get_close_matches(name.lower(), [k.lower() for k in known], n=limit, cutoff=0.5)
    hits = sorted((k for k in known if k.lower() in near), key=lambda k: near.index(k.lower()))
    if hits:
        return f"Did you mean {' or '.join(repr(h) for h in hits)}?"
    return f"Known: {', '.join(known)}." if known else "None is known."


def validation_mistakes(err: ValidationError) -> str:
    """All mistakes pydantic found, on one line, each as ``path: message``."""
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in err.errors())
