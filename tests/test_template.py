import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from docextract.errors import TemplateError, UnknownName
from docextract.fields import field_types
from docextract.resources import resource_dir
from docextract.template import Box, Template, load_template, template_names, template_schema
from docextract.template.field import COMMON_KEYS

GOOD = """\
docextract: 1
name: form
title: 表
page: {width: 200, height: 100}
layouts:
  - {name: a, reference: a.png}
  - {name: b, boxes: {total: [5, 5, 10.5, 10]}}
register: {methods: [features], anchors: [{text: 发票代码, box: [0, 0, 30, 10]}]}
fields:
  code: {type: digits, length: [10, 12], box: [10, 20, 30, 40], title: 代码}
  total: {type: amount, currency: CNY, box: [50, 0, 30, 40], nullable: true, prefix: "⊗?"}
accept: {confidence: 0.95}
recognizer: own
"""


ALIAS_BOMB = "a: &a [1]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "form.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / "a.png").touch()
    return path


def mistakes(folder: Path, text: str | bytes) -> tuple[str, ...]:
    with pytest.raises(TemplateError) as caught:
        load_template(write(folder, text))
    return caught.value.mistakes


def only_mistake(folder: Path, old: str, new: str) -> str:
    """The one mistake that the good template has after one change."""
    assert GOOD.count(old) == 1
    (mistake,) = mistakes(folder, GOOD.replace(old, new))
    return mistake


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = template_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(json.loads(json.dumps(schema)))


def test_everything_the_file_says_arrives(tmp_path):
    template = load_template(write(tmp_path, GOOD))
    assert template.name == "form"
    assert template.title == "表"
    assert (template.page.width, template.page.height) == (200, 100)
    assert [layout.name for layout in template.layouts] == ["a", "b"]
    assert template.layout("a").reference == tmp_path / "a.png"
    assert template.register.methods == ("features",)
    assert template.register.anchors[0].text == "发票代码"
    code, total = template.fields["code"], template.fields["total"]
    assert (code.name, code.title, code.nullable) == ("code", "代码", False)
    assert code.kind == field_types.get("digits")(length=(10, 12))
    assert total.kind == field_types.get("amount")(currency="CNY")
    assert (total.nullable, total.prefix, total.suffix, total.recognizer) == (True, "⊗?", "", None)
    assert template.accept.confidence == 0.95
    assert template.recognizer == "own"


def test_a_layout_moves_only_the_boxes_it_names(tmp_path):
    template = load_template(write(tmp_path, GOOD))
    assert template.box("total", "a") == Box(50, 0, 30, 40)
    assert template.box("total", "b") == Box(5, 5, 10.5, 10)
    assert template.box("code", "b") == Box(10, 20, 30, 40)
    with pytest.raises(UnknownName, match="Did you mean 'total'"):
        template.box("totl", "a")
    with pytest.raises(UnknownName, match="layout 'c'"):
        template.box("total", "c")


def test_templates_are_frozen(tmp_path):
    template = load_template(write(tmp_path, GOOD))
    with pytest.raises(ValueError, match="frozen"):
        template.fields["code"].nullable = True


def test_all_mistakes_of_a_file_come_at_once(tmp_path):
    text = """\
docextract: 1
name: form
titel: x
page: {width: 200, height: 100}
layouts:
  - {name: a, refrence: a.png}
  - {name: b, boxes: {totl: [0, 0, 1, 1]}}
fields:
  born: {type: dat, box: [0, 0, 30, 10]}
  total:
    type: amount
    curency: CNY
    box: [190, 0, 30, 10]
    prefix: "("
  _class: {type: text, box: [0, 0, 0, 10]}
accept: {confidence: 1.5}
"""
    found = mistakes(tmp_path, text)
    assert [m.split(" is ")[0] for m in found] == [
        "line 3: titel",
        "line 6: layouts[0].refrence",
        "line 7: layouts[1].boxes.totl",
        "line 9: fields.born.type",
        "line 12: fields.total.curency",
        "line 13: fields.total.box",
        "line 14: fields.total.prefix",
        "line 15: fields._class",
        "line 15: fields._class.box",
        "line 16: accept.confidence",
    ]
    assert found[3].startswith("line 9: fields.born.type is 'dat'. Did you mean 'date'")
    assert all(re.search(r"[.?]$", m) and "\n" not in m for m in found)


