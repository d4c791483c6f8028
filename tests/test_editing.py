"""Edits of a template's text: what was meant is changed, and nothing else."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docextract.editing import (
    EditError,
    add_field,
    add_rule,
    outline,
    remove_box,
    remove_field,
    remove_rule,
    rename_field,
    rename_template,
    set_box,
    set_option,
    set_rule,
    set_type,
)
from docextract.editing.splice import remove, rename_key, set_value
from docextract.fields import field_types, takes_boxes
from docextract.template import Box, load_template
from docextract.template.document import parse_document
from docextract.template.written import quoted, written

SHIPPED = {path.stem: path.read_text("utf-8") for path in sorted(Path("templates").glob("*.yaml"))}
FIELDS = [(name, field) for name, text in SHIPPED.items() for field in outline(text).fields]


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that are gone, and those that are new."""
    lines = list(difflib.ndiff(before.splitlines(True), after.splitlines(True)))
    return [x[2:] for x in lines if x[0] == "-"], [x[2:] for x in lines if x[0] == "+"]


def data(text: str) -> dict[str, object]:
    return parse_document(text.encode()).data


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


@given(JSON)
def test_what_is_written_is_read_again(value: object) -> None:
    """Also every text that YAML would take for something else."""
    assert data(f"a: {written(value)}")["a"] == value
    assert data(f"a: {quoted(str(value))}")["a"] == str(value)


@given(st.sampled_from(FIELDS))
@settings(deadline=None, max_examples=6)
def test_setting_what_is_there_changes_no_byte(where: tuple[str, str]) -> None:
    name, field = where
    text = SHIPPED[name]
    found = outline(text)
    try:
        assert set_type(text, field, found.fields[field].type) == text
        for part, box in found.fields[field].boxes.items():
            assert set_box(text, 0, part, found.boxes(0).get(part, box)) == text
        for key, value in found.fields[field].values.items():
            after = set_option(text, field, key, value)
            assert data(after) == data(text)
            assert comments(after) == comments(text)
    except EditError as error:
        assert "anchor" in str(error)  # noqa: PT017


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_no_byte_changes_where_nothing_does(name: str) -> None:
    assert rename_template(SHIPPED[name], name) == SHIPPED[name]


@given(st.sampled_from(FIELDS), st.tuples(*[st.integers(1, 300)] * 4))
@settings(deadline=None, max_examples=6)
def test_a_box_changes_its_own_line_only(where: tuple[str, str], box: tuple[int, ...]) -> None:
    name, field = where
    text = SHIPPED[name]
    found = outline(text)
    for number in range(len(found.layouts)):
        for part in found.boxes(number).keys() & found.fields[field].boxes.keys():
            try:
                moved = set_box(text, number, part, Box(*box))
            except EditError as error:
                assert "anchor" in str(error)  # noqa: PT017
                assert "&zone" in text
                continue
            gone, new = changed_lines(text, moved)
            assert len(gone) == len(new) <= 1
            assert outline(moved).boxes(number)[part] == box


@given(st.sampled_from(FIELDS), st.sampled_from(field_types.names()))
@settings(deadline=None, max_examples=6)
def test_any_type_may_be_chosen_and_leaves_other_fields_alone(
    where: tuple[str, str], kind: str
) -> None:
    name, field = where
    text = SHIPPED[name]
    try:
        after = set_type(text, field, kind)
    except EditError as error:
        assert "anchor" in str(error)  # noqa: PT017
        return
    before, found = outline(text), outline(after)
    assert found.fields[field].type == kind
    assert ("boxes" in found.fields[field].values) == takes_boxes(kind)
    assert {**found.fields, field: None} == {**before.fields, field: None}
    assert found.layouts == before.layouts
    assert comments(after) == comments(text)


def comments(text: str) -> list[str]:
    return [line.split("# ", 1)[1] for line in text.splitlines() if "# " in line]


