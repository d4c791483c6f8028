"""What a person may say of a field, checked by the field's type."""

from __future__ import annotations

from docextract.errors import InvalidValue, UsageError
from docextract.fields import FieldType, type_name
from docextract.store import Answer
from docextract.template import Field

NOT_PRINTED, UNREADABLE = Answer("not_printed"), Answer("unreadable")


class WrongAnswer(UsageError):
    """A text that is no value of the field's type; says why, and how one looks."""

    def __init__(self, field: Field, error: InvalidValue) -> None:
        self.check = error.check
        like = example_of(field.kind)
        shown = f", such as {like}" if like else ""
        super().__init__(
            f"{field.name}: {error}. Write a value of type {type_name(field.kind)}{shown}; "
            "or say that it is not printed, or unreadable"
        )


def example_of(kind: FieldType) -> str:
    """A text that a field type reads; "" where it depends on the options."""
    return next((e.text for e in kind.examples if e.text and not e.options), "")


def check_answer(field: Field, text: str) -> Answer:
    """The answer that a field's value is printed as ``text``; raises WrongAnswer if it cannot."""
    text = text.strip()
    try:
        field.kind.parse(text)
    except InvalidValue as error:
        raise WrongAnswer(field, error) from None
    return Answer("value", text)
