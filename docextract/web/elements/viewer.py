"""A page's picture with quads on it, which mark what bears their name beside the picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from docextract.types import Quad


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A quad on the page, in its px. ``state`` is a CSS class, ``name`` that of the elements with
    the attribute ``data-place`` that it belongs to."""

    name: str
    title: str
    state: str
    quad_px: Quad

    def content(self) -> dict[str, str]:
        """What the component gets."""
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in self.quad_px.tolist())
        return {"name": self.name, "title": self.title, "state": self.state, "points": points}


class Viewer(Element, component="viewer.js"):
    """Zooms and turns; hovering or focusing marks on both sides, by the browser alone.

    Its keys: + and - zoom, 0 fits, r turns, n goes to the next element with ``data-doubt``; for j
    and k, ``step`` is called with 1 and -1.
    """

    def __init__(self, words: Mapping[str, str], step: Callable[[int], None]) -> None:
        super().__init__()
        self._props |= {"src": "", "width": 1, "height": 1, "places": [], "turn": 0}
        self._props["words"] = dict(words)

        def stepped(event: GenericEventArguments) -> None:
            step(1 if event.args == 1 else -1)

        self.on("step", stepped)

    def show(
        self, url: str, width_px: int, height_px: int, places: Sequence[Place], turn: int
    ) -> None:
        """Show a page whose print lies turned clockwise by ``turn`` degrees."""
        self._props["src"] = url
        self._props["width"], self._props["height"] = width_px, height_px
        self._props["places"] = [place.content() for place in places]
        self._props["turn"] = turn
        self.update()

    def hide(self) -> None:
        """Show no page; its keys still work, which they would not were the element invisible."""
        self._props["src"] = ""
        self._props["places"] = []
        self.update()
