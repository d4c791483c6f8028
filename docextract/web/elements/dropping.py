"""A place to drop files on: the whole window takes them, and a button opens the file chooser."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nicegui.element import Element
from nicegui.events import GenericEventArguments


class Dropping(Element, component="dropping.js"):
    """Sends files to ``url`` one after the other, each in a POST request of its own.

    ``refused`` is told of what was not let in: the file's name, by which the browser keeps it,
    the problem's kind and its detail.
    """

    def __init__(
        self, url: str, words: Mapping[str, str], refused: Callable[[str, str, str, str], None]
    ) -> None:
        super().__init__()
        self._props["url"] = url
        self._props["words"] = dict(words)

        def told(event: GenericEventArguments) -> None:
            name, kept, kind, detail = (str(event.args[part]) for part in _PARTS)
            refused(name, kept, kind, detail)

        self.on("refused", told)

    def send_again(self, kept: str) -> None:
        """Send a file again that was refused."""
        self.run_method("again", kept)


_PARTS = ("name", "kept", "kind", "detail")
