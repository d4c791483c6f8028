"""The review over HTTP: what was read in doubt is looked at, answered, and its page settled."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import httpx
import numpy as np
import pytest
from service_client import http, problem, serving, serving_app
from till import WRONG_SUM, filled, png, write_till

from docextract import Extractor
from docextract.resources import resource_dir
from docextract.reviewing import Kept, page_review, settled_again
from docextract.service.app import create_app
from docextract.service.keys import Scope, add_key
from docextract.service.settings import Settings
from docextract.store import Answer
from docextract.template import Template, load_template


@pytest.fixture(scope="module")
def till_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_till(tmp_path_factory.mktemp("till")).parent


@pytest.fixture(scope="module")
def till_template(till_folder: Path) -> Template:
    return load_template(till_folder / "till.yaml")


@pytest.fixture
def till_url(till_folder: Path) -> Iterator[str]:
    with serving(Settings(templates=till_folder, preload=("till",))) as url:
        yield url


def send(url: str, *pictures: np.ndarray) -> dict[str, object]:
    answer = http.post(
        f"{url}/extract",
        params={"template": "till", "review": True},
        files=[png(picture) for picture in pictures],
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def next_of(url: str, reviewer: str = "ann") -> dict[str, object]:
    answer = http.get(f"{url}/review/next", params={"reviewer": reviewer})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def act(url: str, item: object, reviewer: str = "ann", **what: object) -> httpx.Response:
    return http.post(f"{url}/review/items/{item}", params={"reviewer": reviewer}, json=what)


def job_page(url: str, job: object) -> dict[str, object]:
    (page,) = http.get(f"{url}/jobs/{job}/pages").json()
    return dict(page["extracted"])


def test_a_paper_that_does_not_add_up_is_reviewed_to_the_end(till_url: str) -> None:
    sent = send(till_url, WRONG_SUM)
    (read,) = sent["pages"]
    assert read["status"] == "review"
    assert http.get(f"{till_url}/review/progress").json()["open"] == 3
    fields = set()
    for _ in range(3):
        item = next_of(till_url)
        fields.add(item["field"])
        assert [reason["en"] for reason in item["reasons"]] == [
            "The fields do not agree: the total is the sum"
        ]
        assert item["choices"][0]["text"] == item["text"]
        assert act(till_url, item["id"], action="correct", choice=0).status_code == 200
    assert fields == {"amount", "tax", "total"}
    assert http.get(f"{till_url}/review/next", params={"reviewer": "ann"}).status_code == 204
    page = job_page(till_url, sent["job"])
    assert page["status"] == "accepted"
    assert page["record"]["total"] == "19.80"
    assert page["readings"]["total"]["reviewed"] is True
    assert page["readings"]["number"]["reviewed"] is False
    progress = http.get(f"{till_url}/review/progress").json()
    assert (progress["open"], progress["answered"], progress["fields"]) == (0, 3, 4)
    assert progress["looks_left"] == 0


def test_one_correction_settles_the_fields_that_it_explains(till_url: str) -> None:
    job = send(till_url, WRONG_SUM)["job"]
    item = next_of(till_url)
    right = {"amount": "15.30", "tax": "7.50", "total": "16.80"}[str(item["field"])]
    assert act(till_url, item["id"], action="correct", text=right).status_code == 200
    page = job_page(till_url, job)
    assert page["status"] == "accepted"
    record = {name: Decimal(page["record"][name]) for name in ("amount", "tax", "total")}
    assert record["amount"] + record["tax"] == record["total"]
    assert http.get(f"{till_url}/review/progress").json()["open"] == 0
    undone = act(till_url, item["id"], action="undo").json()
    assert undone["state"] == "open"
    assert [event["act"] for event in undone["history"]] == ["value", "undo"]
    assert job_page(till_url, job)["status"] == "review"
    assert http.get(f"{till_url}/review/progress").json()["open"] == 3


def test_a_wrong_text_is_refused_with_the_reason_and_the_cure(till_url: str) -> None:
    send(till_url, WRONG_SUM)
    item = next_of(till_url)
    told = problem(act(till_url, item["id"], action="correct", text="a lot"), 422, "wrong-answer")
    assert "type amount, such as" in told
    assert "unreadable" in told
    assert "a lot" not in told
    problem(act(till_url, item["id"], action="correct"), 422, "invalid-request")
    problem(act(till_url, item["id"], action="skip", text="1"), 422, "invalid-request")
    problem(act(till_url, item["id"], action="correct", choice=8), 400, "usage")
    problem(act(till_url, 999, action="skip"), 404, "unknown-item")
    problem(act(till_url, item["id"], "ben", action="skip"), 409, "not-claimed")
    problem(act(till_url, item["id"], action="undo"), 409, "nothing-to-undo")


@pytest.mark.parametrize(
    ("action", "check"), [("unreadable", "unreadable"), ("not_printed", "blank")]
)
def test_without_a_value_there_is_no_record(till_url: str, action: str, check: str) -> None:
    job = send(till_url, WRONG_SUM)["job"]
    item = next_of(till_url)
    assert act(till_url, item["id"], action=action).status_code == 200
    page = job_page(till_url, job)
    assert page["record"] is None
    assert page["status"] == "review"
    assert page["readings"][item["field"]]["failed"] == [check]
    # it explains why the sum was wrong
    assert http.get(f"{till_url}/review/progress").json()["open"] == 0


def test_an_item_has_pictures_of_its_line_and_of_the_page(till_url: str) -> None:
    send(till_url, WRONG_SUM)
    item = next_of(till_url)
    crop = http.get(f"{till_url}{item['crop']}")
    assert crop.headers["content-type"] == "image/png"
    line = cv2.imdecode(np.frombuffer(crop.content, np.uint8), cv2.IMREAD_COLOR)
    assert line.shape[1] > 1.5 * line.shape[0]
    assert (line < 100).mean() > 0.02  # the value is on it
    around = http.get(f"{till_url}{item['around']}").content
    page = cv2.imdecode(np.frombuffer(around, np.uint8), cv2.IMREAD_COLOR)
    assert page.shape[1] > 500


def test_pages_of_jobs_come_to_review_and_accepted_ones_do_not(till_url: str) -> None:
    files = [png(WRONG_SUM), png(filled("123456", "12.30", "4.50", "16.80"))]
    job = http.post(f"{till_url}/jobs", params={"template": "till"}, files=files).json()["id"]
    until = time.monotonic() + 30
    while http.get(f"{till_url}/jobs/{job}").json()["state"] != "done":
        assert time.monotonic() < until
        time.sleep(0.05)
    progress = http.get(f"{till_url}/review/progress").json()
    assert (progress["open"], progress["fields"]) == (3, 8)
    assert http.delete(f"{till_url}/jobs/{job}").status_code == 204
    assert http.get(f"{till_url}/review/progress").json()["fields"] == 0
    assert http.get(f"{till_url}/review/next").status_code == 204


def test_extract_keeps_nothing_unless_asked(till_url: str) -> None:
    answer = http.post(
        f"{till_url}/extract", params={"template": "till"}, files=[png(WRONG_SUM)]
    ).json()
    assert answer["job"] is None
    assert http.get(f"{till_url}/review/progress").json()["fields"] == 0


def test_a_key_needs_the_scope_and_names_the_reviewer(till_folder: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    reader = add_key(keys, "reader", [Scope.EXTRACT])
    checker = add_key(keys, "checker", [Scope.REVIEW])
    with TemporaryDirectory() as folder:
        app = create_app(
            Settings(random_look=0, templates=till_folder, keys=keys, data=Path(folder))
        )
        with serving_app(app) as url:
            asked = {"template": "till", "review": True}
            may, may_not = ({"Authorization": f"Bearer {key}"} for key in (checker, reader))
            http.post(f"{url}/extract", params=asked, files=[png(WRONG_SUM)], headers=may_not)
            for path in ("next", "progress", "items/1", "items/1/crop", "items/1/page"):
                problem(http.get(f"{url}/review/{path}"), 401, "no-key")
                refused = http.get(f"{url}/review/{path}", headers=may_not)
                assert "--scope review" in problem(refused, 403, "wrong-scope")
            item = http.get(f"{url}/review/next", params={"reviewer": "ann"}, headers=may).json()
            ask = {"params": {"reviewer": "ann"}, "json": {"action": "unreadable"}}
            done = http.post(f"{url}/review/items/{item['id']}", headers=may, **ask).json()
            assert done["history"][0]["reviewer"] == "checker/ann"


def test_logs_and_metrics_hold_no_values(till_url: str, caplog: pytest.LogCaptureFixture) -> None:
    send(till_url, WRONG_SUM)
    item = next_of(till_url)
    act(till_url, item["id"], action="correct", text="77.77")
    act(till_url, item["id"], action="correct", text="88.88")
    shown = http.get(f"{till_url}/metrics").text
    for value in ("77.77", "88.88", "19.80"):
        assert value not in caplog.text
        assert value not in shown


def test_without_answers_settling_again_changes_nothing(till_template: Template) -> None:
    """The oracle: rules asked of what was kept choose as they did while reading."""
    invoice = cv2.imread(str(resource_dir("templates") / "invoice" / "05-a.jpg"))
    for template, picture in ((till_template, WRONG_SUM), (load_template("invoice"), invoice)):
        result = Extractor(template).read(picture)
        assert result.status == "review"
        items = page_review(result, template, template.name).items
        kept = {item.field: Kept.model_validate_json(item.reading) for item in items}
        again = settled_again(template, kept, {})
        assert again.status == result.status
        assert again.record == result.record
        for name, reading in result.readings.items():
            found = again.readings[name]
            assert (found.value, found.failed) == (reading.value, reading.failed)
            assert found.confidence == pytest.approx(reading.confidence)


def test_a_corrected_total_makes_another_reading_doubtful(till_template: Template) -> None:
    result = Extractor(till_template).read(WRONG_SUM)
    items = page_review(result, till_template, "till").items
    kept = {item.field: Kept.model_validate_json(item.reading) for item in items}
    page = settled_again(till_template, kept, {"total": Answer("value", "99.00")})
    assert page.readings["total"].value == Decimal("99.00")
    assert page.accepted == {"total", "number"}  # one of the others must be wrong, it seems
    assert json.loads(page.fields()["amount"].current)["failed"] == ["rule:the total is the sum"]
    assert page.status == "review"


def test_some_accepted_fields_are_looked_at_too(till_folder: Path, tmp_path: Path) -> None:
    settings = Settings(
        templates=till_folder, preload=("till",), data=tmp_path, random_look=0.5, review_target=0.5
    )
    with serving_app(create_app(settings)) as url:
        job = send(url, *[filled("123456", "12.30", "4.50", "16.80")] * 10)["job"]
        pages = http.get(f"{url}/jobs/{job}/pages").json()
        assert {page["extracted"]["status"] for page in pages} == {"accepted"}
        progress = http.get(f"{url}/review/progress").json()
        assert 5 <= progress["open"] <= 35  # 40 fields
        assert progress["looks_left"] == 0  # the target needs none of them
        item = next_of(url)
        assert [reason["check"] for reason in item["reasons"]] == ["random"]
        assert act(url, item["id"], action="correct", choice=0).status_code == 200
        assert http.get(f"{url}/review/progress").json()["open"] == progress["open"] - 1
        pages = http.get(f"{url}/jobs/{job}/pages").json()
        assert {page["extracted"]["status"] for page in pages} == {"accepted"}


def test_fields_are_drawn_as_often_as_asked(till_template: Template) -> None:
    result = Extractor(till_template).read(filled("123456", "12.30", "4.50", "16.80"))
    assert result.status == "accepted"
    assert page_review(result, till_template, "till").items == ()
    reviews = [page_review(result, till_template, "till", random_look=0.1) for _ in range(500)]
    items = [item for review in reviews for item in review.items]
    drawn = [item for item in items if item.share == 0.1]
    assert 130 < len(drawn) < 270  # of 2,000, within five deviations
    assert {item.now.state for item in drawn} == {"open"}
    assert {(item.share, item.now.state) for item in items} == {(0.1, "open"), (0.0, "settled")}
