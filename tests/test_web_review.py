"""The review page as two people use it at once: a real server, real browsers, drawn papers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from service_client import http
from test_web import BROWSER_OPTIONS, CHROMIUM, WAIT_MS, Served, served
from till import WRONG_SUM, png, write_till

pytest.importorskip("nicegui", reason="the extra [web] is not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "templates").mkdir()
    template = write_till(folder / "templates")
    with served(folder, template, keys=False) as found:
        yield found


@contextmanager
def reviewers(server: Served, count: int) -> Iterator[list[playwright.Page]]:
    """The review page in as many browsers' windows that know nothing of each other."""
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=BROWSER_OPTIONS)
        pages, errors = [], []
        for _ in range(count):
            context = browser.new_context(locale="en-GB", viewport={"width": 1300, "height": 850})
            page = context.new_page()
            page.set_default_timeout(WAIT_MS)
            page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(f"{server.url}/ui/review")
            pages.append(page)
        yield pages
        browser.close()
        assert errors == []


def send(server: Served, papers: int) -> str:
    answer = http.post(
        f"{server.url}/extract",
        params={"template": "till", "review": True},
        files=[png(WRONG_SUM)] * papers,
    )
    return str(answer.json()["job"])


def item_shown(page: playwright.Page, *, after: str = "") -> str:
    """The number of the item whose picture is there, once it is another one than ``after``."""
    page.wait_for_function(
        "after => { const line = document.querySelector('.review-line');"
        " return line && line.complete && line.naturalWidth > 50 &&"
        " !line.src.endsWith(`/${after}/line`); }",
        arg=after,
    )
    address = str(page.get_attribute(".review-line", "src"))
    page.wait_for_timeout(150)  # the server hears that the picture has come
    found = re.search(r"/(\d+)/line$", address)
    assert found is not None
    return found[1]


def history(server: Served, item: str) -> list[tuple[str, str, str]]:
    events = http.get(f"{server.url}/review/items/{item}").json()["history"]
    return [(event["reviewer"], event["act"], event["text"]) for event in events]


def test_to_the_target_by_keys_alone(server: Served) -> None:
    with reviewers(server, 1) as (page,):
        page.wait_for_selector("text=Nothing is left to look at")
        job = send(server, 1)
        shown = item_shown(page)  # it came by itself
        for _ in range(2):
            page.keyboard.press("1")
            shown = item_shown(page, after=shown)
        page.keyboard.press("1")
        page.wait_for_selector("text=Nothing is left to look at")
        assert page.inner_text(".review-looks") == "The target is reached"
    (paper,) = http.get(f"{server.url}/jobs/{job}/pages").json()
    assert paper["status"] == "accepted"
    assert paper["extracted"]["record"]["total"] == "19.80"


def test_two_reviewers_answer_different_items(server: Served) -> None:
    job = send(server, 2)
    with reviewers(server, 2) as (ann, ben):
        first, second = item_shown(ann), item_shown(ben)
        assert first != second
        reason = "The fields do not agree: the total is the sum"
        assert ann.inner_text(".review-reasons li") == reason
        best = ann.inner_text(".review-choice >> nth=0 >> .review-text")

        # One key answers; the next one is shown.
        ann.keyboard.press("1")
        after_first = item_shown(ann, after=first)
        assert after_first not in {first, second}
        ((who, act, text),) = history(server, first)
        assert (act, text) == ("value", best)

        # Free text is checked while it is written.
        ben.keyboard.press("t")
        ben.wait_for_function("document.activeElement.tagName === 'INPUT'")
        ben.keyboard.type("a lot")
        ben.wait_for_selector(".review-verdict.wrong")
        assert "It is written like" in ben.inner_text(".review-verdict")
        ben.keyboard.press("Enter")  # is not taken
        ben.fill(".review-input input", "21.00")
        ben.wait_for_selector("text=Will be kept as: 21.00")
        ben.keyboard.press("Enter")
        after_second = item_shown(ben, after=second)
        assert [event[1:] for event in history(server, second)] == [("value", "21.00")]
        assert history(server, second)[0][0] != who
        assert after_second != after_first

        # Skip goes on, undo brings it back; the language is switched without losing it.
        ann.keyboard.press("s")
        ann.wait_for_function(
            "shown => !document.querySelector('.review-line')?.src.includes(`/${shown}/`)",
            arg=after_first,
        )
        ann.wait_for_timeout(300)
        ann.keyboard.press("u")
        ann.wait_for_selector(f".review-line[src*='/{after_first}/']")
        ann.click("text=中文")
        ann.wait_for_selector("text=字段之间不一致：the total is the sum")
        assert item_shown(ann) == after_first

    acts = [event[1] for event in history(server, after_first)]
    assert acts == ["skip", "undo"]
    logged = server.log.read_text()
    assert not re.search(r"21\.00|till\.png|Traceback", logged)
    assert len(http.get(f"{server.url}/jobs/{job}/pages").json()) == 2
