"""A form's picture with boxes on it that are drawn, moved and resized, by mouse or keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from docextract.fields import to_box_u
from docextract.template import Box


@dataclass(frozen=True, slots=True)
class Drawn:
    """One box in template units. ``state`` is a CSS class; ``field`` is what it belongs to."""

    name: str
    field: str
    title: str
    state: str
    box: Box

    def content(self) -> dict[str, object]:
        """What the component gets."""
        own = {"name": self.name, "field": self.field, "title": self.title, "state": self.state}
        return {**own, "box": list(self.box)}


@dataclass(frozen=True, slots=True)
class BoxActs:
    """What the boxes ask their page for; a box is in template units."""

    drawn: Callable[[Box], None]
    moved: Callable[[str, Box], None]
    removed: Callable[[str], None]
    selected: Callable[[str], None]


class Boxes(Element, component="boxes.js"):
    """Dragging on the picture draws a box, on a box moves it, on its edge resizes it.

    A box that has the focus is moved by the arrow keys and resized with Shift, by one unit, with
    Ctrl by ten; Delete removes it. + and - zoom, 0 fits.
    """

    def __init__(self, words: Mapping[str, str], acts: BoxActs) -> None:
        super().__init__()
        self._props |= {"src": "", "width": 1, "height": 1, "boxes": [], "selected": ""}
        self._props |= {"words": dict(words), "heard": 0}

        def drawn(event: GenericEventArguments) -> None:
            acts.drawn(_box(event.args["box"]))

        def moved(event: GenericEventArguments) -> None:
            self._props["heard"] = int(event.args["number"])  # it is shown what came of this one
            acts.moved(str(event.args["name"]), _box(event.args["box"]))

        self.on("drawn", drawn)
        self.on("moved", moved)
        self.on("removed", lambda event: acts.removed(str(event.args)))
        self.on("selected", lambda event: acts.selected(str(event.args)))

    def show(self, url: str, size_u: tuple[int, int], boxes: Sequence[Drawn], field: str) -> None:
        """Show a picture that is stretched to the page, ``size_u``, with a field's boxes marked."""
        self._props["src"] = url
        self._props["width"], self._props["height"] = size_u
        self._props["boxes"] = [one.content() for one in boxes]
        self._props["selected"] = field
        self.update()


def _box(sent: object) -> Box:
    """A box as a browser sent it; raises ValueError for what is none."""
    return Box(*to_box_u(sent))
