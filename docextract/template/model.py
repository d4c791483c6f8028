"""A template as a frozen pydantic model that checks itself; its fields are in ``field.py``.

Lengths are in template units: the template's own page size defines them, and any scan maps
onto them. Checks that need a neighbour (the page's size, the fields' names, the folder) run
inside each part, through ``Surroundings``, so that one pass finds every mistake of a file.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sized
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    FiniteFloat,
    StrictInt,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic import Field as Constraint
from pydantic_core import InitErrorDetails, PydanticCustomError

from docextract.errors import UnknownName, did_you_mean
from docextract.fields import (
    TableColumn,
    takes_boxes,
)
from docextract.fields.table import Table
from docextract.rules import Rule, RuleError, compile_rule, parse_rule
from docextract.template.box import (
    Box,
    PageSize,
    Surroundings,
    check_inside,
    find_beside,
)
from docextract.template.field import COMMON_KEYS, Field, kind_boxes
from docextract.template.layout import Anchor, Layout, Register
from docextract.template.part import Name, Part
from docextract.template.place import Block
from docextract.types import Direction, Vote

_FEWEST_ROWS = 2  # a single row could be any line of text

Parts = TypeVar("Parts", bound=Sized)
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
