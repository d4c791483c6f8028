"""The contract every field type keeps, and the registry they are found in."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict
from typing_extensions import override

from docextract.checks import Check
from docextract.dynamic import Attribute
from docextract.fields._boxes import BoxU
from docextract.registry import Registry
from docextract.types import Image, Value

if TYPE_CHECKING:
    from docextract.fields._columns import TableColumn

# The recognizers' names in models/. The first reads everything; the second is asked first about
# what is written in figures, Latin letters and capital numerals.
GENERAL_MODEL = "ppocrv6-small"
TYPED_MODEL = "crnn-typed"


class Example(NamedTuple):
    """A text as printed and the value it must parse to, under the given options."""

    text: str
    value: Value | None
    options: Mapping[str, object] = MappingProxyType({})


class Form(NamedTuple):
    """One way to write a value: a regular expression, and checks on the whole of its text."""

    pattern: str
    checks: tuple[Check, ...] = ()


def any_of(forms: Iterable[Form]) -> str:
    """The regular expression of all texts that have one of the forms, checks aside."""
    patterns = [form.pattern for form in forms]
    return patterns[0] if len(patterns) == 1 else f"(?:{'|'.join(patterns)})"


class FieldType(BaseModel):
    """One kind of field. Options are pydantic fields; class variables describe the type.

    ``pattern`` is a regular expression (the subset that has a finite automaton: no look-around,
    no back-references) over folded text: NFKC, half-width, Latin letters in their own case.
    None means free text. ``ignores`` are symbols that may be printed anywhere in the value
    without meaning, such as the blanks between groups of digits; they are dropped in decoding.
    ``language_model`` is the one that free text is read with unless a template names another;
    ``recognizer`` the model that looks first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value_type: ClassVar[type]
    examples: ClassVar[tuple[Example, ...]]
    rejects: ClassVar[tuple[str, ...]]
    ignores: ClassVar[str] = " "
    language_model: ClassVar[str | None] = None
    recognizer: ClassVar[str] = GENERAL_MODEL

    @property
    def gives(self) -> type:
        """The type of this field's values, where options change it; else ``value_type``."""
        return self.value_type

    @property
    @abstractmethod
    def pattern(self) -> str | None:
        """The regular expression of all texts this type accepts, or None for free text."""

    @property
    def forms(self) -> tuple[Form, ...]:
        """The pattern as forms with checks, which decoding keeps to; none for free text."""
        return () if self.pattern is None else (Form(self.pattern),)

    @property
    def words(self) -> str:
        """The part of the pattern that is the template's own; by default none is.

        ``recognizer`` can write what the type itself allows, but it may lack the template's words.
        """
        return ""

    @abstractmethod
    def parse(self, text: str) -> Value | None:
        """Turn a text into its value (None: the form says there is none).

        Raises InvalidValue naming the failed check. Every text ``parse`` accepts after
        folding matches ``pattern`` and has one of ``forms``; ``parse`` may refuse more.
        """


class FormedType(FieldType):
    """A field type that says its ``forms``; the pattern is that of any of them."""

    @property
    @override
    def pattern(self) -> str:
        return any_of(self.forms)

    @property
    @abstractmethod
    @override
    def forms(self) -> tuple[Form, ...]:
        """The ways to write the value, with checks, which decoding keeps to."""


@runtime_checkable
class ReadsPicture(Protocol):
    """A field type whose text comes from the crop's picture, not from a line of print."""

    def read_image(self, image: Image) -> str | None:
        """The text found in a BGR picture, or None."""
        ...


@runtime_checkable
class KeepsPicture(ReadsPicture, Protocol):
    """A field type whose readings hold the crop; ``margin`` is cut around the box, of its size."""

    margin: ClassVar[float]


@runtime_checkable
class ReadsMarks(Protocol):
    """A field type that is told by which boxes are ticked, against the blank form."""

    @property
    def boxes(self) -> Mapping[str, BoxU]:
        """The boxes by name, in template units; none when it is the field's own box."""
        ...

    def text_of(self, ticked: Sequence[str]) -> str:
        """The text for ``parse`` when these boxes are ticked and no others.

        The field's own box has the name "".
        """
        ...


@runtime_checkable
class ReadsArea(ReadsMarks, Protocol):
    """A field type of marks that are small in their boxes, and of one colour or any."""

    @property
    def ink(self) -> Literal["any", "red"]:
        """The ink that counts."""
        ...


@runtime_checkable
class ReadsTable(Protocol):
    """A field type of rows and columns, whose cells are print."""

    @property
    def columns(self) -> Mapping[str, TableColumn]:
        """The columns by name, from the left."""
        ...

    @property
    def row_attributes(self) -> tuple[Attribute, ...]:
        """What a row's model is made from."""
        ...


def is_print(kind: FieldType) -> bool:
    """True when a field's text is a line of print, for a recognizer to read."""
    return not isinstance(kind, ReadsPicture | ReadsMarks | ReadsTable)


field_types: Registry[type[FieldType]] = Registry(
    "field type", "docextract.fields", "docextract.fields"
)


def is_told_by_marks(type_name: str) -> bool:
    """True for a field type, by its name, that compares its boxes with the blank form."""
    return type_name in field_types.names() and hasattr(field_types.get(type_name), "text_of")


def type_name(kind: FieldType) -> str:
    """The name that a field's type is registered under; its class's name if it is not."""
    names = (name for name, registered in field_types if registered is type(kind))
    return next(names, type(kind).__name__)
