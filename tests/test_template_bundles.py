"""Templates that lie nowhere yet: data only, whatever they say, and saved under their own name."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from till import FORM, form, write_till

from docextract.editing import Bundle, EditError, blank, field_keys, open_bundle, outline
from docextract.errors import TemplateError, UsageError
from docextract.fields import field_types
from docextract.service.engine import Engine, find_templates
from docextract.service.template_folder import TemplateFolder

PNG = cv2.imencode(".png", form())[1].tobytes()
TILL = Bundle(FORM, {"till.png": PNG})
SHIPPED = sorted(path.stem for path in Path("templates").glob("*.yaml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_template_is_opened_renamed_and_loaded_from_nowhere(name: str) -> None:
    bundle = open_bundle(name)
    assert bundle.text == Path(f"templates/{name}.yaml").read_text("utf-8")
    with bundle.renamed("mine").loaded() as template:
        assert template.name == "mine"
        assert all(layout.reference.name.startswith("mine") for layout in template.layouts)
        folder = template.path.parent
    assert not folder.exists()


@pytest.mark.parametrize("name", SHIPPED)
def test_a_form_shows_what_a_field_says_and_says_it_again(name: str) -> None:
    for field in outline(Path(f"templates/{name}.yaml").read_text("utf-8")).fields.values():
        for key in field_keys(field.type):
            if key.name in field.values and key.shape != "flag":
                assert key.parsed(key.shown(field.values[key.name])) == field.values[key.name]


def test_every_option_of_every_type_has_a_line_of_its_form() -> None:
    for name, kind in field_types:
        shown = {key.name for key in field_keys(name)}
        assert kind.model_fields.keys() - {"boxes", "columns"} <= shown
        assert {"title", "lexicon", "prefix"} <= shown
    assert field_keys("no such type") == ()
    (length,) = (key for key in field_keys("digits") if key.name == "length")
    with pytest.raises(EditError, match=r"length.*not written as templates are"):
        length.parsed("[10, ")


@pytest.mark.parametrize(
    "line",
    [
        "  more: {type: company, lexicon: /etc/passwd, box: [1, 2, 30, 40]}",
        "  more: {type: company, lexicon: ../secret.txt, box: [1, 2, 30, 40]}",
        "  more: {type: company, lexicon: .secret.txt, box: [1, 2, 30, 40]}",
        "  more: {type: company, recognizer: /models/model.yaml, box: [1, 2, 30, 40]}",
        "  more: {type: company, recognizer: model.yaml, box: [1, 2, 30, 40]}",
        '  more: {type: company, lm: "C:\\\\lm", box: [1, 2, 30, 40]}',
        "  t: {type: table, box: [1, 2, 9, 9], columns: {a: {type: text, x: [1, 9], lexicon: /x}}}",
        "calibration: ../../keys.json",
        "vote: true\nlayouts: [{name: a, reference: /etc/hostname}]",
    ],
)
def test_no_name_leads_out_of_the_bundle(line: str) -> None:
    head = "\n".join(part for part in FORM.splitlines() if not part.startswith(("rules", "  - {")))
    text = head.replace("fields:\n", f"fields:\n{line}\n") if line[0] == " " else f"{head}\n{line}"
    if "layouts" in line:
        text = text.replace("layouts: [{name: a, reference: till.png}]\n", "")
    with pytest.raises(TemplateError, match="Give a bare name"), Bundle(text, TILL.files).loaded():
        pass
    assert "/" not in "".join(Bundle(text, {"../x": b""}).needed)


def test_mistakes_name_the_template_and_no_folder() -> None:
    with (
        pytest.raises(TemplateError, match=r"^till\.yaml: line 4: .*till\.png") as told,
        Bundle(FORM).loaded(),
    ):
        pass
    assert "/tmp" not in str(told.value)
    huge = FORM.replace("width: 900", "width: 900000")
    with pytest.raises(TemplateError, match="page is too large"), Bundle(huge).loaded():
        pass
    for name in ("Till", "a/b", "..", "a-b", ""):
        with pytest.raises(EditError, match="no template's name"):
            TILL.renamed(name)


def test_a_lexicon_beside_the_template_goes_with_it() -> None:
    text = FORM.replace("length: 6,", "lexicon: words.txt,").replace("digits", "company")
    bundle = Bundle(text, {"till.png": PNG, "words.txt": "甲\n乙\n".encode(), "unused.txt": b""})
    renamed = bundle.renamed("bill")
    assert outline(renamed.text).fields["number"].values["lexicon"] == "bill-words.txt"
    packed = zipfile.ZipFile(BytesIO(renamed.zipped()))
    assert packed.namelist() == ["bill.yaml", "bill-words.txt", "bill.png"]
    with renamed.loaded() as template:
        assert template.name == "bill"


def test_a_form_without_fields_says_only_that() -> None:
    with pytest.raises(TemplateError, match="at least one") as told, _blank().loaded():
        pass
    assert len(told.value.mistakes) == 1


def _blank() -> Bundle:
    return blank("form", PNG, (900, 600))


# The service's folder.


def folder_in(path: Path) -> tuple[TemplateFolder, Engine]:
    engine = Engine(find_templates(path))
    return TemplateFolder(path, engine), engine


def test_what_is_saved_is_served_at_once_and_when_changed(tmp_path: Path) -> None:
    folder, engine = folder_in(tmp_path)
    version = folder.save(TILL, replaces="")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["till.png", "till.yaml"]
    assert engine.template("till").fields["total"].title == ""
    paper = cv2.imencode(".png", np.full((60, 60, 3), 255, np.uint8))[1].tobytes()
    (result,) = engine.extract("till", paper, 1, name="a.png")
    assert result.status == "failed"
    titled = Bundle(FORM.replace("450, 260, 110]", "450, 260, 110], title: 合计"), TILL.files)
    assert folder.save(titled, replaces=version) != version
    assert engine.template("till").fields["total"].title == "合计"
    assert folder.open("till") == titled
    assert (tmp_path / "till.yaml").read_text("utf-8") == titled.text


def test_nothing_is_replaced_that_was_not_opened(tmp_path: Path) -> None:
    write_till(tmp_path)
    folder, _ = folder_in(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(UsageError, match="till: exists already"):
        folder.save(TILL, replaces="")
    opened = folder.version("till")
    (tmp_path / "till.yaml").write_text(FORM + "# by another\n", "utf-8")
    with pytest.raises(UsageError, match="has been changed since it was opened"):
        folder.save(TILL, replaces=opened)
    (tmp_path / "till.yaml").write_text(FORM, "utf-8")
    invoice = open_bundle("invoice")
    with pytest.raises(UsageError, match="is a shipped template's name"):
        folder.save(invoice, replaces="")
    other = Bundle(FORM.replace("name: till", "name: bill"), TILL.files)
    with pytest.raises(UsageError, match=r"till\.png: may be another template's"):
        folder.save(other, replaces="")
    with pytest.raises(TemplateError):
        folder.save(Bundle(FORM.replace("amount", "amont", 1), TILL.files), replaces="")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    for name in ("../till", "/etc/passwd", "", "till.yaml"):
        with pytest.raises(UsageError, match="no template's name"):
            folder.version(name)


def test_a_service_without_a_folder_saves_nothing() -> None:
    folder = TemplateFolder(None, Engine(find_templates(None)))
    assert not folder.is_there
    with pytest.raises(UsageError, match="--templates DIR"):
        folder.save(TILL, replaces="")
