"""What lint says of templates: each weakness once, with its place, and nothing serious of ours."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from docextract.cli.main import app
from docextract.linting import Finding, lint_template, near_pairs
from docextract.template import load_template, template_names

HEAD = "docextract: 1\nname: form\npage: {width: 1000, height: 700}\n"
SOUND = "  date: {type: date, box: [400, 100, 200, 40]}\n"


def picture(path: Path, width: int = 1000, height: int = 700) -> None:
    form = np.full((height, width, 3), 255, np.uint8)
    cv2.rectangle(form, (20, 20), (width - 20, height - 20), (0, 0, 0), 2)
    cv2.imwrite(str(path), form)


def lint(folder: Path, body: str) -> list[Finding]:
    path = folder / "form.yaml"
    path.write_text(HEAD + body, "utf-8")
    return lint_template(load_template(path))


def said(folder: Path, body: str) -> dict[str, bool]:
    return {str(finding): finding.serious for finding in lint(folder, body)}


def anchors(*boxes: tuple[int, int], text: str = "word {}") -> str:
    lines = [
        f'    - {{text: "{text.format(i)}", box: [{x}, {y}, 90, 20]}}'
        for i, (x, y) in enumerate(boxes)
    ]
    return (
        "layouts: [{name: a, reference: a.png}]\nregister:\n  anchors:\n"
        + "\n".join(lines)
        + "\nfields:\n"
    )


CORNERS = ((20, 20), (880, 30), (30, 650), (870, 640), (450, 330))


@pytest.mark.parametrize("name", template_names())
def test_nothing_is_serious_in_what_we_ship(name: str) -> None:
    assert [str(f) for f in lint_template(load_template(name)) if f.serious] == []


def test_a_sound_template_has_nothing_serious(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    assert not any(said(tmp_path, anchors(*CORNERS) + SOUND).values())


@pytest.mark.parametrize(
    ("places", "text", "words", "serious"),
    [
        (CORNERS[:3], "word {}", "there are 3", False),
        (
            [(400 + 20 * i, 300 + 25 * i % 40) for i in range(6)],
            "word {}",
            "units of each other",
            True,
        ),
        ([(20 + 150 * i, 300) for i in range(6)], "word {}", "on one line", True),
        (CORNERS, "word", "stands there 5 times", False),
        (CORNERS, "{}", "single character", False),
    ],
)
def test_weak_anchors(
    tmp_path: Path, places: list[tuple[int, int]], text: str, words: str, serious: bool
) -> None:
    picture(tmp_path / "a.png")
    found = said(tmp_path, anchors(*places, text=text) + SOUND)
    assert [weight for line, weight in found.items() if words in line][:1] == [serious]


@pytest.mark.parametrize(
    ("fields", "words", "serious"),
    [
        ("  total: {type: amount, box: [450, 100, 200, 40]}\n", "their boxes overlap", True),
        ("  total: {type: amount, box: [990, 300, 10, 40]}\n", "touches the page's edge", False),
        ("  total: {type: amount, box: [300, 300, 100, 4]}\n", "too low for a line", True),
        ("  note: {type: text, box: [300, 300, 100, 40]}\n", "any text is a value", False),
        (
            "  from: {type: text, lexicon: railway_stations, box: [300, 300, 100, 40]}\n",
            "differ in one character",
            False,
        ),
        (
            "  a: {type: amount, box: [30, 300, 100, 40]}\n"
            "  b: {type: amount, box: [300, 300, 100, 40]}\n",
            "no rule ties together",
            False,
        ),
    ],
)
def test_weak_fields(tmp_path: Path, fields: str, words: str, serious: bool) -> None:
    picture(tmp_path / "a.png")
    body = "layouts: [{name: a, reference: a.png}]\nfields:\n" + SOUND + fields
    found = said(tmp_path, body)
    assert [weight for line, weight in found.items() if words in line] == [serious]


def test_one_box_for_two_fields_is_fine_when_affixes_tell_them_apart(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    both = (
        "  day: {type: date, suffix: '.*', box: [300, 300, 300, 40]}\n"
        "  hour: {type: time, prefix: '.*', box: [300, 300, 300, 40]}\n"
    )
    body = "layouts: [{name: a, reference: a.png}]\nfields:\n"
    assert not any("overlap" in line for line in said(tmp_path, body + both))


def test_layouts_that_cannot_be_told_apart(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    picture(tmp_path / "b.png")
    twins = "layouts: [{name: a, reference: a.png}, {name: b, reference: b.png}]\nfields:\n"
    assert any(
        "look alike" in line and weight for line, weight in said(tmp_path, twins + SOUND).items()
    )


@pytest.mark.parametrize(
    ("size", "words"), [((400, 280), "coarse"), ((700, 1000), "of other proportions")]
)
def test_references_that_will_not_do(tmp_path: Path, size: tuple[int, int], words: str) -> None:
    picture(tmp_path / "a.png", *size)
    found = said(tmp_path, "layouts: [{name: a, reference: a.png}]\nfields:\n" + SOUND)
    assert any(words in line and weight for line, weight in found.items())


def test_the_command_exits_with_1_for_serious_findings_only(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["template", "lint", "invoice"]).exit_code == 0
    picture(tmp_path / "a.png")
    overlapping = SOUND + "  total: {type: amount, box: [450, 100, 200, 40]}\n"
    lint(tmp_path, "layouts: [{name: a, reference: a.png}]\nfields:\n" + overlapping)
    done = CliRunner().invoke(app, ["template", "lint", str(tmp_path / "form.yaml")])
    assert done.exit_code == 1
    assert "serious: fields.date and fields.total: their boxes overlap" in done.output
    assert CliRunner().invoke(app, ["template", "lint", "invoise"]).exit_code == 2


def edits(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


@given(st.lists(st.text("ab", min_size=1, max_size=4), max_size=6))
def test_near_pairs_are_at_edit_distance_one(texts: list[str]) -> None:
    found = near_pairs(texts)
    assert all(edits(one, other) == 1 for one, other in found)
    wanted = {t for t in texts for o in texts if edits(t, o) == 1 and len(o) <= len(t)}
    assert wanted == {one for one, _ in found}