def test_the_error_names_the_file_in_every_line(tmp_path):
    path = write(tmp_path, GOOD.replace("width: 200", "width: 0").replace("0.95", "2"))
    with pytest.raises(TemplateError) as caught:
        load_template(path)
    assert [line.startswith(f"{path}: line ") for line in str(caught.value).splitlines()] == [
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "docextract: 1",
            "docextract: 2",
            "line 1: docextract is 2. This docextract reads",
        ),
        ("docextract: 1", "docextract: true", "line 1: docextract is True."),
        ("title: 表", "path: /other", "line 3: path is not a key."),
        ("title: 代码", "title: !!timestamp x", "line 10: fields.code.title has the tag"),
        ("title: 代码", "title: !!int x", "Put it in quotes"),
        ("docextract: 1\n", "", "docextract is missing. The version of this file format: 1."),
        ("name: form", "name: Form", "line 2: name is 'Form'."),
        ("name: form", "name: other", "'form'; or rename the file"),
        ("[10, 20, 30, 40]", "[10, 20, 30]", "line 10: fields.code.box is [10, 20, 30]."),
        ("[10, 20, 30, 40]", "[10, 20, 30, x]", "four numbers"),
        ("[10, 20, 30, 40]", "[10, 20, 30, true]", "four numbers"),
        ("[10, 20, 30, 40]", "[10, 20, 30, 0]", "above 0"),
        ("[10, 20, 30, 40]", "[10, 61, 30, 40]", "inside the page of 200 x 100"),
        ("[10, 20, 30, 40]", "[-1, 20, 30, 40]", "inside the page of 200 x 100"),
        ("[0, 0, 30, 10]", "[0, 0, 300, 10]", "register.anchors[0].box"),
        ("[5, 5, 10.5, 10]", "[5, 5, 10.5, 100]", "layouts[1].boxes.total"),
        ("{total: [5", "{sum: [5", "No such field."),
        ("a.png", "b.png", "No such file"),
        ("a.png", "../a.png", "Keep the file beside the template"),
        ("name: b", "name: a", "Two layouts are called 'a'"),
        ("type: digits, ", "", "fields.code.type is missing. It should be one of: "),
        ("type: digits", "type: 7", "fields.code.type is 7."),
        ("length: [10, 12]", "length: x", "line 10: fields.code.length is 'x'."),
        ("length: [10, 12]", "length: '10'", "line 10: fields.code.length is '10'."),
        ("currency: CNY", "curency: CNY", "Did you mean 'currency'"),
        ("  code:", "  _code:", "fields._code is"),
        ("  code:", "  copy:", "Use another, such as 'copy_'"),
        ("⊗?", "(", "It is not a regular expression: missing )"),
        ("box: [50, 0, 30, 40], ", "", "line 11: fields.total.box is missing."),
        ("accept: {confidence: 0.95}", "accept: {confidence: .nan}", "accept.confidence"),
        ("{confidence: 0.95}", "{confidence: 0.9, error_rate: 0.1}", "either a confidence or an"),
        ("accept: {confidence: 0.95}", "accept: {error_rate: 0}", "accept.error_rate is 0"),
        ("accept: {confidence: 0.95}", "calibration: c.yaml", "No such file"),
        ("title: 表", "title: 表\ntitle: 单", "line 4: title is given again, after line 3."),
        ("title: 代码", "title: a, title: b", "line 10: fields.code.title is given again"),
        ("title: 代码", "5: a", "line 10: fields.code: a key is not text."),
        ("title: 代码", "title: !!python/name:os.system x", "fields.code.title has the tag"),
    ],
)
def test_a_mistake_says_line_place_value_and_cure(tmp_path, old, new, says):
    mistake = only_mistake(tmp_path, old, new)
    assert says in mistake


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        (b"# only a comment\n", "empty"),
        (b"- a\n- b\n", "key: value"),
        (b"just text", "key: value"),
        (b"docextract: 1\nname: [", "line 2: column 8 is not YAML"),
        (b"a: 1\n b: 2\n", "line 2: column 3 is not YAML"),
        ("docextract: 1\ntitle: 表\n".encode("gb18030"), "line 2: a byte is not UTF-8"),
        ("docextract: 1\n".encode("utf-16"), "not UTF-8"),
        (b"a: \x00", "not YAML"),
        (b"a: 1\n---\nb: 2\n", "line 2"),
        (b"#" * 1_000_001, "over 1000000 bytes"),
        (b"a: " + b"[" * 5000, "nested too deeply"),
        (b"a: &a [*a]\n", "aliases"),
        (ALIAS_BOMB.encode(), "aliases"),
    ],
)
def test_a_file_that_is_no_template_is_refused_in_one_line(tmp_path, raw, says):
    (mistake,) = mistakes(tmp_path, raw)
    assert says in mistake


TOKENS = "a|b:| |\n|- |[|]|{|}|&a |*a|<<: |!!int |!!set |!!bool |!!binary |!x |1|.5|~|'"
YAML_LIKE = st.lists(st.sampled_from(TOKENS.split("|")), max_size=25).map("".join).map(str.encode)


@given(st.binary(max_size=60) | YAML_LIKE)
@example(b"!!int")
def test_no_file_content_raises_anything_else(tmp_path_factory, raw):
    folder = tmp_path_factory.getbasetemp()
    assert mistakes(folder, raw)


def test_a_utf8_byte_order_mark_is_no_mistake(tmp_path):
    assert load_template(write(tmp_path, b"\xef\xbb\xbf" + GOOD.encode())).title == "表"


def test_no_and_dates_are_text(tmp_path):
    text = GOOD.replace("  code:", "  no:").replace("title: 代码", "title: 2020-01-01")
    assert load_template(write(tmp_path, text)).fields["no"].title == "2020-01-01"


