"""A template and its fields as frozen pydantic models that check themselves.

Lengths are in template units: the template's own page size defines them, and any scan maps
onto them. Checks that need a neighbour (the page's size, the fields' names, the folder) run
inside each part, through ``Surroundings``, so that one pass finds every mistake of a file.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sized
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FiniteFloat,
    SerializeAsAny,
    StrictInt,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic import Field as Constraint
from pydantic_core import InitErrorDetails, PydanticCustomError

from docextract.errors import UnknownName, did_you_mean
from docextract.fields import (
    FieldType,
    ReadsMarks,
    TableColumn,
    is_print,
    make_kind,
    takes_boxes,
)
from docextract.fields.table import Table
from docextract.rules import Rule, RuleError, compile_rule, parse_rule
from docextract.template.box import (
    Box,
    PageSize,
    PlacedBox,
    Surroundings,
    check_inside,
    find_beside,
)
from docextract.template.confusions import Confusions
from docextract.template.layout import Anchor, Layout, Register
from docextract.template.part import Name, Part, Regex, as_tuple
from docextract.template.place import Block, Place
from docextract.types import Direction, Vote

_FEWEST_ROWS = 2  # a single row could be any line of text


Parts = TypeVar("Parts", bound=Sized)
Where = TypeVar("Where", Place | None, tuple[str, ...])
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


def _check_field_name(name: str) -> str:
    if not name.isidentifier() or name.startswith("_"):
        raise ValueError("A field's name is a Python name: letters, digits and _, a letter first")
    if hasattr(BaseModel, name):
        raise ValueError(f"The name is taken in every record. Use another, such as '{name}_'")
    return name


def _check_version(version: int) -> int:
    if version != 1:
        raise ValueError("This docextract reads format 1. Write 1, or use another docextract")
    return version


FormatVersion = Annotated[
    StrictInt, AfterValidator(_check_version), Constraint(json_schema_extra={"const": 1})
]


class Accept(Part):
    """When a record is accepted without a person looking at it."""

    confidence: Annotated[FiniteFloat, Constraint(ge=0, le=1)] = 0.9
    """The lowest calibrated probability (0 to 1) at which a field's value is accepted."""
    error_rate: Annotated[FiniteFloat, Constraint(gt=0, lt=1)] | None = None
    """Instead of a confidence: the share of accepted values that may be wrong, such as 0.001."""

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if self.error_rate is not None and "confidence" in self.model_fields_set:
            raise ValueError("Give either a confidence or an error_rate. Drop one")
        return self


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


class RuleLine(Part):
    """A condition across fields, and what to call it."""

    model_config = ConfigDict(
        json_schema_extra=lambda schema: schema.update(
            {"type": ["string", "object"]},  # the text alone will do
        )
    )

    rule: Name
    """A condition such as total == amount + (tax or 0)."""
    says: str = ""
    """What the failed check is called; the rule's text when empty."""

    @model_validator(mode="before")
    @classmethod
    def _unfold(cls, written: object) -> object:
        return {"rule": written} if isinstance(written, str) else written


def _check_rules(rules: tuple[RuleLine, ...], info: ValidationInfo) -> tuple[RuleLine, ...]:
    fields = info.data.get("fields")
    mistakes: list[InitErrorDetails] = []
    for index, line in enumerate(rules):
        try:
            if fields is not None:
                compile_rule(line.rule, fields)
            elif isinstance(info.context, Surroundings):  # fields are broken; check the rest
                parse_rule(line.rule, info.context.field_names)
        except RuleError as e:
            error = PydanticCustomError("rule", "{cure}", {"cure": str(e)})
            mistakes.append(InitErrorDetails(type=error, loc=(index, "rule"), input=line.rule))
    if mistakes:
        raise ValidationError.from_exception_data("rules", mistakes)
    return rules


COMMON_KEYS = frozenset(Field.model_fields) - {"name", "kind"} | {"type"}


def _check_some(parts: Parts) -> Parts:
    if not parts:
        raise ValueError("Write at least one")
    return parts


_AT_LEAST_ONE = AfterValidator(_check_some)  # min_length would also complain of broken parts

# ``register`` is an attribute of the metaclass (ABCMeta) only: nothing of the model is hidden.
warnings.filterwarnings("ignore", message='Field name "register" in "Template" shadows')


