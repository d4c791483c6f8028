"""Named plug-ins: one new file in a package, or one entry point elsewhere, adds one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from docextract.errors import UnknownName

T = TypeVar("T")


class Registry(Generic[T]):
    """The plug-ins of one kind, found in a package's modules and in an entry-point group.

    Nothing is imported until a name is first asked for.
    """

    def __init__(self, kind: str, package: str, group: str) -> None:
        self.kind, self._package, self._group = kind, package, group
        self._items: dict[str, T] = {}
        self._loaded = False

    def register(self, name: str) -> Callable[[T], T]:
        """Decorate a plug-in with its name; a name that is taken by another is a ValueError."""

        def add(item: T) -> T:
            if self._items.get(name, item) is not item:
                raise ValueError(f"{self.kind} {name!r} is registered twice")
            self._items[name] = item
            return item

        return add

    def get(self, name: str) -> T:
        """Return the plug-in called ``name`` or raise UnknownName with the near names."""
        self._load()
        try:
            return self._items[name]
        except KeyError:
            raise UnknownName(self.kind, name, self._items) from None

    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        self._load()
        return tuple(sorted(self._items))

    def __iter__(self) -> Iterator[tuple[str, T]]:
        return ((name, self._items[name]) for name in self.names())

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        home = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(home.__path__):
            if not module.name.startswith("_"):
                importlib.import_module(f"{self._package}.{module.name}")
        for point in entry_points(group=self._group):
            self._items.setdefault(point.name, point.load())
