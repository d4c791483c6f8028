"""The review's queue: its order, claims of several reviewers at once, undo, and its history."""

from __future__ import annotations

import itertools
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

import docextract.store
from docextract.reviewing import looks_left
from docextract.reviewing.worth import error_probabilities, page_gain
from docextract.store import (
    Answer,
    FieldState,
    Item,
    Jobs,
    NewItem,
    NotClaimed,
    NothingToUndo,
    PageReview,
    PageState,
    ReadPage,
    Reviews,
    UnknownItem,
    open_database,
)
from docextract.types import Reading

OpenReviews = Callable[..., tuple[Jobs, Reviews]]


@pytest.fixture(params=["sqlite", "postgresql"])
def open_reviews(request: pytest.FixtureRequest, tmp_path: Path) -> OpenReviews:
    """Makes the jobs and reviews of an empty database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'jobs.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    engine = open_database(url)
    Jobs(engine, lease_s=1).remove_before(time.time() + 1)

    def opened(lease_s: float = 60.0) -> tuple[Jobs, Reviews]:
        return Jobs(engine, lease_s=60), Reviews(engine, lease_s=lease_s)

    return opened


def page_of(errors: Sequence[float], *, name: str = "a.png", template: str = "t") -> ReadPage:
    """A page with one open field for each error probability."""
    gain = page_gain(errors)
    items = tuple(
        NewItem(template, f"field{i}", "digits", "{}", FieldState("open", str(error), error, gain))
        for i, error in enumerate(errors)
    )
    review = PageReview(template, len(errors), sum(errors), items)
    return ReadPage(0, name, "0" * 64, 1, "review", "{}", review)


def settle(items: Sequence[Item], result: str) -> PageState:
    """What was answered is right, and the rest stays as it was."""
    fields = {
        item.field: FieldState(
            "open", item.current, 0.0 if item.answer else float(item.current), 0.5
        )
        for item in items
    }
    left = sum(state.error for state in fields.values())
    done = all(item.answer for item in items)
    answered = {item.field: item.answer.text for item in items if item.answer}
    return PageState("accepted" if done else "review", json.dumps(answered), left, fields)


def claimed(reviews: Reviews, reviewer: str = "ann") -> Item:
    item = reviews.claim(reviewer)
    assert item is not None
    return item


def test_two_reviewers_never_get_the_same_item(open_reviews: OpenReviews) -> None:
    jobs, reviews = open_reviews()
    jobs.add_read("", "t", [page_of([0.9, 0.5, 0.1], name=f"{i}.png") for i in range(8)])
    taken: dict[str, list[int]] = {name: [] for name in "abcd"}
    start = threading.Barrier(4)

    def work(name: str) -> None:
        start.wait()
        while (item := reviews.claim(name)) is not None:
            taken[name].append(item.id)
            reviews.answer(item.id, name, Answer("value", "1"), settle)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, taken))
    everything = [item for items in taken.values() for item in items]
    assert len(everything) == len(set(everything)) == 24
    assert reviews.counts().answered == 24
    assert reviews.counts().expected_errors == pytest.approx(0)


def test_a_claim_is_kept_and_ends_with_its_lease(open_reviews: OpenReviews) -> None:
    jobs, reviews = open_reviews(lease_s=0.6)
    jobs.add_read("", "t", [page_of([0.9])])
    first = claimed(reviews)
    assert claimed(reviews).id == first.id  # a page loaded anew
    assert reviews.claim("ben") is None
    time.sleep(0.7)
    assert claimed(reviews, "ben").id == first.id
    with pytest.raises(NotClaimed, match="Take the next one"):
        reviews.answer(first.id, "ann", Answer("value", "1"), settle)
    reviews.answer(first.id, "ben", Answer("value", "2"), settle)
    with pytest.raises(NotClaimed):
        reviews.answer(first.id, "ben", Answer("value", "3"), settle)


def test_an_answer_settles_the_page(open_reviews: OpenReviews) -> None:
    jobs, reviews = open_reviews()
    job = jobs.add_read("", "t", [page_of([0.9, 0.2])])
    for text in "12":
        reviews.answer(claimed(reviews).id, "ann", Answer("value", text), settle)
    (page,) = jobs.finished_pages(job, "", after=0, most=1)
    assert page.status == "accepted"
    assert json.loads(page.result) == {"field0": "1", "field1": "2"}


def test_what_is_skipped_goes_to_others_and_undo_brings_it_back(
    open_reviews: OpenReviews,
) -> None:
    jobs, reviews = open_reviews()
    jobs.add_read("", "t", [page_of([0.9])])
    item = claimed(reviews)
    reviews.skip(item.id, "ann")
    assert reviews.claim("ann") is None
    reviews.undo(item.id, "ann", settle)
    assert claimed(reviews).id == item.id
    reviews.skip(item.id, "ann")
    assert claimed(reviews, "ben").id == item.id
    with pytest.raises(NotClaimed):  # ben has it now
        reviews.undo(item.id, "ann", settle)


def test_undo_takes_an_answer_back_and_the_history_keeps_both(
    open_reviews: OpenReviews,
) -> None:
    jobs, reviews = open_reviews()
    jobs.add_read("", "t", [page_of([0.9])])
    item = claimed(reviews)
    reviews.answer(item.id, "ann", Answer("value", "1"), settle)
    with pytest.raises(NothingToUndo):
        reviews.undo(item.id, "ben", settle)
    reviews.undo(item.id, "ann", settle)
    assert reviews.item(item.id).answer is None
    assert reviews.counts().expected_errors == pytest.approx(0.9)
    reviews.answer(item.id, "ann", Answer("unreadable"), settle)
    acts = [(event.reviewer, event.act, event.text) for event in reviews.history(item.id)]
    assert acts == [("ann", "value", "1"), ("ann", "undo", ""), ("ann", "unreadable", "")]
    with pytest.raises(UnknownItem):
        reviews.item(item.id + 1)


def test_a_failed_settling_notes_nothing(open_reviews: OpenReviews) -> None:
    jobs, reviews = open_reviews()
    jobs.add_read("", "t", [page_of([0.9])])
    item = claimed(reviews)

    def fails(_items: Sequence[Item], _result: str) -> PageState:
        raise ValueError("in between")

    with pytest.raises(ValueError, match="in between"):
        reviews.answer(item.id, "ann", Answer("value", "1"), fails)
    assert reviews.history(item.id) == []
    assert claimed(reviews).id == item.id


def test_one_templates_items_only(open_reviews: OpenReviews) -> None:
    jobs, reviews = open_reviews()
    jobs.add_read("", "t", [page_of([0.9], template="one"), page_of([0.5], template="two")])
    found = reviews.claim("ann", template="two")
    assert found is not None
    assert found.template == "two"
    assert reviews.counts(template="two").expected_errors == pytest.approx(0.5)


def test_purging_a_job_takes_its_items_and_corrections(open_reviews: OpenReviews) -> None:
    jobs, reviews = open_reviews()
    jobs.add_read("", "t", [page_of([0.9])])
    item = claimed(reviews)
    reviews.answer(item.id, "ann", Answer("value", "1"), settle)
    assert jobs.remove_before(time.time() + 1) == 1
    assert reviews.history(item.id) == []
    with pytest.raises(UnknownItem):
        reviews.item(item.id)


def order_of(reviews: Reviews) -> list[tuple[str, str]]:
    order = []
    while (item := reviews.claim("ann")) is not None:
        order.append((item.name, item.field))
        reviews.answer(item.id, "ann", Answer("value", "1"), settle_with_gains)
    return order


def settle_with_gains(items: Sequence[Item], result: str) -> PageState:
    gain = page_gain(item.error for item in items if item.answer is None)
    fields = {
        item.field: FieldState("open", "{}", 0.0 if item.answer else item.error, gain)
        for item in items
    }
    return PageState("review", result, 0.0, fields)


def test_what_removes_most_errors_a_look_comes_first(open_reviews: OpenReviews) -> None:
    jobs, reviews = open_reviews()
    pages = {"few": [0.6], "many": [0.6, 0.55, 0.02], "sure": [0.1]}
    jobs.add_read("", "t", [page_of(errors, name=name) for name, errors in pages.items()])
    # two likely errors share the cost of one page; its unlikely one comes last but one
    assert order_of(reviews) == [
        ("many", "field0"),
        ("many", "field1"),
        ("few", "field0"),
        ("sure", "field0"),
        ("many", "field2"),
    ]


errors_of_fields = st.lists(st.floats(0, 1), max_size=6)


@settings(max_examples=60, deadline=None)
@given(errors=errors_of_fields, allowed=st.floats(0, 3))
def test_no_fewer_looks_reach_the_target(errors: list[float], allowed: float) -> None:
    ordered = sorted(errors, reverse=True)
    looks = looks_left(ordered, sum(ordered), allowed)
    enough = [
        n
        for n in range(len(errors) + 1)
        for looked in itertools.combinations(range(len(errors)), n)
        if sum(e for i, e in enumerate(errors) if i not in looked) <= allowed - 1e-9
    ]
    if enough:
        assert looks is not None
        assert looks <= min(enough)


@settings(max_examples=60, deadline=None)
@given(errors=st.lists(st.floats(1e-6, 0.999), min_size=2, max_size=5))
def test_a_violated_rule_shares_out_one_error_at_least(errors: list[float]) -> None:
    readings = {
        str(i): Reading(str(i), "x", "x", 1 - error, failed=("rule:sum",))
        for i, error in enumerate(errors)
    }
    wrong_somewhere = 0.0
    each = [0.0] * len(errors)
    for wrong in itertools.product([False, True], repeat=len(errors)):
        share = 1.0
        for error, is_wrong in zip(errors, wrong, strict=True):
            share *= error if is_wrong else 1 - error
        if any(wrong):
            wrong_somewhere += share
            each = [total + share * is_wrong for total, is_wrong in zip(each, wrong, strict=True)]
    found = error_probabilities(readings)
    for i, total in enumerate(each):
        assert found[str(i)] == pytest.approx(total / wrong_somewhere, rel=1e-6)


def test_an_older_database_is_brought_up_to_date(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    config = Config()
    folder = Path(docextract.store.__file__).with_name("migrations")
    config.set_main_option("script_location", str(folder))
    engine = create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with sqlite3.connect(tmp_path / "jobs.db") as database:
        database.execute("INSERT INTO jobs VALUES ('j', 'ann', 't', 1.0)")
        database.execute(
            "INSERT INTO job_pages (job, file, number, name, sha256, state, worker, lease_until,"
            " attempts, status, result) VALUES ('j', 0, 1, 'a', 'f', 'done', 'w', 0, 1, 'review',"
            " '{}')"
        )
    database.close()
    opened = open_database(url)
    assert Jobs(opened, lease_s=1).summary("j", "ann").done == 1
    reviews = Reviews(opened, lease_s=1)
    assert reviews.claim("ann") is None
    assert reviews.counts().fields == 0


def test_what_was_reviewed_before_random_looks_has_its_share(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    opened = open_database(url)
    Jobs(opened, lease_s=1).add_read("", "t", [page_of([0.9, 0.1])])
    with sqlite3.connect(tmp_path / "jobs.db") as database:
        database.execute("UPDATE review_items SET state = 'settled' WHERE field = 'field1'")
    database.close()
    config = Config()
    folder = Path(docextract.store.__file__).with_name("migrations")
    config.set_main_option("script_location", str(folder))
    with opened.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
    in_doubt, accepted = Reviews(open_database(url), lease_s=1).items_of(1)
    assert (in_doubt.share, accepted.share) == (1, 0)


def test_what_was_drawn_at_random_comes_first_and_waits_for_a_look(
    open_reviews: OpenReviews,
) -> None:
    jobs, reviews = open_reviews()
    doubtful = page_of([0.9, 0.5, 0.0], name="doubtful")
    assert doubtful.review is not None
    *others, sure = doubtful.review.items
    items = (*others, replace(sure, share=0.01))
    jobs.add_read("", "t", [page_of([0.95], name="worse")])
    jobs.add_read("", "t", [replace(doubtful, review=replace(doubtful.review, items=items))])

    def settle_all(items: Sequence[Item], result: str) -> PageState:
        """Another's answer makes the whole page sure."""
        state = settle(items, result)
        fields = {name: replace(one, state="settled") for name, one in state.fields.items()}
        return replace(state, fields=fields)

    drawn = claimed(reviews)
    assert (drawn.name, drawn.field, drawn.drawn) == ("doubtful", "field2", True)
    reviews.skip(drawn.id, "ann")
    other = claimed(reviews)  # of the page that ann is at
    assert (other.name, other.field) == ("doubtful", "field0")
    reviews.answer(other.id, "ann", Answer("value", "1"), settle_all)
    states = {one.field: one.state for one in reviews.items_of(drawn.page)}
    assert states == {"field0": "answered", "field1": "settled", "field2": "open"}
    assert claimed(reviews, "eve").id == drawn.id
    reviews.answer(drawn.id, "eve", Answer("value", "1"), settle_all)
    assert claimed(reviews, "eve").name == "worse"
