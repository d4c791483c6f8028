"""A field of a template as a frozen pydantic model that checks itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import (
    BeforeValidator,
    SerializeAsAny,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic import Field as Constraint
from pydantic_core import InitErrorDetails, PydanticCustomError

from docextract.fields import (
    FieldType,
    ReadsMarks,
    is_print,
    make_kind,
)
from docextract.fields.table import Table
from docextract.rules import RuleError, compile_rule
from docextract.template.box import (
    Box,
    PageSize,
    PlacedBox,
    Surroundings,
    check_inside,
)
from docextract.template.confusions import Confusions
from docextract.template.part import Name, Part, Regex, as_tuple
from docextract.template.place import Place
from docextract.types import Direction, Vote

Where = TypeVar("Where", Place | None, tuple[str, ...])

_NO_BOX = Box(0, 0, 1, 1)


def kind_boxes(kind: FieldType) -> dict[str, Box]:
    """The boxes that a field type has of its own, by name: those of a choice."""
    several = kind.boxes if isinstance(kind, ReadsMarks) else {}
    return {name: Box(*box) for name, box in several.items()}


def _check_all_inside(boxes: Mapping[str, Box], page: PageSize) -> None:
    mistakes: list[InitErrorDetails] = []
    for name, box in boxes.items():
        try:
            check_inside(box, page)
        except ValueError as e:
            error = PydanticCustomError("box", "{cure}", {"cure": str(e)})
            mistakes.append(InitErrorDetails(type=error, loc=("boxes", name), input=box))
    if mistakes:
        raise ValidationError.from_exception_data("boxes", mistakes)


def _check_row_rules(kind: Table) -> None:
    mistakes: list[InitErrorDetails] = []
    for index, rule in enumerate(kind.rules):
        try:
            compile_rule(rule, kind.columns)
        except RuleError as e:
            error = PydanticCustomError("rule", "{cure}", {"cure": str(e)})
            mistakes.append(InitErrorDetails(type=error, loc=("rules", index), input=rule))
    if mistakes:
        raise ValidationError.from_exception_data("rules", mistakes)


class Field(Part):
    """One value on the form: its type with options, and where it stands."""

    name: str
    """The field's name in records."""
    kind: SerializeAsAny[FieldType]
    """The field type, holding its options."""
    box: PlacedBox
    """Where the value is printed, or a box to tick by its outline: [x, y, width, height]."""
    direction: Direction = "right"
    """Which way the print is read: right; up or down, for a line that is turned by 90 degrees; or
    vertical, for upright characters one under another. The box is as the form lies."""
    place: Place | None = None
    """How the value's line is found near the box, when print drifts against the form."""
    clean: Annotated[tuple[Literal["dots", "seal"], ...], BeforeValidator(as_tuple)] = ()
    """What may hide the print: needle dots that are apart, a red seal over it. The line is then
    read as it is, and cleaned of that, and the surer reading is kept."""
    nullable: bool = False
    """True when a record may lack this value."""
    title: str = ""
    """The name people know the field by."""
    prefix: Regex = ""
    """Regular expression of printed matter before the value, accepted and dropped."""
    suffix: Regex = ""
    """Regular expression of printed matter after the value, accepted and dropped."""
    recognizer: Name | None = None
    """The recognizer that reads this field, alone unless there is a vote; the template's when
    absent."""
    vote: Vote | None = None
    """Whether further recognizers look where the first is unsure (true), always, or never (false);
    the template's when absent."""
    lm: Name | None = None
    """The language model of free text: a shipped one's name, a folder beside the template, or none;
    the field type's own when absent."""
    lexicon: Name | None = None
    """A list of likely values: a shipped lexicon's name, or a .txt file beside the template."""
    lexicon_mode: Literal["soft", "hard"] = "soft"
    """Whether other values than the lexicon's may be read, too (soft), or none (hard)."""
    confusions: Confusions = Constraint(default_factory=dict)
    """Prices of reading one character as another, {"O as 0": -2.3}: natural logarithms of the share
    that the 0 may claim of an O's probability; 0 for all of it, null for never."""

    @field_validator("kind", mode="before")
    @classmethod
    def _make_kind(cls, kind: object) -> object:
        return make_kind(kind) if isinstance(kind, Mapping) else kind

    @field_validator("kind")
    @classmethod
    def _check_boxes(cls, kind: FieldType, info: ValidationInfo) -> FieldType:
        if isinstance(info.context, Surroundings) and info.context.page:
            _check_all_inside(kind_boxes(kind), info.context.page)
        if isinstance(kind, Table):
            _check_row_rules(kind)
        return kind

    @field_validator("box", mode="wrap")
    @classmethod
    def _go_round(
        cls, box: object, check: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> object:
        """Give a choice the box that goes round its boxes; they are checked on their own."""
        if box is not None:
            return check(box)
        kind = info.data.get("kind")
        if kind is None:
            return _NO_BOX  # the mistake in the type is told, and that is enough
        return Box.around(kind_boxes(kind).values()) if kind_boxes(kind) else check(box)

    @field_validator("lm")
    @classmethod
    def _check_lm(cls, lm: str | None, info: ValidationInfo) -> str | None:
        kind = info.data.get("kind")
        if lm is not None and kind is not None and not _is_free_text(kind):
            raise ValueError("Only free text has a language model. Drop the line")
        return lm

    @field_validator("vote")
    @classmethod
    def _check_vote(cls, vote: Vote | None, info: ValidationInfo) -> Vote | None:
        if vote is not None and _is_other(info):
            raise ValueError("A field that is not print has no vote. Drop the line")
        return vote

    @field_validator("lexicon")
    @classmethod
    def _check_lexicon(cls, lexicon: str | None, info: ValidationInfo) -> str | None:
        if lexicon is not None and _is_other(info):
            raise ValueError("A field that is not print has no lexicon. Drop the line")
        return lexicon

    @field_validator("direction")
    @classmethod
    def _check_direction(cls, direction: Direction, info: ValidationInfo) -> Direction:
        if direction != "right" and _is_other(info):
            raise ValueError("A field that is not print has no direction. Drop the line")
        return direction

    @field_validator("place")
    @classmethod
    def _check_place(cls, place: Place | None, info: ValidationInfo) -> Place | None:
        direction = info.data.get("direction", "right")
        if place is not None and direction != "right" and place.rows:
            raise ValueError("A layout's rows are read to the right. Drop the direction")
        if place is not None and direction == "vertical" and not (place.drift or place.lines):
            raise ValueError("Vertical print is found by drift or lines. Give one, or drop place")
        return place

    @field_validator("place", "clean")
    @classmethod
    def _check_line(cls, option: Where, info: ValidationInfo) -> Where:
        if option and _is_other(info):
            raise ValueError("A field that is not print has no line to find. Drop the line")
        return option

    @field_validator("confusions")
    @classmethod
    def _check_confusions(cls, confusions: Confusions, info: ValidationInfo) -> Confusions:
        kind = info.data.get("kind")
        if confusions and kind is not None and (_is_other(info) or not kind.forms):
            raise ValueError("Only a field type with a pattern has confusions. Drop the line")
        return confusions

    @field_validator("lexicon_mode")
    @classmethod
    def _check_lexicon_mode(cls, mode: str, info: ValidationInfo) -> str:
        if mode == "hard" and info.data.get("lexicon") is None:
            raise ValueError("A hard lexicon needs a name. Add lexicon, or drop this line")
        if mode == "hard" and (info.data.get("prefix") or info.data.get("suffix")):
            raise ValueError("A hard lexicon has no prefix or suffix. Use soft, or drop those")
        return mode


def _is_free_text(kind: FieldType) -> bool:
    return kind.pattern is None and is_print(kind)


def _is_other(info: ValidationInfo) -> bool:
    """True for a field that is not print."""
    kind = info.data.get("kind")
    return kind is not None and not is_print(kind)


COMMON_KEYS = frozenset(Field.model_fields) - {"name", "kind"} | {"type"}