class Template(Part):
    """Everything one YAML file says about a form."""

    path: Path
    """The YAML file."""
    docextract: FormatVersion
    """The version of this file format: 1."""
    name: Identifier
    """The template's name, that of its file: small letters, digits and _."""
    title: str = ""
    """The form's name for people."""
    page: PageSize
    """The form's size, as {width: ..., height: ...}."""
    layouts: Annotated[
        tuple[Layout, ...], _AT_LEAST_ONE, Constraint(json_schema_extra={"minItems": 1})
    ]
    """The printings of the form, at least one: [{name: a, reference: a.png}]."""
    register: Register = Register()
    """How the form is found in a picture."""
    split: bool = False
    """True when a picture may bear several documents, such as receipts that were scanned together:
    each is a record of its own."""
    blocks: dict[Identifier, Block] = Constraint(default_factory=dict)
    """Groups of values that a printer writes in one go, so that they drift together, by name."""
    fields: Annotated[dict[Annotated[str, AfterValidator(_check_field_name)], Field], _AT_LEAST_ONE]
    """The values to read, by name, at least one."""
    rules: Annotated[tuple[RuleLine, ...], AfterValidator(_check_rules)] = ()
    """Conditions across fields; they choose among likely readings and flag the rest."""
    accept: Accept = Accept()
    """When a record is accepted without a person looking at it."""
    calibration: Annotated[Path | None, AfterValidator(find_beside)] = None
    """What confidences are worth on this form: a file beside this one, by docextract calibrate."""
    recognizer: Name | None = None
    """The recognizer of all fields that name none; when absent, the one their type is read with."""
    vote: Vote | None = None
    """Whether further recognizers look where the first is unsure (true), always, or never (false).
    When absent, the general model looks where a field type's own is unsure."""

    def splitting(self) -> Self:
        """The template for pictures that may bear several documents."""
        return self.model_copy(update={"split": True})

    def model_of(self, field: Field) -> str | None:
        """The recognizer that is named for a field, by itself or by the template."""
        return field.recognizer or self.recognizer

    def layout(self, name: str) -> Layout:
        """The layout of that name; UnknownName when there is none."""
        for layout in self.layouts:
            if layout.name == name:
                return layout
        raise UnknownName("layout", name, (layout.name for layout in self.layouts))

    @property
    def by_rows(self) -> bool:
        """True when the form is found by long rows of print."""
        return all(len(layout.rows) >= _FEWEST_ROWS for layout in self.layouts)

    def anchors(self, layout: str) -> tuple[Anchor, ...]:
        """The anchors that place ``layout``; UnknownName when there is none of that name."""
        return self.layout(layout).anchors or self.register.anchors

    def box(self, field: str, layout: str) -> Box:
        """Where ``field`` stands in ``layout``, in template units; UnknownName for either."""
        if field not in self.fields:
            raise UnknownName("field", field, self.fields)
        boxes = self.boxes(field, layout)
        return boxes[field] if field in boxes else Box.around(boxes.values())

    def boxes(self, field: str, layout: str) -> dict[str, Box]:
        """The box of ``field`` by its name; or, of a choice, each box as FIELD.BOX."""
        spec, moved = self.fields[field], self.layout(layout).boxes
        several = {f"{field}.{name}": box for name, box in kind_boxes(spec.kind).items()}
        return {name: moved.get(name, box) for name, box in (several or {field: spec.box}).items()}

    def block_direction(self, block: str) -> Direction:
        """Which way the fields of a block are read; all of them the same."""
        placed = (f for f in self.fields.values() if f.place and f.place.block == block)
        return next((field.direction for field in placed), "right")

    def fields_on(self, layout: str) -> tuple[Field, ...]:
        """The fields that are on a layout; one that continues has only those it gives boxes of."""
        found = self.layout(layout)
        named = {name.split(".")[0] for name in found.boxes}
        fields = self.fields.values()
        return tuple(f for f in fields if not found.continues or f.name in named)

    def columns(self, field: str, layout: str) -> dict[str, Box]:
        """The box of each column of a table; a layout that moves the table's box moves them."""
        kind, whole, box = self._table(field), self.fields[field].box, self.box(field, layout)
        scale = box.width / whole.width
        return {
            name: box._replace(
                x=box.x + (column.x[0] - whole.x) * scale,
                width=(column.x[1] - column.x[0]) * scale,
            )
            for name, column in kind.columns.items()
        }

    def column_fields(self, field: str) -> dict[str, Field]:
        """The columns of a table as fields, called FIELD.COLUMN."""
        return {
            f"{field}.{name}": _as_field(f"{field}.{name}", column, self.fields[field].box)
            for name, column in self._table(field).columns.items()
        }

    def _table(self, field: str) -> Table:
        kind = self.fields[field].kind
        if not isinstance(kind, Table):
            raise UnknownName(
                "table", field, (n for n, f in self.fields.items() if isinstance(f.kind, Table))
            )
        return kind

    @field_validator("name")
    @classmethod
    def _is_file_name(cls, name: str, info: ValidationInfo) -> str:
        path = info.data.get("path")
        if path is not None and path.stem != name:
            raise ValueError(f"It should be the file's name, {path.stem!r}; or rename the file")
        return name

    @field_validator("layouts")
    @classmethod
    def _are_unique(cls, layouts: tuple[Layout, ...]) -> tuple[Layout, ...]:
        names = [layout.name for layout in layouts]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"Two layouts are called {twice[0]!r}. Rename one")
        return layouts

    @field_validator("fields", mode="before")
    @classmethod
    def _unflatten(cls, fields: object) -> object:
        if not isinstance(fields, Mapping):
            return fields
        return {name: _nest(name, flat) for name, flat in fields.items()}

    def compiled_rules(self) -> list[Rule]:
        """The rules, ready to be asked."""
        return [compile_rule(line.rule, self.fields, says=line.says) for line in self.rules]

    @model_validator(mode="after")
    def _check_places(self) -> Self:
        """Hold templates made in code, which have no Surroundings, to the same rules."""
        for box in self._boxes():
            check_inside(box, self.page)
        if any(layout.rows for layout in self.layouts) and not self.by_rows:
            raise ValueError("Some layouts have rows. Give every layout its rows, at least two")
        if self.by_rows and any(self.anchors(layout.name) for layout in self.layouts):
            raise ValueError("Rows place a form alone. Take out its anchors, or its rows")
        for field in self.fields.values():
            for column in self.column_fields(field.name).values() if _is_table(field) else ():
                if column.box.x < field.box.x or _right(column.box) > _right(field.box):
                    raise ValueError(f"{column.name} lies beyond its table's box. Correct its x")
            block = field.place and field.place.block
            if block and block not in self.blocks:
                hint = did_you_mean(block, self.blocks) if self.blocks else "Add it to blocks"
                raise ValueError(f"{field.name} is placed in block {block!r}. {hint}")
            if block and self.block_direction(block) != field.direction:
                raise ValueError(
                    f"{field.name} is read {field.direction}, and others of block {block!r} are "
                    "not. Give it a block of its own"
                )
            if field.place and field.place.rows and not self.by_rows:
                raise ValueError(f"{field.name} is placed on rows. Give every layout its rows")
        first = self.layouts[0].name
        known = {name for field in self.fields for name in self.boxes(field, first)}
        for name in (name for layout in self.layouts for name in layout.boxes):
            if name not in known:
                raise ValueError(f"layouts place {name!r}. {did_you_mean(name, known)}")
        return self

    def _boxes(self) -> Iterator[Box]:
        for layout in self.layouts:
            for field in self.fields:
                yield from self.boxes(field, layout.name).values()
        yield from (anchor.box for anchor in self.register.anchors)
        yield from (anchor.box for layout in self.layouts for anchor in layout.anchors)
        yield from (words.box for words in self.register.told_by)
        yield from (words.box for layout in self.layouts for words in layout.told_by)
        yield from (row.box for layout in self.layouts for row in layout.rows)


def _is_table(field: Field) -> bool:
    return isinstance(field.kind, Table)


def _right(box: Box) -> float:
    return box.x + box.width


def _as_field(name: str, column: TableColumn, table: Box) -> Field:
    return Field(
        name=name,
        kind=column.kind,
        box=table._replace(x=column.x[0], width=column.x[1] - column.x[0]),
        nullable=column.nullable,
        title=column.title,
        prefix=column.prefix,
        suffix=column.suffix,
        lexicon=column.lexicon,
        lexicon_mode=column.lexicon_mode,
    )


def _nest(name: object, flat: object) -> object:
    """Turn a field as written, options beside common keys, into what Field takes."""
    if not isinstance(flat, Mapping):
        return flat
    several = takes_boxes(flat.get("type"))
    keys = COMMON_KEYS - {"type", "box"} if several else COMMON_KEYS - {"type"}
    common = {key: value for key, value in flat.items() if key in keys}
    kind = {key: value for key, value in flat.items() if key not in common}
    return {"name": name, "kind": kind, **common, **({"box": None} if several else {})}
