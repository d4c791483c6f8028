"""Parts of the pages that need neither server nor browser."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docextract.auto import AUTO
from docextract.confidence import Limit
from docextract.errors import RegistrationError, UnknownName
from docextract.result import Failure, Result
from docextract.service.engine import Engine, find_templates
from docextract.service.keys import Key, Scope
from docextract.service.sessions import COOKIE, LASTS_S, Sessions, token_in
from docextract.template import load_template
from docextract.types import Reading

pytest.importorskip("nicegui", reason="the extra [web] is not installed")

from docextract.web.desk import failure_of
from docextract.web.export import records
from docextract.web.phrase import Language, preferred
from docextract.web.picture import encode
from docextract.web.shown import items_of, placed, turn_of
from docextract.web.troubles import trouble

KEY = Key(name="one", sha256="0" * 64, scopes=frozenset({Scope.OCR}))


@given(st.text())
def test_any_header_of_languages_is_answered(accepted: str) -> None:
    assert preferred(accepted) in Language
    assert preferred(f"en-GB,{accepted}") is Language.EN
    assert preferred(f"fr, zh-TW;q=0.8,{accepted}") is Language.ZH


@given(st.text())
def test_any_header_of_cookies_is_answered(cookies: str) -> None:
    assert isinstance(token_in(cookies), str)


def test_a_session_lasts_a_day_or_until_it_is_ended() -> None:
    clock = 0.0
    sessions = Sessions(now=lambda: clock)
    first, second = sessions.begin(KEY), sessions.begin(KEY)
    assert token_in(f"a=b; {COOKIE}={first}") == first
    assert sessions.key(first) == sessions.key(second) == KEY
    sessions.end(first)
    sessions.end(first)
    assert sessions.key(first) is None
    clock = LASTS_S + 1.0
    assert sessions.key(second) is None
    assert sessions.key("") is None


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_is_shown_as_most_of_its_fields_are_turned(turn: int) -> None:
    line = np.array([[0.0, 0], [90, 0], [90, 9], [0, 9]])
    angle = np.radians(turn + 3)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    readings = {
        name: Reading(name, "1", "1", 1.0, quad_px=quad)
        for name, quad in (("a", line @ rotation), ("b", line @ rotation), ("c", line[::-1]))
    }
    assert turn_of(Result("x", 1, "invoice", "review", readings=readings)) == turn


def test_a_large_page_is_scaled_down_and_keeps_its_size_for_quads() -> None:
    data = (Path("templates/invoice") / "01-a.jpg").read_bytes()
    picture = encode(data, 1, page_size_u=None, name="a.jpg")
    assert picture.jpeg[:2] == b"\xff\xd8"
    assert picture.width_px > picture.height_px > 500


def test_cells_of_a_table_have_places_of_their_own() -> None:
    line = np.array([[0.0, 0], [90, 0], [90, 9], [0, 9]])
    cell = Reading("lines.name", "纸", "纸", 0.9, quad_px=line)
    table = Reading("lines", None, "", 0.5, rows=({"name": cell}, {"name": cell}))
    result = Result("x", 1, "delivery_note", "review", readings={"lines": table})
    limited = replace(result, limits={"lines": Limit(0.8)})
    (item,) = items_of(limited, load_template("delivery_note"), Language.EN)
    assert (item.text, item.state) == ("2 rows", "doubt")
    assert [one.name for one in placed([item])] == ["lines.name.1", "lines.name.2"]
    assert {one.state for one in placed([item])} == {"sure"}
    assert result.row().cells == {"lines": ({"name": 0.9}, {"name": 0.9})}


def lost(template: str) -> Result:
    failure = Failure.of(RegistrationError("the form is not on the page"))
    return Result("a.jpg", 1, template, status="failed", failure=failure)


def test_records_of_several_templates_are_packed() -> None:
    engine = Engine(find_templates(None))
    one = records([lost("invoice")], "csv", engine)
    assert one.name == "records.csv"
    assert one.data.decode("utf-8-sig").splitlines()[1].startswith("a.jpg,1,,failed,the form")
    several = records([lost("invoice"), lost("mrz"), lost(AUTO)], "xlsx", engine)
    names = zipfile.ZipFile(BytesIO(several.data)).namelist()
    assert names == ["records-auto.xlsx", "records-invoice.xlsx", "records-mrz.xlsx"]
    together = records([lost("invoice"), lost(AUTO)], "jsonl", engine)
    assert (together.name, together.data.count(b"\n")) == ("records.jsonl", 2)
    with pytest.raises(UnknownName, match="jsonl"):
        records([lost("invoice")], "json", engine)


def test_people_are_told_the_cure_in_both_languages() -> None:
    problem = failure_of(lost("invoice"))
    assert problem is not None
    assert "template" in trouble(problem.kind).en
    assert "模板" in trouble(problem.kind).zh
    assert trouble("never-heard-of").en
