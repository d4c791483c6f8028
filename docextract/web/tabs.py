"""What pages keep for a browser's tab: in memory, by session and tab, until some time after."""

from __future__ import annotations

import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from docextract.service.problems import Problem

_KEPT_S = 600.0  # after the last page that showed it was closed


class Kept(ABC):
    """What one tab has; ``id`` is its secret name in addresses."""

    def __init__(self, session: str) -> None:
        self.id = secrets.token_urlsafe(16)
        self.session = session
        self._watchers: set[str] = set()
        self._left_at = time.monotonic()

    def watch(self, client: str) -> None:
        """Note that a page shows it."""
        self._watchers.add(client)

    def leave(self, client: str) -> None:
        """Note that a page was closed."""
        self._watchers.discard(client)
        self._left_at = time.monotonic()

    def was_left(self, seconds: float) -> bool:
        """Whether no page has shown it for so long."""
        return not self._watchers and time.monotonic() - self._left_at > seconds

    @property
    @abstractmethod
    def bytes_kept(self) -> int:
        """The memory that its files and pictures take."""

    @abstractmethod
    def clear(self) -> None:
        """Forget all files."""


T = TypeVar("T", bound=Kept)


class Tabs(Generic[T]):
    """What all tabs of the process have, of one kind.

    ``make`` gets the session and a function that says whether there is room for more bytes.
    """

    def __init__(self, make: Callable[[str, Callable[[int], bool]], T], most_bytes: int) -> None:
        self._make, self._most_bytes = make, most_bytes
        self._kept: dict[tuple[str, str], T] = {}

    def of(self, session: str, tab: str) -> T:
        """What a tab has, empty when it is new."""
        self.clear_left()
        place = (session, tab)
        if place not in self._kept:
            self._kept[place] = self._make(session, self._has_room)
        return self._kept[place]

    def find(self, kept_id: str, session: str) -> T:
        """By its name; raises Problem 404 for one that is not there, or another's."""
        for kept in self._kept.values():
            if secrets.compare_digest(kept.id, kept_id) and kept.session == session:
                return kept
        raise Problem(404, "no-desk", "this page is no longer open. Load it again")

    def clear_left(self) -> None:
        """Forget what tabs had that were closed some time ago, with all files."""
        self._clear(lambda kept: kept.was_left(_KEPT_S))

    def end(self, session: str) -> None:
        """Forget all of who signs out."""
        self._clear(lambda kept: kept.session == session)

    def _clear(self, is_over: Callable[[T], bool]) -> None:
        for place, kept in tuple(self._kept.items()):
            if is_over(kept):
                kept.clear()
                del self._kept[place]

    def _has_room(self, more: int) -> bool:
        return sum(kept.bytes_kept for kept in self._kept.values()) + more <= self._most_bytes
