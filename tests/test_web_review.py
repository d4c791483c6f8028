"""The review page as two people use it at once: a real server, real browsers, drawn papers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest
from service_client import http, problem
from test_web import BROWSER_OPTIONS, CHROMIUM, WAIT_MS, Served, served
from till import WRONG_SUM, png, write_till

from docextract.service.keys import Scope, add_key

pytest.importorskip("nicegui", reason="the extra [web] is not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@dataclass(frozen=True)
class Office:
    """A service, and the keys of those who send papers, and who review them."""

    server: Served
    sender: str
    reviewers: tuple[str, str]

    @property
    def url(self) -> str:
        return self.server.url

    def ask(self, path: str) -> httpx.Response:
        """What REST answers the sender, or of the review, the first reviewer."""
        key = self.reviewers[0] if path.startswith("/review") else self.sender
        return http.get(self.url + path, headers={"Authorization": f"Bearer {key}"})


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "templates").mkdir()
    template = write_till(folder / "templates")
    keys = folder / "keys.json"
    sender = add_key(keys, "sender", [Scope.EXTRACT, Scope.JOBS])
    ann, ben = (add_key(keys, name, [Scope.REVIEW]) for name in ("ann", "ben"))
    with served(folder, template, keys=True) as found:
        yield Office(found, sender, (ann, ben))


@contextmanager
def signed_in(office: Office, *keys: str) -> Iterator[list[playwright.Page]]:
    """The review page in windows that know nothing of each other, each of a key."""
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=BROWSER_OPTIONS)
        pages, errors = [], []
        for key in keys:
            context = browser.new_context(locale="en-GB", viewport={"width": 1300, "height": 850})
            page = context.new_page()
            page.set_default_timeout(WAIT_MS)
            page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(office.url)
            page.fill("#key", key)
            page.keyboard.press("Enter")
            page.click("nav >> text=Review")
            pages.append(page)
        yield pages
        browser.close()
        assert errors == []


def send(office: Office, papers: int) -> str:
    answer = http.post(
        f"{office.url}/extract",
        headers={"Authorization": f"Bearer {office.sender}"},
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


def history(office: Office, item: str) -> list[tuple[str, str, str]]:
    events = office.ask(f"/review/items/{item}").json()["history"]
    return [(event["reviewer"], event["act"], event["text"]) for event in events]


def test_to_the_target_by_keys_alone(office: Office) -> None:
    with signed_in(office, office.reviewers[0]) as (page,):
        page.wait_for_selector("text=Nothing is left to look at")
        job = send(office, 1)
        shown = item_shown(page)  # it came by itself
        for _ in range(2):
            page.keyboard.press("1")
            shown = item_shown(page, after=shown)
        page.keyboard.press("1")
        page.wait_for_selector("text=Nothing is left to look at")
        assert page.inner_text(".review-looks") == "The target is reached"
    (paper,) = office.ask(f"/jobs/{job}/pages").json()
    assert paper["status"] == "accepted"
    assert paper["extracted"]["record"]["total"] == "19.80"


def test_two_reviewers_answer_different_items(office: Office) -> None:
    job = send(office, 2)
    with signed_in(office, *office.reviewers) as (ann, ben):
        first, second = item_shown(ann), item_shown(ben)
        assert first != second
        reason = "The fields do not agree: the total is the sum"
        assert ann.inner_text(".review-reasons li") == reason
        best = ann.inner_text(".review-choice >> nth=0 >> .review-text")

        # One key answers; the next one is shown.
        ann.keyboard.press("1")
        after_first = item_shown(ann, after=first)
        assert after_first not in {first, second}
        assert history(office, first) == [("ann", "value", best)]

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
        assert history(office, second) == [("ben", "value", "21.00")]
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

    acts = [event[1] for event in history(office, after_first)]
    assert acts == ["skip", "undo"]
    logged = office.server.log.read_text()
    assert not re.search(r"21\.00|till\.png|Traceback", logged)
    assert len(office.ask(f"/jobs/{job}/pages").json()) == 2


def test_a_key_for_other_things_sees_nothing_of_the_review(office: Office) -> None:
    with signed_in(office, office.server.key) as (page,):
        page.wait_for_selector("text=It needs the scope review")
        cookie = page.context.cookies(f"{office.url}/ui")
        token = next(c["value"] for c in cookie if c["name"] == "docextract_session")
    for path in ("line", "page"):
        answer = http.get(
            f"{office.url}/ui/review-pictures/1/{path}",
            headers={"cookie": f"docextract_session={token}"},
        )
        problem(answer, 403, "wrong-scope")
