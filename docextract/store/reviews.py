"""What people are to look at: items in the order of what a look is worth, claimed for a time.

Every step is one statement or one transaction, so that several processes can share a database.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    ScalarSelect,
    Select,
    and_,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from docextract.store.database import changing, looking
from docextract.store.errors import NotClaimed, NothingToUndo, UnknownItem
from docextract.store.tables import Correction, JobPage, ReviewItem

OPEN, SETTLED, ANSWERED = "open", "settled", "answered"
ItemState: TypeAlias = Literal["open", "settled"]
Act: TypeAlias = Literal["value", "not_printed", "unreadable"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says of a field: its text, that nothing is printed, or that none can tell."""

    act: Act
    text: str = ""


@dataclass(frozen=True, slots=True)
class FieldState:
    """What holds for a field: JSON, the probability that it is wrong, and what a look is worth."""

    state: ItemState
    current: str
    error: float
    gain: float


@dataclass(frozen=True, slots=True)
class NewItem:
    """A field of a page that goes to review; ``reading`` is what was read, as JSON.

    ``share`` is the probability with which it was opened: 1 in doubt, less where it was accepted
    and drawn at random, 0 where it was accepted and not drawn.
    """

    template: str
    field: str
    type: str
    reading: str
    now: FieldState
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class PageReview:
    """What a page that was read brings to the review: all its fields' errors, and its items.

    ``items`` are all fields of a page that a person should see, or none.
    """

    template: str
    fields: int
    expected_errors: float
    items: tuple[NewItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A field to review, or reviewed, on page ``number`` of a file; ``answer`` is what holds.

    ``document`` counts the documents on a page that may bear several, from 1. ``share`` is as in
    NewItem.
    """

    id: int
    page: int
    name: str
    sha256: str
    number: int
    template: str
    field: str
    type: str
    reading: str
    current: str
    state: str
    error: float
    reviewer: str
    lease_until: float
    answer: Answer | None
    document: int | None = None
    share: float = 1.0

    @property
    def drawn(self) -> bool:
        """Whether it was accepted, and is looked at because it was drawn at random."""
        return 0 < self.share < 1


@dataclass(frozen=True, slots=True)
class PageState:
    """A page after an answer: its result as JSON, and its fields by name."""

    status: str
    result: str
    expected_errors: float
    fields: dict[str, FieldState]


@dataclass(frozen=True, slots=True)
class Event:
    """One row of an item's history."""

    reviewer: str
    at: float
    act: str
    text: str


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """How far the review is: items by state, and errors expected among all fields read.

    ``open_errors`` are the error probabilities of open items, greatest first.
    """

    answered: int
    fields: int
    expected_errors: float
    open_errors: tuple[float, ...]


_DRAWN = and_(ReviewItem.share > 0, ReviewItem.share < 1)
Settle: TypeAlias = Callable[[Sequence[Item], str], PageState]


class Reviews:
    """The review of a database's pages; a claim lasts ``lease_s``."""

    def __init__(self, engine: Engine, *, lease_s: float) -> None:
        self._engine, self._lease_s = engine, lease_s

    def claim(self, reviewer: str, *, template: str | None = None) -> Item | None:
        """Claim the item worth most to ``reviewer``; None when there is none.

        First what is claimed already, the latest first, so that asking again loses nothing; then
        what was drawn at random, since no order by worth would ever reach it; then the rest of the
        page that the reviewer is at, or a page whose looks are worth more each.
        What others have claimed, and what the reviewer has skipped, is left out.
        """
        now = time.time()
        mine = and_(ReviewItem.reviewer == reviewer, ReviewItem.lease_until >= now)
        free = ReviewItem.lease_until < now
        worth = case(
            (_DRAWN, 2.0),  # errors a look, more than there can be
            (ReviewItem.page == _page_at(reviewer), ReviewItem.error),
            else_=ReviewItem.gain,
        )
        wanted = (
            select(ReviewItem.id)
            .where(ReviewItem.state == OPEN, or_(mine, free), ~_skipped_by(reviewer))
            .order_by(case((mine, ReviewItem.lease_until), else_=0.0).desc(), worth.desc())
            .order_by(ReviewItem.page, ReviewItem.error.desc(), ReviewItem.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if template is not None:
            wanted = wanted.where(ReviewItem.template == template)
        claim = (
            update(ReviewItem)
            .where(ReviewItem.id == wanted.scalar_subquery())
            .values(reviewer=reviewer, lease_until=now + self._lease_s)
            .returning(ReviewItem.id)
        )
        with changing(self._engine) as connection:
            found = connection.execute(claim).scalar()
            return None if found is None else _item(connection, found)

    def item(self, item: int) -> Item:
        """An item as it stands; raises UnknownItem."""
        with looking(self._engine) as connection:
            return _item(connection, item)

    def items_of(self, page: int) -> list[Item]:
        """All fields of a page that is in review, in the template's order."""
        with looking(self._engine) as connection:
            return _page_items(connection, page)

    def history(self, item: int) -> list[Event]:
        """What was done about an item, oldest first."""
        columns = (Correction.reviewer, Correction.at, Correction.act, Correction.text)
        wanted = select(*columns).where(Correction.item == item).order_by(Correction.id)
        with looking(self._engine) as connection:
            return [Event(*row) for row in connection.execute(wanted)]

    def answer(self, item: int, reviewer: str, answer: Answer, settle: Settle) -> None:
        """Note an answer and settle its page again, both or neither.

        ``settle`` gets the page's items and its result. Raises UnknownItem, and NotClaimed when
        the item is not the reviewer's, or was taken by another since.
        """
        with changing(self._engine) as connection:
            claimed = _locked(connection, item)
            if claimed.reviewer != reviewer or claimed.state == ANSWERED:
                raise NotClaimed(item)
            noted = _note(connection, item, reviewer, answer.act, answer.text)
            connection.execute(
                update(ReviewItem)
                .where(ReviewItem.id == item)
                .values(state=ANSWERED, answer=noted, lease_until=0.0)
            )
            _settle(connection, claimed.page, settle)

    def skip(self, item: int, reviewer: str) -> None:
        """Leave an item to others; raises UnknownItem and NotClaimed."""
        with changing(self._engine) as connection:
            claimed = _locked(connection, item)
            if claimed.reviewer != reviewer or claimed.state == ANSWERED:
                raise NotClaimed(item)
            _note(connection, item, reviewer, "skip", "")
            connection.execute(
                update(ReviewItem).where(ReviewItem.id == item).values(reviewer="", lease_until=0.0)
            )

    def last(self, reviewer: str) -> int | None:
        """The item that the reviewer did something about last, and has not taken back."""
        with looking(self._engine) as connection:
            found = connection.execute(_undoable(reviewer).limit(1)).first()
        return None if found is None else found.item

    def undo(self, item: int, reviewer: str, settle: Settle) -> None:
        """Take back what the reviewer did last about an item, who then has it again.

        Raises UnknownItem; NothingToUndo; NotClaimed when another has the item meanwhile.
        """
        with changing(self._engine) as connection:
            before = _locked(connection, item)
            mine = _undoable(reviewer).where(Correction.item == item).limit(1)
            done = connection.execute(mine).first()
            if done is None:
                raise NothingToUndo(item)
            if before.lease_until >= time.time() and before.reviewer != reviewer:
                raise NotClaimed(item)
            _note(connection, item, reviewer, "undo", "", undoes=done.id)
            connection.execute(
                update(ReviewItem)
                .where(ReviewItem.id == item)
                .values(
                    state=OPEN,
                    answer=None,
                    reviewer=reviewer,
                    lease_until=time.time() + self._lease_s,
                )
            )
            _settle(connection, before.page, settle)
            # Whoever takes an answer back wants to give another, whatever the rules say by now.
            connection.execute(update(ReviewItem).where(ReviewItem.id == item).values(state=OPEN))

    def counts(self, *, template: str | None = None) -> ReviewCounts:
        """How far the review is, of all templates or one."""
        pages = select(
            func.coalesce(func.sum(JobPage.fields), 0),
            func.coalesce(func.sum(JobPage.expected_errors), 0.0),
        )
        errors = select(ReviewItem.error).where(ReviewItem.state == OPEN)
        answered = select(func.count()).select_from(ReviewItem).where(ReviewItem.state == ANSWERED)
        if template is not None:
            pages = pages.where(JobPage.read_by == template)
            errors = errors.where(ReviewItem.template == template)
            answered = answered.where(ReviewItem.template == template)
        with looking(self._engine) as connection:
            fields, expected = connection.execute(pages).one()
            return ReviewCounts(
                connection.scalar(answered) or 0,
                int(fields),
                float(expected),
                tuple(connection.scalars(errors.order_by(ReviewItem.error.desc()))),
            )

    def answered(self) -> list[Item]:
        """All items that people have answered, oldest first."""
        with looking(self._engine) as connection:
            wanted = _items().where(ReviewItem.state == ANSWERED)
            return [_of(row) for row in connection.execute(wanted).mappings()]


def add_items(connection: Connection, page: int, items: Sequence[NewItem]) -> None:
    """Put a page's fields into the review."""
    rows = [
        {
            "page": page,
            "template": item.template,
            "field": item.field,
            "type": item.type,
            "reading": item.reading,
            "share": item.share,
            **_columns(item.now),
        }
        for item in items
    ]
    if rows:
        connection.execute(insert(ReviewItem), rows)


def _columns(now: FieldState) -> dict[str, object]:
    return {"state": now.state, "current": now.current, "error": now.error, "gain": now.gain}


def _items() -> Select[*tuple[object, ...]]:
    columns = (
        *(ReviewItem.id, ReviewItem.page, JobPage.name, JobPage.sha256, JobPage.number),
        JobPage.document,
        *(ReviewItem.template, ReviewItem.field, ReviewItem.type, ReviewItem.reading),
        *(ReviewItem.current, ReviewItem.state, ReviewItem.error),
        *(ReviewItem.reviewer, ReviewItem.lease_until, ReviewItem.share),
        *(Correction.act, Correction.text),
    )
    return (
        select(*columns)
        .join(JobPage, JobPage.id == ReviewItem.page)
        .outerjoin(Correction, Correction.id == ReviewItem.answer)
        .order_by(ReviewItem.id)
    )


def _of(row: RowMapping) -> Item:
    columns = dict(row)
    act, text = columns.pop("act"), columns.pop("text")
    return Item(**columns, answer=None if act is None else Answer(act, text))


def _item(connection: Connection, item: int) -> Item:
    row = connection.execute(_items().where(ReviewItem.id == item)).mappings().first()
    if row is None:
        raise UnknownItem(item)
    return _of(row)


def _page_items(connection: Connection, page: int) -> list[Item]:
    wanted = _items().where(ReviewItem.page == page)
    return [_of(row) for row in connection.execute(wanted).mappings()]


def _locked(connection: Connection, item: int) -> Item:
    """The item, whose page no one else changes until the transaction ends."""
    page = select(ReviewItem.page).where(ReviewItem.id == item).scalar_subquery()
    # A write, since SQLite has no other lock, and has to take it before it looks.
    connection.execute(update(JobPage).where(JobPage.id == page).values(attempts=JobPage.attempts))
    return _item(connection, item)


def _note(
    connection: Connection,
    item: int,
    reviewer: str,
    act: str,
    text: str,
    *,
    undoes: int | None = None,
) -> int:
    row = {"item": item, "reviewer": reviewer, "at": time.time(), "act": act, "text": text}
    noted = connection.execute(
        insert(Correction).values(**row, undoes=undoes).returning(Correction.id)
    )
    return noted.scalar_one()


def _settle(connection: Connection, page: int, settle: Settle) -> None:
    result = connection.scalar(select(JobPage.result).where(JobPage.id == page)) or ""
    items = _page_items(connection, page)
    after = settle(items, result)
    for item in items:
        columns = _columns(after.fields[item.field])
        if item.state == ANSWERED:
            columns["state"] = ANSWERED
        elif item.drawn:  # sure as it is: it waits to be looked at
            columns["state"] = item.state
        connection.execute(update(ReviewItem).where(ReviewItem.id == item.id).values(columns))
    connection.execute(
        update(JobPage)
        .where(JobPage.id == page)
        .values(status=after.status, result=after.result, expected_errors=after.expected_errors)
    )


def _page_at(reviewer: str) -> ScalarSelect[int]:
    """The page of what the reviewer did last."""
    return (
        select(ReviewItem.page)
        .join(Correction, Correction.item == ReviewItem.id)
        .where(Correction.reviewer == reviewer)
        .order_by(Correction.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _skipped_by(reviewer: str) -> ColumnElement[bool]:
    """Whether the reviewer left the item to others, and did not take that back."""
    skipped, undone = aliased(Correction), aliased(Correction)
    return exists(
        select(skipped.id).where(
            skipped.item == ReviewItem.id,
            skipped.reviewer == reviewer,
            skipped.act == "skip",
            ~exists(select(undone.id).where(undone.undoes == skipped.id)),
        )
    )


def _undoable(reviewer: str) -> Select[int, int]:
    """What the reviewer did, latest first, that was neither taken back nor answered since."""
    undone = aliased(Correction)
    stands = or_(ReviewItem.answer.is_(None), ReviewItem.answer == Correction.id)
    return (
        select(Correction.id, Correction.item)
        .join(ReviewItem, ReviewItem.id == Correction.item)
        .where(Correction.reviewer == reviewer, Correction.act != "undo", stands)
        .where(~exists(select(undone.id).where(undone.undoes == Correction.id)))
        .order_by(Correction.id.desc())
    )
