"""How many looks the review's order saves: python benchmarks/review_savings.py [--pages N]

Draws pages (synthetic: photographed, with more of all that makes it hard, or else as `--scan` or
`--photo` asks) of shipped templates and reads them. A person who is always right then looks at
doubtful fields, in the order of the service's queue, page by page, and at random. After each look
its page is settled again, as the service does it. Prints after how many looks the share of wrong
values, among all that were read, has come down to each target. Of random orders it is the mean.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import cv2

from docextract import Extractor
from docextract.errors import InvalidValue
from docextract.evaluation import is_right
from docextract.reviewing import Kept, SettledPage, page_review, settled_again
from docextract.store import (
    Answer,
    Item,
    Jobs,
    PageReview,
    PageState,
    ReadPage,
    Reviews,
    open_database,
)
from docextract.synth.pages import HARD_PHOTO, PHOTO, SCAN, PageGenerator
from docextract.template import Template, load_template

_SHUFFLES = 20


@dataclass
class Paper:
    """One page as read, what is printed on it, and what a person has said so far."""

    template: Template
    labels: dict[str, str | None]
    review: PageReview
    kept: dict[str, Kept]
    wrong_if_accepted: frozenset[str]
    answers: dict[str, Answer]

    def settled(self) -> SettledPage:
        """The page after those answers."""
        return settled_again(self.template, self.kept, self.answers)

    def answer_of(self, field: str) -> Answer:
        """What a person who is always right says of a field."""
        label = self.labels[field]
        return Answer("not_printed") if label is None else Answer("value", label)

    def wrong(self, page: SettledPage) -> frozenset[str]:
        """Fields whose value is not what is printed."""
        return frozenset(
            name
            for name, reading in page.readings.items()
            if name not in self.answers
            and not is_right(reading, self.labels[name], self.template.fields[name].kind)
        )


def papers(name: str, pages: int, seed: int, conditions: str) -> Iterator[Paper]:
    """Drawn pages of a template that were read, but for those on which no form was found."""
    template = load_template(name)
    kinds = {"scan": SCAN, "photo": PHOTO, "hard": HARD_PHOTO}
    extractor = Extractor(template)
    for drawn in PageGenerator(template, seed, conditions=kinds[conditions]).pages(pages):
        quality = [cv2.IMWRITE_JPEG_QUALITY, drawn.quality]
        result = extractor.read(cv2.imencode(".jpg", drawn.image, quality)[1].tobytes())
        if result.status == "failed":
            continue
        labels = dict(drawn.labels)
        review = page_review(result, template, name)
        kept = {item.field: Kept.model_validate_json(item.reading) for item in review.items}
        wrong = frozenset(
            field
            for field, reading in result.readings.items()
            if not is_right(reading, labels[field], template.fields[field].kind)
        )
        if all(answerable(template, field, labels[field]) for field in kept):
            yield Paper(template, labels, review, kept, wrong, {})


def answerable(template: Template, field: str, label: str | None) -> bool:
    try:
        return label is None or bool(template.fields[field].kind.parse(label)) or True
    except InvalidValue:
        return False


class Course:
    """The review from its start: how many values are wrong after each look."""

    def __init__(self, found: Sequence[Paper]) -> None:
        self._papers = found
        for paper in found:
            paper.answers.clear()
        self._wrong = {n: paper.wrong_if_accepted for n, paper in enumerate(found)}
        self._open = {n: self._waiting(n) for n, paper in enumerate(found) if paper.kept}
        self.errors = [self._count()]

    def open_fields(self) -> list[tuple[int, str]]:
        """What waits for a look, page by page, in the template's order."""
        return [(n, field) for n in self._open for field in self._open[n]]

    def look(self, number: int, field: str) -> SettledPage:
        """A person looks at a field; the page is settled again."""
        paper = self._papers[number]
        paper.answers[field] = paper.answer_of(field)
        page = paper.settled()
        self._wrong[number] = paper.wrong(page)
        self._open[number] = self._waiting(number)
        self.errors.append(self._count())
        return page

    def _waiting(self, number: int) -> list[str]:
        paper = self._papers[number]
        page = paper.settled()
        return [f for f in paper.kept if f not in page.accepted | page.answered]

    def _count(self) -> int:
        return sum(map(len, self._wrong.values()))


def by_queue(found: Sequence[Paper]) -> list[int]:
    """Wrong values after each look in the order in which the service's queue hands items out."""
    course = Course(found)
    with TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{Path(folder) / 'queue.db'}")
        reviews = Reviews(engine, lease_s=1e6)
        pages = [
            ReadPage(n, str(n), "0" * 64, 1, "review", "{}", paper.review)
            for n, paper in enumerate(found)
        ]
        Jobs(engine, lease_s=1e6).add_read("", "several", pages)
        while (item := reviews.claim("one")) is not None:
            number, field = int(item.name), item.field

            def settle(
                _items: Sequence[Item], result: str, number: int = number, field: str = field
            ) -> PageState:
                page = course.look(number, field)
                return PageState(page.status, result, sum(page.errors.values()), page.fields())

            reviews.answer(item.id, "one", found[number].answer_of(field), settle)
        engine.dispose()
    return course.errors


def by_page(found: Sequence[Paper]) -> list[int]:
    """Wrong values after each look, page after page as they came."""
    course = Course(found)
    while waiting := course.open_fields():
        course.look(*waiting[0])
    return course.errors


def at_random(found: Sequence[Paper], seed: int) -> list[int]:
    """Wrong values after each look at what waits, drawn at random."""
    course, chance = Course(found), random.Random(seed)
    while waiting := course.open_fields():
        course.look(*chance.choice(waiting))
    return course.errors


def looks(errors: Sequence[int], allowed: float) -> int | None:
    """After how many looks no more values are wrong than allowed, and stay so."""
    last = max((n for n, wrong in enumerate(errors) if wrong > allowed), default=-1)
    return None if last + 1 == len(errors) else last + 1


def shown(found: Sequence[int | None]) -> str:
    known = [n for n in found if n is not None]
    return f"{fmean(known):.0f}" if len(known) == len(found) else "never"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--templates", default="invoice,train_ticket,taxi_receipt")
    parser.add_argument("--pages", type=int, default=40, help="of each template")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--conditions", choices=["scan", "photo", "hard"], default="hard")
    parser.add_argument("--targets", default="0.02,0.01,0.005,0.002")
    asked = parser.parse_args()
    found = [
        paper
        for name in asked.templates.split(",")
        for paper in papers(name, asked.pages, asked.seed, asked.conditions)
    ]
    fields = sum(paper.review.fields for paper in found)
    # Jobs of mixed papers come in any order.
    random.Random(asked.seed).shuffle(found)
    queue, page = by_queue(found), by_page(found)
    shuffled = [at_random(found, seed) for seed in range(_SHUFFLES)]
    print(
        f"{len(found)} pages read, {fields} values, {queue[0]} of them wrong; with all looks "
        f"({len(queue) - 1} in the queue's order) {queue[-1]} wrong"
    )
    print("| target | wrong values allowed | queue | random | page by page |")
    print("|---|---|---|---|---|")
    for rate in map(float, asked.targets.split(",")):
        allowed = rate * fields
        print(
            f"| {rate:g} | {int(allowed)} | {shown([looks(queue, allowed)])} "
            f"| {shown([looks(one, allowed) for one in shuffled])} "
            f"| {shown([looks(page, allowed)])} |"
        )


if __name__ == "__main__":
    main()
