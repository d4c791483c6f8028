"""A layout's reference picture as a blank form: where it leaves room, and what it prints itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.errors import UsageError
from docextract.fields import ReadsMarks, ReadsPicture, ReadsTable, is_print
from docextract.fields.barcode import Barcode
from docextract.sources import load_page
from docextract.synth.pages.lines import is_in_rows
from docextract.synth.pages.sheet import DARK_PAPER, turned_back, turned_box, turned_picture
from docextract.template import Anchor, Box, Field, Layout, Template
from docextract.types import Direction, Image, Value

Bits = NDArray[np.bool_]

_DARKER = 40  # grey levels from paper to ink
_PAPER_PX = 31  # ink is what lies lower than everything this near
_RULED_DOWN, _RULED_ACROSS = 0.75, 0.6  # shares of a box that make ink a ruling line
_EVEN = 0.15  # how far cells may differ from their mean width
_FEWEST_CELLS = 3
_A_WORD = 0.25  # of a box's width: more print without a label is a made-up value
_LINE_MARGIN = 0.4  # of a label's height: paper above and below its line
_STICKS_OUT = 0.15  # of a row's height
_DOTS = 0.004  # share of a box that is dirt
_PRINTED = 0.04  # share of an anchor's box that is inked where its words are printed
_COVERED = 0.85  # of an anchor's box that lies in a field's, where it is the field's own print
_CLOUDS = 7  # the seed of pictures of nothing in particular
_TALL = 1.9  # heights of a usual line's box, from which a box is for several lines


class Room(NamedTuple):
    """Where a line may be written, in template units.

    ``cells`` hold a symbol each. ``tight`` is a place that print has to fill, as anchors do. A
    ``labelled`` one has the words around its value printed already; ``words`` are yet to be
    printed before it. ``direction`` is the print's.
    """

    box: Box
    cells: tuple[Box, ...] = ()
    tight: bool = False
    labelled: bool = False
    words: str = ""
    direction: Direction = "right"

    def placed(self, place: Callable[[Box], Box]) -> Room:
        """The same room elsewhere."""
        return self._replace(box=place(self.box), cells=tuple(map(place, self.cells)))


@dataclass(frozen=True, eq=False)
class BlankForm:
    """A reference without made-up values (BGR), the room of each field of print, missing anchors.

    ``wanted`` are the patterns of anchors that a field's own print has to match; ``words`` the
    anchors that the reference does not print. ``shown`` is what it shows itself in fields that are
    pictures other than barcodes.
    """

    image: Image
    page_u: tuple[int, int]
    rooms: dict[str, Room]
    wanted: dict[str, tuple[str, ...]]
    words: tuple[Anchor, ...]
    shown: dict[str, Value | None]

    @property
    def anchored(self) -> frozenset[str]:
        """The fields whose print places the form."""
        return frozenset(self.wanted)


def study_form(template: Template, layout: Layout) -> BlankForm:
    """Look at a layout's reference.

    Raises UsageError for a layout without one, a label that cannot be told, or a field that is a
    picture which it does not show; SourceError for a reference that cannot be loaded.
    """
    where = f"{template.path}: layouts.{layout.name}.reference"
    if layout.reference is None:
        raise UsageError(f"{where} is missing. Give a picture of the blank form to draw on")
    image = load_page(layout.reference, 1).image.copy()
    page_u = (template.page.width, template.page.height)
    look = _Look(image, page_u)
    line_u = float(np.median([f.box.across(f.direction) for f in template.fields.values()]))
    rooms: dict[str, Room] = {}
    wanted: dict[str, tuple[str, ...]] = {}
    shown: dict[str, Value | None] = {}
    anchors = template.anchors(layout.name)
    for field in template.fields_on(layout.name):
        box = template.box(field.name, layout.name)
        if isinstance(field.kind, ReadsTable | Barcode):
            look.wipe(box)
        elif isinstance(field.kind, ReadsPicture):
            shown[field.name] = _shown(look, field, field.kind, box, where)
        elif is_print(field.kind) and not is_in_rows(field):
            over = [a for a in anchors if a.pattern and _share(a.box, box) > _COVERED]
            if over:
                wanted[field.name] = tuple(anchor.pattern for anchor in over)
                look.wipe(_widened_box(over[0].box))
                rooms[field.name] = Room(over[0].box, tight=True)
            else:
                rooms[field.name] = _directed_room(look, field, box, line_u, where)
    for row in layout.rows:
        look.wipe(_widened_box(row.box))
    taken = {pattern for patterns in wanted.values() for pattern in patterns}
    unprinted = tuple(
        anchor
        for anchor in anchors
        if anchor.pattern not in taken and look.share(anchor.box) < _PRINTED
    )
    return BlankForm(image, page_u, rooms, wanted, unprinted, shown)


def _shown(look: _Look, field: Field, kind: ReadsPicture, box: Box, where: str) -> Value | None:
    """What the reference shows in a field that is a picture; it is given clouds to show if none."""
    text = kind.read_image(look.picture(box))
    if text is None and not field.nullable:
        look.paint(box)
        text = kind.read_image(look.picture(box))
        if text is None:
            raise UsageError(
                f"{where} shows nothing in the box of field {field.name!r}, which is a picture and "
                "cannot be drawn. Give a reference that shows one"
            )
    return None if text is None else field.kind.parse(text)


def mark_boxes(template: Template, layout: Layout) -> Iterator[tuple[str, str, Box]]:
    """All boxes to tick: field, the box's name inside it ("" for the field's own), outline."""
    for field in template.fields.values():
        if isinstance(field.kind, ReadsMarks):
            for name, box in template.boxes(field.name, layout.name).items():
                yield field.name, name[len(field.name) + 1 :], box


def _directed_room(look: _Look, field: Field, box: Box, line_u: float, where: str) -> Room:
    """The room of a field, looked for on the form as it lies when the print runs to the right."""
    direction, page_u = field.direction, look.page_u
    seen = look.turned(direction)
    room = _room(seen, field, turned_box(box, direction, page_u), line_u, where)
    back = room.placed(lambda box: turned_back(box, direction, page_u))
    return back._replace(direction=direction)


def _room(look: _Look, field: Field, box: Box, line_u: float, where: str) -> Room:
    place = field.place
    if place is not None and (place.right_of or place.line):
        return _labelled_room(look, field, box, line_u, where)
    free = look.between_rulings(box)
    if cells := look.cells(box):
        return Room(free, cells=cells)
    inked = look.print_width(free)
    if inked > _A_WORD * free.width and not (field.prefix or field.suffix):
        look.wipe(free)
        return Room(free)
    if inked:
        return Room(look.widest_gap(free), labelled=inked > _A_WORD / 2 * free.width)
    return Room(_one_line(free, line_u) if free.height > _TALL * line_u else free)


def _labelled_room(look: _Look, field: Field, box: Box, line_u: float, where: str) -> Room:
    """The room beside a label in the box, or a line's for both when the form prints none."""
    assert field.place is not None
    words = field.place.right_of or ""
    lines = look.bands(box)
    if len(lines) > 1:
        raise UsageError(
            f"{where} has {len(lines)} lines of print in the box of field {field.name!r}, and "
            f"which of them says {words or field.place.line!r} is not known. Make the box smaller"
        )
    if not lines:
        return Room(_one_line(box, line_u), words=words)
    gap, by = look.widest_gap(lines[0]), _LINE_MARGIN * lines[0].height
    return Room(gap._replace(y=gap.y - by, height=gap.height + 2 * by), labelled=True)