def test_aliases_and_merges_keep_files_short(tmp_path):
    text = GOOD.replace("{type: digits,", "&d {type: digits,").replace(
        "accept:", "  more: {<<: *d, title: 另}\naccept:"
    )
    more = load_template(write(tmp_path, text)).fields["more"]
    assert (more.kind, more.title) == (field_types.get("digits")(length=(10, 12)), "另")


def test_names_and_paths(tmp_path, monkeypatch):
    path = write(tmp_path, GOOD)
    monkeypatch.chdir(tmp_path)
    assert load_template("form.yaml") == load_template("./form.yaml")
    assert load_template(str(path)) == load_template(path)
    with pytest.raises(UnknownName, match="template 'form'"):
        load_template("form")
    with pytest.raises(TemplateError, match=r"no such file. Did you mean 'form.yaml'\?"):
        load_template("forn.yaml")
    with pytest.raises(TemplateError, match="cannot be read"):
        load_template(f"{tmp_path}/")


@pytest.mark.parametrize("name", template_names())
def test_shipped_templates_load_and_meet_the_schema(name, validator):
    template = load_template(name)
    assert template.name == name
    validator.validate(yaml.safe_load(template.path.read_text("utf-8")))


def test_template_names_are_the_files(validator):
    assert set(template_names()) == {p.stem for p in resource_dir("templates").glob("*.yaml")}


def test_templates_made_in_code_are_held_to_the_same_rules(tmp_path):
    data = yaml.safe_load(GOOD.replace("reference: a.png", "boxes: {}"))
    template = Template.model_validate({**data, "path": tmp_path / "form.yaml"})
    assert template.box("total", "b") == Box(5, 5, 10.5, 10)
    again = Template.model_validate(dict(template))
    assert again == template
    data["layouts"][1]["boxes"] = {"sum": [0, 0, 1, 1]}
    with pytest.raises(ValueError, match="layouts place 'sum'"):
        Template.model_validate({**data, "path": tmp_path / "form.yaml"})
    data["layouts"][1]["boxes"] = {"total": [0, 0, 201, 1]}
    with pytest.raises(ValueError, match="inside the page"):
        Template.model_validate({**data, "path": tmp_path / "form.yaml"})


def test_the_schema_accepts_what_loads(tmp_path, validator):
    assert load_template(write(tmp_path, GOOD))
    validator.validate(yaml.safe_load(GOOD))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("docextract: 1", "docextract: 2"),
        ("docextract: 1\n", ""),
        ("docextract: 1", "docextract: true"),
        ("title: 表", "path: /other"),
        ("name: form", "name: Form"),
        ("title: 表", "titel: 表"),
        ("type: digits", "type: dgits"),
        ("type: digits, ", ""),
        ("length: [10, 12]", "length: x"),
        ("length: [10, 12]", "lenght: 10"),
        ("currency: CNY", "length: 3"),
        ("[10, 20, 30, 40]", "[10, 20, 30]"),
        ("  code:", "  _code:"),
        ("accept: {confidence: 0.95}", "accept: {confidence: 1.5}"),
    ],
)
def test_the_schema_refuses_what_does_not_load(tmp_path, validator, old, new):
    assert only_mistake(tmp_path, old, new)
    assert not validator.is_valid(yaml.safe_load(GOOD.replace(old, new)))


def test_confusions_are_prices_of_pairs(tmp_path, validator):
    text = GOOD.replace("title: 代码", 'confusions: {O as 0: -1.5, "B as 8": null}')
    assert load_template(write(tmp_path, text)).fields["code"].confusions == {
        "O as 0": -1.5,
        "B as 8": None,
    }
    validator.validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("confusions", "cure"),
    [
        ("{O0: -2}", 'such as "O as 0"'),
        ("{OO as 0: -2}", 'such as "O as 0"'),
        ("{O as 0: 0.5}", "less than or equal to 0"),
        ("{O as 0: cheap}", "valid number"),
        ("{O as Ｏ: -1}", "one character already"),
        ("-2", "should be an object"),
    ],
)
def test_confusions_that_are_none_are_refused(tmp_path, confusions, cure):
    assert cure in only_mistake(tmp_path, "title: 代码", f"confusions: {confusions}")


def test_free_text_has_no_confusions(tmp_path):
    text = GOOD.replace("type: digits, length: [10, 12]", "type: text, confusions: {O as 0: -1}")
    (mistake,) = mistakes(tmp_path, text)
    assert "Only a field type with a pattern has confusions" in mistake


@pytest.mark.parametrize("name", field_types.names())
def test_no_option_hides_behind_a_common_key(name, validator):
    assert not COMMON_KEYS & set(field_types.get(name).model_fields)
    options = validator.schema["$defs"][f"field-{name}"]["properties"]
    own = set(field_types.get(name).model_fields)
    common = COMMON_KEYS - {"box"} if "boxes" in own else COMMON_KEYS
    assert set(options) == common | own