@given(st.sampled_from(FIELDS))
@settings(deadline=None, max_examples=6)
def test_fields_are_renamed_everywhere_and_removed_with_their_boxes(
    where: tuple[str, str],
) -> None:
    name, field = where
    text = SHIPPED[name]
    renamed = rename_field(text, field, "renamed_by_test")
    fields = load_template(name).fields
    assert list(outline(renamed).fields) == [
        "renamed_by_test" if one == field else one for one in fields
    ]
    assert comments(renamed) == comments(text)
    assert rename_field(renamed, "renamed_by_test", field) == text
    try:
        without = remove_field(text, field)
    except EditError as error:
        assert "anchor" in str(error)  # noqa: PT017
        return
    gone, new = changed_lines(text, without)
    assert all(field in line or line.startswith("    ") for line in gone)
    assert not new
    assert field not in outline(without).fields


@given(st.sampled_from(sorted(SHIPPED)), st.tuples(*[st.integers(1, 300)] * 4), st.text(max_size=9))
@settings(deadline=None, max_examples=6)
def test_what_was_added_can_be_taken_away_again(
    name: str, box: tuple[int, ...], title: str
) -> None:
    text = SHIPPED[name]
    added = add_field(text, "new_one", "digits", Box(*box))
    titled = set_option(added, "new_one", "title", title)
    assert outline(titled).fields["new_one"].title == title
    gone, new = changed_lines(text, titled)
    assert (len(gone), len(new)) == (0, 1)
    assert set_option(titled, "new_one", "title", None) == added
    assert remove_field(added, "new_one") == text
    rules = outline(text).rules
    ruled = add_rule(text, "len(new_one) > 3")
    assert [r.condition for r in outline(ruled).rules][-1] == "len(new_one) > 3"
    assert changed_lines(text, ruled)[0] == []
    assert remove_rule(ruled, len(rules)) == text


HAND = """\
# mine
docextract: 1
name: hand   # of the file
page: {width: 100,   height: 50}
layouts:
- name: a
  reference: hand.png  # blank
fields: {}   # none yet
rules:
- total > 0  # always
- {rule: tax < total, says: "the tax is a part: always"}
"""


def test_a_form_is_drawn_from_nothing_and_kept_readable() -> None:
    text = add_field(HAND, "total", "amount", Box(1.4, 2, 30, 9.6))
    text = add_field(text, "tax", "amount", Box(1, 20, 30, 10))
    text = set_option(text, "tax", "nullable", True)
    text = set_option(text, "tax", "prefix", "税额[:：]?")
    text = set_rule(text, 1, "tax <= total")
    text = rename_field(text, "tax", "vat")
    text = rename_template(text, "drawn")
    assert text == (
        HAND.replace("name: hand ", "name: drawn ")
        .replace("hand.png", "drawn.png")
        .replace(
            "fields: {}   # none yet",
            "fields:   # none yet\n"
            "  total: {type: amount, box: [1, 2, 30, 10]}\n"
            '  vat: {type: amount, box: [1, 20, 30, 10], nullable: true, prefix: "税额[:：]?"}',
        )
        .replace("tax < total", "vat <= total")
    )


def test_a_choice_gains_and_loses_boxes() -> None:
    text = set_type(add_field(HAND, "sex", "digits", Box(1, 2, 3, 4)), "sex", "choice")
    assert data(text)["fields"] == {"sex": {"type": "choice", "boxes": {"a": [1, 2, 3, 4]}}}
    text = set_value(text, ("fields", "sex", "boxes", "b"), [9, 2, 3, 4])
    text = set_box(text, 0, "sex.b", Box(10, 2, 3, 4))
    assert outline(text).boxes(0) == {"sex.a": Box(1, 2, 3, 4), "sex.b": Box(10, 2, 3, 4)}
    assert data(set_type(text, "sex", "present"))["fields"] == {
        "sex": {"type": "present", "box": [1, 2, 12, 4]}
    }
    text = remove_box(text, "sex.a")
    assert outline(text).boxes(0) == {"sex.b": Box(10, 2, 3, 4)}
    assert data(remove_box(text, "sex.b"))["fields"] == {}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n# end\n"])