def _one_line(box: Box, line_u: float) -> Box:
    """The upper part of a box that is as high as a line's box."""
    height = min(box.height, line_u)
    return Box(box.x, box.y + min(0.2 * height, box.height - height), box.width, height)


def _widened_box(box: Box) -> Box:
    """The box and what print sticks out of it."""
    by = _STICKS_OUT * box.height
    return Box(box.x - by, box.y - by, box.width + 2 * by, box.height + 2 * by)


def _share(part: Box, whole: Box) -> float:
    """How much of ``part`` lies in ``whole``."""
    across = min(part.x + part.width, whole.x + whole.width) - max(part.x, whole.x)
    down = min(part.y + part.height, whole.y + whole.height) - max(part.y, whole.y)
    return max(across, 0) * max(down, 0) / (part.width * part.height)


class _Look:
    """A reference's ink, asked in template units; wiping changes the picture."""

    def __init__(self, image: Image, page_u: tuple[int, int]) -> None:
        self._image = image
        self.page_u: tuple[float, float] = page_u
        height, width = image.shape[:2]
        self._sx, self._sy = width / page_u[0], height / page_u[1]
        self._ink = _stands_out(image.min(axis=2))
        self._white_ink = _stands_out(255 - image.max(axis=2))

    def turned(self, direction: Direction) -> _Look:
        """The same picture, turned so that print of a direction runs to the right."""
        look = copy(self)
        look._image, look._ink, look._white_ink = (
            turned_picture(self._image, direction),
            turned_picture(self._ink, direction),
            turned_picture(self._white_ink, direction),
        )
        if direction != "right":
            look.page_u = self.page_u[::-1]
            look._sx, look._sy = self._sy, self._sx
        return look

    def picture(self, box: Box) -> Image:
        """A copy of what is in a box."""
        return self._image[self._slices(box)].copy()

    def paint(self, box: Box) -> None:
        """Put coloured clouds into a box."""
        rows, columns = self._slices(box)
        height, width = self._image[rows, columns].shape[:2]
        clouds = np.random.default_rng(_CLOUDS).uniform(30, 230, (7, 6, 3)).astype(np.float32)
        picture = cv2.resize(clouds, (width, height), interpolation=cv2.INTER_CUBIC)
        self._image[rows, columns] = np.clip(picture, 0, 255).astype(np.uint8)

    def share(self, box: Box) -> float:
        """The share of a box that is inked."""
        return float(self._cut(box).mean())

    def wipe(self, box: Box) -> None:
        """Make all ink in a box paper."""
        rows, columns = self._slices(box)
        inked = cv2.dilate(self._cut(box).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        part = self._image[rows, columns]
        if inked.any() and not inked.all():
            part[inked] = np.median(part[~inked], axis=0).astype(np.uint8)
        self._ink[rows, columns] = self._white_ink[rows, columns] = False

    def between_rulings(self, box: Box) -> Box:
        """The widest part of a box between ruling lines."""
        across, down = self._rulings(box)
        top, bottom = _longest_run(~across)
        left, right = _longest_run(~down) if not self.cells(box) else (0, len(down))
        return self._box(box, left, top, right, bottom)

    def cells(self, box: Box) -> tuple[Box, ...]:
        """The even cells that upright rulings make in a box; none where there are none."""
        across, down = self._rulings(box)
        runs = _runs(~down)
        usual = float(np.median([right - left for left, right in runs])) if runs else 0.0
        leeway = _EVEN * usual + 1
        inner = [run for run in runs if run[0] > 0 and run[1] < len(down)]
        if any(abs(right - left - usual) > leeway for left, right in inner):
            return ()
        runs = [run for run in runs if abs(run[1] - run[0] - usual) <= leeway]
        if len(runs) < _FEWEST_CELLS:
            return ()
        top, bottom = _longest_run(~across)
        return tuple(self._box(box, left, top, right, bottom) for left, right in runs)

    def print_width(self, box: Box) -> float:
        """How much of a box's width print covers, 0 for dirt; in units."""
        ink = self._cut(box)
        if ink.mean() < _DOTS:
            return 0.0
        return float(_joined(_any(ink, 0), ink.shape[0] // 2).sum() / self._sx)

    def widest_gap(self, box: Box) -> Box:
        """The widest part of a box without print."""
        ink = self._cut(box)
        taken = _joined(_any(ink, 0), ink.shape[0] // 2)
        margin = max(1, ink.shape[0] // 6)
        near = cv2.dilate(taken.astype(np.uint8)[None], np.ones((1, 2 * margin + 1), np.uint8))[0]
        left, right = _longest_run(near == 0)
        return self._box(box, left, 0, right, ink.shape[0])

    def bands(self, box: Box) -> list[Box]:
        """The lines of print in a box, from the top."""
        across, down = self._rulings(box)
        ink = self._cut(box) & ~across[:, None] & ~down[None]
        rows = _joined(_any(ink, 1), 3)
        return [
            self._box(box, 0, top, ink.shape[1], bottom)
            for top, bottom in _runs(rows)
            if bottom - top > 5
        ]

    def _rulings(self, box: Box) -> tuple[Bits, Bits]:
        """Which rows and which columns of a box are ruling lines, a pixel wider than they are."""
        ink = self._cut(box)
        across = ink.mean(axis=1) > _RULED_ACROSS
        down = ink.mean(axis=0) > _RULED_DOWN
        return _widened(across), _widened(down)

    def _cut(self, box: Box) -> Bits:
        """The ink in a box: what is darker than the paper, or lighter than dark paper."""
        slices = self._slices(box)
        dark = float(np.median(self._image[slices])) < DARK_PAPER
        return self._white_ink[slices] if dark else self._ink[slices]

    def _slices(self, box: Box) -> tuple[slice, slice]:
        x, y, width, height = box
        top, left = max(0, round(y * self._sy)), max(0, round(x * self._sx))
        bottom = max(top + 1, round((y + height) * self._sy))
        right = max(left + 1, round((x + width) * self._sx))
        return slice(top, bottom), slice(left, right)

    def _box(self, box: Box, left: int, top: int, right: int, bottom: int) -> Box:
        x, y = box.x + left / self._sx, box.y + top / self._sy
        width, height = (right - left) / self._sx, (bottom - top) / self._sy
        return Box(x, y, max(width, 1.0), max(height, 1.0))


def _stands_out(tone: NDArray[np.uint8]) -> Bits:
    """What is much darker than the lightest nearby."""
    kernel = np.ones((_PAPER_PX, _PAPER_PX), np.uint8)
    paper = cv2.morphologyEx(tone, cv2.MORPH_CLOSE, kernel)
    return np.asarray(paper.astype(np.int16) - tone > _DARKER, np.bool_)


def _any(ink: Bits, axis: int) -> Bits:
    return np.asarray(ink.any(axis=axis), np.bool_)


def _widened(line: Bits) -> Bits:
    widened: Bits = cv2.dilate(line.astype(np.uint8)[None], np.ones((1, 3), np.uint8))[0] > 0
    return widened


def _joined(line: Bits, gap: int) -> Bits:
    """Runs of True with gaps below ``gap`` closed."""
    joined = line.copy()
    for start, end in _runs(~line):
        if start > 0 and end < len(line) and end - start < gap:
            joined[start:end] = True
    return joined


def _runs(line: Bits) -> list[tuple[int, int]]:
    """Runs of True as [start, end)."""
    edges = np.flatnonzero(np.diff(np.r_[False, line, False].astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _longest_run(line: Bits) -> tuple[int, int]:
    return max(_runs(line), key=lambda run: run[1] - run[0], default=(0, len(line)))
