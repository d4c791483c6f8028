"""Templates proposed from drawn samples: what they read, what they hide, and what is refused."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from docextract.authoring import Written, new_template
from docextract.authoring.draft import names
from docextract.authoring.kinds import guess
from docextract.authoring.pairing import pair
from docextract.authoring.printed import Printed
from docextract.authoring.words import known
from docextract.cli.main import app
from docextract.errors import UsageError
from docextract.evaluation import is_right
from docextract.pipeline import Extractor
from docextract.recognition import load_detector, load_recognizer
from docextract.sight import Sight
from docextract.synth._fonts import fonts_installed
from docextract.synth._samples import Labels
from docextract.synth.notes import draw_note
from docextract.template import Box

needs_fonts = pytest.mark.skipif(not fonts_installed(), reason="typefaces are not installed")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two samples of each kind of drawn paper."""
    folder = tmp_path_factory.mktemp("papers")
    for kind in ("delivery", "parking"):
        for number in (1, 2):
            cv2.imwrite(str(folder / f"{kind}-{number}.png"), draw_note(kind, number)[0])
    return folder


@pytest.fixture(scope="module")
def delivery(papers: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A template of a ruled form, proposed from one sample."""
    out = tmp_path_factory.mktemp("delivery")
    return new_template("delivery", [papers / "delivery-1.png"], out)


def line(text: str, x: float, y: float, width: float | None = None) -> Printed:
    length = width or 20.0 * len(text)
    middles = tuple(x + length * (i + 0.5) / len(text) for i in range(len(text)))
    return Printed(text, Box(x, y, length, 20), middles)


def read_share(written: Written, labels: list[Labels]) -> float:
    fields = Extractor(written.path).template.fields
    hits = [
        any(is_right(r, label, fields[n].kind) for n, r in result.readings.items())
        for result, page in zip(written.results, labels, strict=True)
        for label in page.values()
    ]
    return sum(hits) / len(hits)


@needs_fonts
def test_one_sample_of_a_ruled_form_gives_a_template_that_reads_it(delivery: Written) -> None:
    assert read_share(delivery, [draw_note("delivery", 1)[1]]) >= 0.7
    template = Extractor(delivery.path).template
    assert {"number", "date", "phone", "plate", "weight"} <= set(template.fields)
    assert not template.register.anchors


@needs_fonts
def test_it_reads_another_copy_too(delivery: Written) -> None:
    image, labels = draw_note("delivery", 7)
    result = Extractor(delivery.path).read(image)
    assert result.readings["number"].value == labels["number"]
    assert result.readings["plate"].value == labels["plate"]


@needs_fonts
def test_no_value_is_left_in_reference_or_yaml(delivery: Written) -> None:
    sight = Sight(load_detector(), load_recognizer("ppocrv6-small"))
    image = cv2.imread(str(delivery.reference))
    shown = "".join(sight.read(image, sight.detect(image)))
    written = delivery.path.read_text("utf-8")
    labels = draw_note("delivery", 1)[1]
    for name in ("number", "customer", "phone", "driver", "plate", "weight"):
        assert labels[name]
        assert str(labels[name]) not in shown
        assert str(labels[name]) not in written


@needs_fonts
def test_two_samples_of_a_form_without_rulings(papers: Path, tmp_path: Path) -> None:
    samples = [papers / f"parking-{number}.png" for number in (1, 2)]
    written = new_template("parking", samples, tmp_path)
    labels = [draw_note("parking", number)[1] for number in (1, 2)]
    assert read_share(written, labels) >= 0.7
    assert len(Extractor(written.path).template.register.anchors) >= 3


@needs_fonts
def test_the_command_shows_what_was_read_and_never_overwrites(papers: Path, tmp_path: Path) -> None:
    arguments = ["template", "new", "fare", str(papers / "parking-1.png"), "--out", str(tmp_path)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "confidence" in done.output
    assert "docextract template preview" in done.output
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 2
    assert "--force" in again.output
    checked = CliRunner().invoke(app, ["template", "check", str(tmp_path / "fare.yaml")])
    assert checked.exit_code == 0


def blank(folder: Path) -> Path:
    path = folder / "blank.png"
    cv2.imwrite(str(path), np.full((600, 800, 3), 250, np.uint8))
    return path


@pytest.mark.parametrize("name", ["Receipt", "", "9lives", "a-b"])
def test_a_wrong_name_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="small letters"):
        new_template(name, [blank(tmp_path)], tmp_path)


def test_a_page_without_print_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"blank\.png: no print was found\. Give"):
        new_template("a", [blank(tmp_path)], tmp_path)
    noise = np.random.default_rng(1).normal(120, 25, (400, 500, 3))
    cv2.imwrite(str(tmp_path / "photo.png"), cv2.GaussianBlur(noise, (0, 0), 4))
    with pytest.raises(UsageError, match="no print was found"):
        new_template("a", [tmp_path / "photo.png"], tmp_path)
    assert not (tmp_path / "a.yaml").exists()


@needs_fonts
def test_samples_of_different_forms_are_told(papers: Path, tmp_path: Path) -> None:
    samples = [papers / "delivery-1.png", papers / "parking-1.png"]
    with pytest.raises(UsageError, match=r"parking-1\.png: shows another form than .*samples of"):
        new_template("mixed", samples, tmp_path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot be written to: .*--out"):
        new_template("a", [blank(tmp_path)], tmp_path / "file")


@pytest.mark.parametrize(
    ("text", "hint", "kind"),
    [
        ("2024-03-01", "", "date"),
        ("03/12/2024", "", "date"),
        ("08:33", "", "time"),
        ("¥12.50", "", "amount"),
        ("12%", "", "percent"),
        ("壹拾陆圆捌角玖分", "", "amount_cn"),
        ("粤B12345", "", "plate"),
        ("13800138000", "", "phone"),
        ("11010519491231002X", "", "id_card"),
        ("044001900111", "", "digits"),
        ("7", "", "integer"),
        ("17.32KM", "", "number"),
        ("33284000360902G071818", "", "code"),
        ("海云机电设备有限公司", "", "company"),
        ("钱安然", "person", "person"),
        ("钱安然", "", "text"),
        ("20240301", "date", "date"),
        ("Anything at all", "date", "text"),
        ("粵B12345", "plate", "plate"),
    ],
)
def test_types_are_guessed_from_values(text: str, hint: str, kind: str) -> None:
    assert guess([text], hint)[0].type == kind


def test_a_date_with_a_time_is_two_fields() -> None:
    assert [g.type for g in guess(["2016年09月01日08:33开"])] == ["date", "time"]


def test_lengths_follow_from_all_samples() -> None:
    assert guess(["1234567890", "123456789012"])[0].options == {"length": (10, 12)}
    assert guess(["AB-123456", "AB-1234567"])[0].options == {"form": "[A-Z]{2}\\-[0-9]{6,7}"}


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("发票代码：", "code"), ("金 额", "amount"), ("Date", "date"), ("司机姓名", "person"),
        ("Ship to:", "ship_to"), ("姓名 Name", "person"), ("奇怪", ""), ("奇怪A", ""),
        ("2nd floor", "field_2nd_floor"),
    ],
)  # fmt: skip
def test_labels_become_names(label: str, name: str) -> None:
    assert known(label).name == name


def test_names_are_all_different() -> None:
    assert names(["date", "", "date", "json"], frozenset({"json"})) == [
        "date",
        "field_2",
        "date_2",
        "json_",
    ]


def test_values_are_found_beside_and_under_their_labels() -> None:
    lines = [
        line("单号：A12345", 10, 10),
        line("Total", 10, 60),
        line("12.50", 150, 60),
        line("数量", 400, 10),
        line("7", 410, 50),
        line("名", 10, 110),
        line("称：海云有限公司", 90, 110),
        line("17:30", 300, 160),
    ]
    found = {
        item.value.text: item.label.text if item.label else "" for item in pair(lines) if item.value
    }
    assert found == {
        "A12345": "单号：",
        "12.50": "Total",
        "7": "数量",
        "海云有限公司": "名称：",
        "17:30": "",
    }
