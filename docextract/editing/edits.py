"""What an editor does to a template: fields, their boxes, types and options, and rules.

Each function gives the changed text, and raises EditError where the text has to be changed by hand.
"""

from __future__ import annotations

import ast

from docextract.editing.error import EditError
from docextract.editing.naming import renamed_beside
from docextract.editing.outline import FieldOutline, Outline, outline
from docextract.editing.splice import remove, rename_key, set_value
from docextract.errors import did_you_mean
from docextract.fields import field_types, takes_boxes
from docextract.template import Box
from docextract.template.document import DocumentError, Loc
from docextract.template.field import COMMON_KEYS

_FIRST_BOX = "a"  # of a choice that was another type


def add_field(text: str, name: str, kind: str, box: Box) -> str:
    """A new field at the end, its box in whole units."""
    if name in read_outline(text).fields:
        raise EditError(f"fields: there is another {name!r}. Choose another name")
    placed = {"boxes": {_FIRST_BOX: whole(box)}} if takes_boxes(kind) else {"box": whole(box)}
    return set_value(text, ("fields", name), {"type": kind, **placed})


def remove_field(text: str, name: str) -> str:
    """Without a field, and its boxes in all layouts; rules about it stay, and are mistakes then."""
    found = read_outline(text)
    for number, layout in enumerate(found.layouts):
        for box in reversed([box for box in layout.boxes if box.split(".")[0] == name]):
            text = remove(text, ("layouts", number, "boxes", box))
    return remove(text, ("fields", name))


def rename_field(text: str, name: str, new: str) -> str:
    """With a field called otherwise, also in layouts and rules."""
    found = read_outline(text)
    text = rename_key(text, ("fields", name), new)
    for number, layout in enumerate(found.layouts):
        for box in layout.boxes:
            first, dot, part = box.partition(".")
            if first == name:
                text = rename_key(text, ("layouts", number, "boxes", box), f"{new}{dot}{part}")
    for number, rule in enumerate(found.rules):
        changed = rule_renamed(rule.condition, name, new)
        if changed != rule.condition:
            text = set_rule(text, number, changed)
    return text


def rename_template(text: str, new: str) -> str:
    """With the template called otherwise, and references that bear its name called by the new."""
    found = read_outline(text)
    text = set_value(text, ("name",), new)
    for number, layout in enumerate(found.layouts):
        if layout.reference:
            place: Loc = ("layouts", number, "reference")
            text = set_value(text, place, renamed_beside(layout.reference, found.name, new))
    return text


def set_box(text: str, layout: int, name: str, box: Box) -> str:
    """With a box, FIELD or FIELD.BOX, moved in a layout, by number; in whole units.

    What stands at the same place in all layouts moves in all.
    """
    found = read_outline(text)
    if layout < len(found.layouts) and name in found.layouts[layout].boxes:
        return set_value(text, ("layouts", layout, "boxes", name), whole(box))
    field, dot, part = name.partition(".")
    _field(found, field)
    place: Loc = ("fields", field, "boxes", part) if dot else ("fields", field, "box")
    return set_value(text, place, whole(box))


def remove_box(text: str, name: str) -> str:
    """Without a box: of a choice FIELD.BOX, else the whole field."""
    field, dot, part = name.partition(".")
    kept = _field(read_outline(text), field).boxes
    if not dot or len(kept) < 2:
        return remove_field(text, field)
    return remove(text, ("fields", field, "boxes", part))


def set_type(text: str, name: str, kind: str) -> str:
    """With a field of another type, without the options that the new type has not."""
    field = _field(read_outline(text), name)
    if kind not in field_types.names():
        raise EditError(f"unknown field type {kind!r}. {did_you_mean(kind, field_types.names())}")
    text = set_value(text, ("fields", name, "type"), kind)
    known = COMMON_KEYS | field_types.get(kind).model_fields.keys() - {"kind"}
    for key in reversed([key for key in field.values if key not in known and key != "boxes"]):
        text = remove(text, ("fields", name, key))
    several = "boxes" in field.values
    if several and not takes_boxes(kind):
        around = Box.around(field.boxes.values()) if field.boxes else Box(0, 0, 1, 1)
        text = remove(text, ("fields", name, "boxes"))
        text = set_value(text, ("fields", name, "box"), whole(around))
    elif takes_boxes(kind) and not several and field.boxes:
        text = set_value(text, ("fields", name, "boxes"), {_FIRST_BOX: whole(field.boxes[name])})
        text = remove(text, ("fields", name, "box"))
    return text


def set_option(text: str, name: str, key: str, value: object) -> str:
    """With one key of a field; None takes the key away."""
    field = _field(read_outline(text), name)
    if value is not None:
        return set_value(text, ("fields", name, key), value)
    return remove(text, ("fields", name, key)) if key in field.values else text


def add_rule(text: str, rule: str) -> str:
    """With one more rule."""
    return set_value(text, ("rules", len(read_outline(text).rules)), rule)


def set_rule(text: str, number: int, rule: str) -> str:
    """With another condition in a rule, by number; what it says stays."""
    rules = read_outline(text).rules
    if number >= len(rules):
        raise EditError(f"rules[{number}]: there are {len(rules)} rules")
    place: Loc = ("rules", number, "rule") if rules[number].is_keyed else ("rules", number)
    return set_value(text, place, rule)


def remove_rule(text: str, number: int) -> str:
    """Without a rule, by number; the last one takes the key along."""
    last = len(read_outline(text).rules) == 1
    return remove(text, ("rules",) if last else ("rules", number))


def rule_renamed(rule: str, name: str, new: str) -> str:
    """A rule with a field called otherwise; one that is no expression stays as it is.

    >>> rule_renamed("total == amount + (tax or 0)", "tax", "vat")
    'total == amount + (vat or 0)'
    """
    try:
        tree = ast.parse(rule.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return rule
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    named = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == name and id(node) not in called
    ]
    coded = rule.strip().encode()
    for node in sorted(named, key=lambda node: -node.col_offset):
        coded = coded[: node.col_offset] + new.encode() + coded[node.end_col_offset :]
    return coded.decode()


def whole(box: Box) -> list[int]:
    """A box in whole units that is at least one unit wide and high, as templates write it."""
    left, top = round(box.x), round(box.y)
    right, bottom = round(box.x + box.width), round(box.y + box.height)
    return [left, top, max(1, right - left), max(1, bottom - top)]


def free_name(found: Outline) -> str:
    """A name for a new field that no other has."""
    number = len(found.fields) + 1
    while f"field_{number}" in found.fields:
        number += 1
    return f"field_{number}"


def read_outline(text: str) -> Outline:
    """A text's outline; EditError when it is no YAML mapping, and so cannot be edited in parts."""
    try:
        return outline(text)
    except DocumentError as error:
        raise EditError(f"{error}. Correct the text by hand first") from None


def _field(found: Outline, name: str) -> FieldOutline:
    if name not in found.fields:
        raise EditError(f"fields: there is no {name!r}. {did_you_mean(name, found.fields)}")
    return found.fields[name]