def test_lines_end_as_they_did(newline: str, end: str) -> None:
    text = (HAND.rstrip() + end).replace("\n", newline)
    added = add_rule(text, "total < 9")
    assert added.count("\n") == text.count("\n") + 1
    assert added.count("\r") == (added.count("\n") if newline == "\r\n" else 0)
    assert remove_rule(added, 2).rstrip() == text.rstrip()


def test_what_others_use_by_an_anchor_is_left_to_the_author() -> None:
    with pytest.raises(EditError, match=r"fields\.format\.box: .*anchor.*by hand"):
        set_box(SHIPPED["mrz"], 0, "format", Box(1, 2, 3, 4))
    moved = set_box(SHIPPED["mrz"], 0, "surname", Box(1, 2, 3, 4))
    assert changed_lines(SHIPPED["mrz"], moved)[1] == [
        "  surname: {type: mrz, part: surname, box: [1, 2, 3, 4], place: *rows}\n"
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [("a: [1", "line 1.*by hand"), ("", "empty"), ("- 1", "at the top"), ("a: 1\na: 2", "again")],
)
def test_a_broken_text_says_where(text: str, says: str) -> None:
    with pytest.raises(EditError, match=says):
        set_value(text, ("a",), 1)


def test_wrong_places_are_told() -> None:
    for wrong in (
        lambda: remove(HAND, ("fields", "no")),
        lambda: rename_key(HAND, ("layouts", 3, "name"), "x"),
        lambda: set_rule(HAND, 7, "a > b"),
        lambda: set_value(HAND, ("rules", 9), "a > b"),
        lambda: set_type(SHIPPED["invoice"], "total", "amont"),
        lambda: set_option(SHIPPED["invoice"], "totl", "title", "x"),
        lambda: rename_field(SHIPPED["invoice"], "total", "tax"),
        lambda: add_field(SHIPPED["invoice"], "total", "digits", Box(1, 2, 3, 4)),
    ):
        with pytest.raises(EditError):
            wrong()


KEYS = st.sampled_from(["a", "b", "c d", "no", "1"])
PARTS = st.recursive(
    st.sampled_from([1, True, None, "x", "no", "a: b", "# c", "", "1e3"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def block(value: object, indent: int = 0) -> str:
    """A value in the block style, with comments between."""
    blanks = " " * indent
    if isinstance(value, dict) and value:
        lines = [f"{blanks}{written(k)}:{block(v, indent + 2)}" for k, v in value.items()]
        return f"  # in {indent}\n" + f"\n{blanks}# between\n".join(lines)
    if isinstance(value, list) and value:
        return "\n" + "\n".join(f"{blanks}-{block(v, indent + 2)}" for v in value)
    return f" {written(value)}  # after"


@given(st.dictionaries(KEYS, PARTS, min_size=1, max_size=3), st.data())
@settings(deadline=None, max_examples=50)
def test_any_entry_of_any_document_can_be_changed(whole: dict[str, object], draw: object) -> None:
    """Or it is refused; what comes out is never something else, and comments stay."""
    text = block(whole).split("\n", 1)[1] + "\n"
    assert data(text) == whole
    places = list(locations(whole, ()))
    loc = draw.draw(st.sampled_from(places))  # type: ignore[attr-defined]
    value = draw.draw(PARTS)  # type: ignore[attr-defined]
    try:
        changed = set_value(text, loc, value)
    except EditError:
        return
    wanted = data(text)
    at = wanted
    for step in loc[:-1]:
        at = at[step]  # type: ignore[index,assignment]
    at[loc[-1]] = value
    assert data(changed) == wanted
    before = text.splitlines()
    kept = [line for line in changed.splitlines() if line in before]
    assert len(kept) >= len(before) - block(_at(whole, loc)).count("\n") - 1


def _at(value: object, loc: tuple[str | int, ...]) -> object:
    for step in loc:
        value = value[step]  # type: ignore[index]
    return value


def locations(value: object, loc: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[call-overload]
    found = []
    for step, one in inner:
        found.append((*loc, step))
        if isinstance(one, dict | list):
            found += locations(one, (*loc, step))
    return found
