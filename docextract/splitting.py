"""Several documents in one picture: found one after the other, by what registration goes by.

A picture's segmentation (lines of text that lie together) only says where to look closer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from docextract.errors import RegistrationError
from docextract.forms import Chosen, page_size
from docextract.recognition import Detector, load_detector
from docextract.registration import rectangle
from docextract.template import Template
from docextract.types import Homography, Page, Quad, Sheet

MOST = 40  # documents on a page: more could not be read
_LOOK_PX = 1600.0  # the picture's longer side as the detector sees it
_ROOM = 0.35  # of a document's short side: narrower margins hold no other document
_ROOM_PX = 256  # long side of the picture in which room is looked for
_BLANK = 0.1  # of a document's own edges: a background with fewer has no print
_EDGES = (60, 180)  # Canny's
_SHARED = 0.25  # of the smaller document, at most: torn paper is shorter than its form
_LARGE = 0.5  # of the picture: a document this large was seen well at the first look
_ABOUT = 1.06  # times a document as it was seen first: where its lines are
_MARGIN = 0.12  # of its longer side around a document that is looked at closer
_REACHES = (0.3, 0.1)  # of a document's longer side: lines of text so near may be of one
_LIKE = (0.4, 1.6)  # a window's long side to that of a document found
_FEWEST_LINES = 2
_MOST_FRUITLESS = 3  # windows without a document

_Box: TypeAlias = tuple[int, int, int, int]


class Finds(Protocol):
    """What tells and places documents: of one template, or of several."""

    def choose(self, page: Page) -> Chosen:
        """Place a page with one document; raises RegistrationError when none fits."""
        ...

    def all_seen(self, page: Page) -> list[Chosen]:
        """Placements of several documents on a page by their references; they may overlap."""
        ...

    def all_among(self, page: Page, lines_px: Sequence[Quad]) -> list[Chosen]:
        """Placements of several documents on a page by its lines of text; they may overlap."""
        ...

    def again(self, chosen: Chosen, part: Page, lines_px: Sequence[Quad]) -> Sheet | None:
        """Place ``part`` of a page as it was chosen to be, by lines on it if it was by lines."""
        ...

    def worth_placing(self, lines_px: Sequence[Quad]) -> bool:
        """False where lines of text say that no document is among them."""
        ...


class Document(NamedTuple):
    """A document on a page: its template, where it lies, and its corners in px of the page.

    The corners are the form's, from its top left clockwise as one reads it. ``number`` counts the
    documents of a page that is split, from 1.
    """

    template: str
    sheet: Sheet
    quad_px: Quad
    number: int | None = None


class Documents(Protocol):
    """What finds the documents on pages."""

    def find(self, page: Page) -> list[Document]:
        """The documents on a page, at least one; raises RegistrationError when there is none."""
        ...


class OneOnPage:
    """Takes every page to be one document. ``sizes_u`` are as for ``Splitter``."""

    def __init__(self, finder: Finds, sizes_u: Mapping[str, tuple[float, float]]) -> None:
        self._finder, self._sizes_u = finder, sizes_u

    def find(self, page: Page) -> list[Document]:
        """The document on a page; raises RegistrationError when no form fits."""
        chosen = self._finder.choose(page)
        return [_document(chosen, self._sizes_u[chosen.template])]


class Splitter:
    """Finds all documents on a page. ``sizes_u`` are the templates' pages in units, by name."""

    def __init__(
        self, finder: Finds, sizes_u: Mapping[str, tuple[float, float]], detector: Detector
    ) -> None:
        self._finder, self._sizes_u, self._detector = finder, sizes_u, detector

    def find(self, page: Page) -> list[Document]:
        """The documents on a page in reading order; raises RegistrationError when there is none.

        First the page is taken to have one. Where that leaves room for others, and there is
        something, cheap looks at all of it follow, and then closer ones at what is left.
        """
        try:
            first = self._document(self._finder.choose(page))
        except RegistrationError as err:
            found = self._all(_Scene(page, ()))
            if not found:
                raise err from None
            return in_reading_order(found)
        if not has_room(page, [first]):
            return in_reading_order([first])
        scene = self._with(_Scene(page, ()), [first], first.sheet.lines_px)
        return in_reading_order(self._all(scene) or [first])

    def _all(self, scene: _Scene) -> tuple[Document, ...]:
        """The documents of a scene, and all others beside them."""
        scene = self._glanced(scene)
        if scene.found and not has_room(scene.page, scene.found):
            return scene.found
        lines_px = self._detector.detect(scene.page.image, scale=_scale(scene.page))
        scene = self._among_lines(scene, lines_px)
        return self._searched(scene, lines_px).found

    def _glanced(self, scene: _Scene) -> _Scene:
        """The scene with what references show at a glance."""
        seen = self._finder.all_seen(scene.masked())
        return self._with(scene, [self._document(one) for one in seen], ())

    def _among_lines(self, scene: _Scene, lines_px: Sequence[Quad]) -> _Scene:
        """The scene with what lines of text show, looked for again and again in what is left."""
        while len(scene.found) < MOST:
            among = self._finder.all_among(scene.page, scene.outside(lines_px))
            more = self._with(scene, [self._document(one) for one in among], lines_px)
            if len(more.found) == len(scene.found):
                break
            scene = more
        return scene

    def _with(
        self, scene: _Scene, documents: Sequence[Document], lines_px: Sequence[Quad]
    ) -> _Scene:
        """The scene with documents that lie on none before them, each as a closer look has it."""
        for document in documents:
            if scene.has_space_for(document):
                again = self._again(scene, document, lines_px)
                if again is not None and scene.has_space_for(again):
                    scene = scene.having(again)
        return scene

    def _searched(self, scene: _Scene, lines_px: Sequence[Quad]) -> _Scene:
        """The scene with what is found where lines of text are left over, one by one."""
        fruitless: set[_Box] = set()
        windows = scene.windows(scene.outside(lines_px))
        while windows and len(fruitless) < _MOST_FRUITLESS and len(scene.found) < MOST:
            window = windows.pop(0)
            if window.box in fruitless or not self._finder.worth_placing(window.lines_px):
                continue
            document = self._placed_in(scene, window)
            if document is None:
                fruitless.add(window.box)
                continue
            scene = scene.having(document)
            windows = scene.windows(scene.outside(lines_px))
        return scene

    def _placed_in(self, scene: _Scene, window: _Window) -> Document | None:
        try:
            chosen = self._finder.choose(window.part(scene.masked()))
        except RegistrationError:
            return None
        sheet = window.on_page(chosen.sheet, scene.page)
        document = self._document(Chosen(chosen.template, sheet))
        return document if scene.has_space_for(document) else None

    def _again(
        self, scene: _Scene, document: Document, lines_px: Sequence[Quad]
    ) -> Document | None:
        """A document placed by its own part of the page; None when it is not there after all.

        What was placed in a small view of the page is so placed exactly, and by its own lines only
        what was placed among many. A document that takes most of the page stays as it is.
        """
        if _share(scene.page, document.quad_px) > _LARGE:
            return document
        window = _Window.around(scene.page, document.quad_px, margin=_MARGIN)
        near = window.moved(_lines_on(document.quad_px, lines_px))
        chosen = Chosen(document.template, document.sheet)
        sheet = self._finder.again(chosen, window.part(scene.masked()), near)
        if sheet is None:
            return None
        return self._document(Chosen(document.template, window.on_page(sheet, scene.page)))

    def _document(self, chosen: Chosen) -> Document:
        return _document(chosen, self._sizes_u[chosen.template])


def _document(chosen: Chosen, size_u: tuple[float, float]) -> Document:
    corners_u = rectangle(0, 0, *size_u)
    return Document(chosen.template, chosen.sheet, chosen.sheet.to_page(corners_u))


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """A page and the documents that were found on it."""

    page: Page
    found: tuple[Document, ...]

    def having(self, document: Document) -> _Scene:
        """The scene with one more document."""
        return replace(self, found=(*self.found, document))

    def masked(self) -> Page:
        """The page with what was found painted over, in the colour that the page mostly has."""
        if not self.found:
            return self.page
        image = self.page.image.copy()
        color = np.median(image[::16, ::16].reshape(-1, 3), axis=0)
        for document in self.found:
            corners = document.quad_px.round().astype(np.int32)
            cv2.fillConvexPoly(image, corners, color.tolist())
        return replace(self.page, image=image)

    def outside(self, lines_px: Sequence[Quad]) -> list[Quad]:
        """The lines whose middle is on no document that was found."""
        quads = [document.quad_px for document in self.found]
        return [line for line in lines_px if not any(_is_on(quad, line) for quad in quads)]

    def has_space_for(self, document: Document) -> bool:
        """True when a document lies on none that was found."""
        return all(_shared(document.quad_px, other.quad_px) <= _SHARED for other in self.found)

    def windows(self, lines_px: Sequence[Quad]) -> list[_Window]:
        """Where lines lie together and a document like those found may be, most lines first.

        Lines that lie together loosely come before those that do so closely.
        """
        long_px = [max(_sides(document.quad_px)) for document in self.found]
        typical = float(np.median(long_px)) if long_px else max(self.page.image.shape[:2]) / 3
        least, most = 0.0, float("inf")
        if long_px:
            least, most = _LIKE[0] * min(long_px), _LIKE[1] * max(long_px)
        windows: dict[_Box, _Window] = {}
        for reach in _REACHES:
            groups = _groups(lines_px, reach * typical)
            for group in sorted(groups, key=len, reverse=True):
                window = _Window.of_lines(self.page, group, margin=_MARGIN)
                if len(group) >= _FEWEST_LINES and least <= window.long_px <= most:
                    windows.setdefault(window.box, window)
        return list(windows.values())


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """An upright piece of a page, in whole px, and the lines of text that it is around."""

    left: int
    top: int
    right: int
    bottom: int
    lines_px: tuple[Quad, ...] = ()

    @classmethod
    def around(cls, page: Page, points_px: Quad, *, margin: float) -> _Window:
        """The piece around some points, and a share of its longer side more; within the page."""
        low, high = points_px.min(axis=0), points_px.max(axis=0)
        more = margin * float((high - low).max())
        height, width = page.image.shape[:2]
        left, top = np.clip(low - more, 0, (width - 2, height - 2)).astype(int)
        right, bottom = np.clip(high + more, (left + 1, top + 1), (width, height)).astype(int)
        return cls(int(left), int(top), int(right), int(bottom))

    @classmethod
    def of_lines(cls, page: Page, lines_px: Sequence[Quad], *, margin: float) -> _Window:
        """The piece around lines of text."""
        window = cls.around(page, np.concatenate(lines_px), margin=margin)
        return replace(window, lines_px=tuple(lines_px))

    def moved(self, lines_px: Sequence[Quad]) -> list[Quad]:
        """Lines of the page in px of the piece."""
        return [line - (self.left, self.top) for line in lines_px]

    @property
    def box(self) -> _Box:
        """Its sides: left, top, right and bottom."""
        return self.left, self.top, self.right, self.bottom

    @property
    def long_px(self) -> int:
        """Its longer side."""
        return max(self.right - self.left, self.bottom - self.top)

    def part(self, page: Page) -> Page:
        """The piece as a page."""
        return replace(page, image=page.image[self.top : self.bottom, self.left : self.right])

    def on_page(self, sheet: Sheet, page: Page) -> Sheet:
        """A sheet of the piece, on the page itself."""
        shift = np.array([self.left, self.top], np.float64)
        to_page: Homography = np.array([[1, 0, shift[0]], [0, 1, shift[1]], [0, 0, 1.0]])
        homography = to_page @ sheet.homography
        return replace(
            sheet,
            page=page,
            homography=homography / homography[2, 2],
            lines_px=tuple(line + shift for line in sheet.lines_px),
        )


def documents_finder(
    finder: Finds, templates: Sequence[Template], *, threads: int = 0
) -> Documents:
    """What finds the documents of some templates: one on a page, or several if one is ``split``."""
    sizes_u = {template.name: page_size(template) for template in templates}
    if any(template.split for template in templates):
        return Splitter(finder, sizes_u, load_detector(threads=threads))
    return OneOnPage(finder, sizes_u)


def in_reading_order(documents: Sequence[Document]) -> list[Document]:
    """Documents, numbered row by row from the top, each row from the left.

    Of a row are those whose middle is higher than the lower edge of the topmost that is left.
    """
    left = sorted(documents, key=lambda document: float(document.quad_px[:, 1].mean()))
    ordered: list[Document] = []
    while left:
        ends = float(left[0].quad_px[:, 1].max())
        row = [one for one in left if float(one.quad_px[:, 1].mean()) < ends]
        ordered += sorted(row, key=lambda document: float(document.quad_px[:, 0].mean()))
        left = left[len(row) :]
    return [document._replace(number=number) for number, document in enumerate(ordered, 1)]


def has_room(page: Page, documents: Sequence[Document]) -> bool:
    """True when beside some documents there is room for another, and something is there.

    Room is a circle that fits beside them, of a part of the smallest one's short side; something
    is edges, as dense as a part of their own.
    """
    scale = min(1.0, _ROOM_PX / max(page.image.shape[:2]))
    small = cv2.resize(page.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    inside = np.zeros(small.shape[:2], np.uint8)
    for document in documents:
        cv2.fillConvexPoly(inside, (document.quad_px * scale).round().astype(np.int32), 1)
    widest = 2 * float(cv2.distanceTransform(np.pad(1 - inside, 1), cv2.DIST_L2, 5).max())
    if widest < _ROOM * min(min(_sides(one.quad_px)) for one in documents) * scale:
        return False
    edges = cv2.Canny(small, *_EDGES) > 0
    around = cv2.dilate(inside, np.ones((7, 7), np.uint8)) > 0  # a paper's own edges and shadow
    beside = int((edges & ~around).sum())
    own = int((edges & (inside > 0)).sum())
    return beside > _BLANK * own / len(documents)


def _lines_on(quad_px: Quad, lines_px: Sequence[Quad]) -> list[Quad]:
    """The lines whose middle is on a document, or beside it by a little."""
    middle = quad_px.mean(axis=0)
    larger = middle + _ABOUT * (quad_px - middle)
    return [line for line in lines_px if _is_on(larger, line)]


def _is_on(quad_px: Quad, line_px: Quad) -> bool:
    """True when a line's middle is on a document."""
    x, y = map(float, line_px.mean(axis=0))
    return bool(cv2.pointPolygonTest(quad_px.astype(np.float32), (x, y), False) >= 0)


def _groups(lines_px: Sequence[Quad], reach_px: float) -> list[list[Quad]]:
    """Lines of text that lie together: each nearer than ``reach_px`` to another of its group."""
    groups: list[list[Quad]] = []
    grown = [_grown(line, reach_px / 2) for line in lines_px]
    left = list(range(len(lines_px)))
    while left:
        group = [left.pop()]
        for one in group:  # it grows meanwhile
            near = [other for other in left if _touch(grown[one], grown[other])]
            group += near
            left = [other for other in left if other not in near]
        groups.append([lines_px[i] for i in group])
    return groups


def _grown(quad_px: Quad, by_px: float) -> Quad:
    """A rectangle's corners moved outwards along both sides."""
    along, down = quad_px[1] - quad_px[0], quad_px[3] - quad_px[0]
    along = along / max(float(np.linalg.norm(along)), 1e-6) * by_px
    down = down / max(float(np.linalg.norm(down)), 1e-6) * by_px
    grown: Quad = quad_px + np.array([-along - down, along - down, along + down, down - along])
    return grown


def _touch(one: Quad, other: Quad) -> bool:
    return _common(one, other) > 0


def _shared(one: Quad, other: Quad) -> float:
    """The area that two quads have in common, as a share of the smaller one's."""
    smaller = min(_area(one), _area(other))
    return _common(one, other) / max(smaller, 1e-6)


def _common(one: Quad, other: Quad) -> float:
    apart = (one.max(axis=0) < other.min(axis=0)) | (other.max(axis=0) < one.min(axis=0))
    if apart.any():
        return 0.0
    area, _ = cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))
    return float(area)


def _area(quad_px: Quad) -> float:
    return float(cv2.contourArea(quad_px.astype(np.float32)))


def _share(page: Page, quad_px: Quad) -> float:
    """How much of the picture a document takes."""
    height, width = page.image.shape[:2]
    return _area(quad_px) / float(height * width)


def _sides(quad_px: Quad) -> tuple[float, float]:
    """A document's width and height in px."""
    sides: NDArray[np.float64] = np.linalg.norm(np.roll(quad_px, -1, axis=0) - quad_px, axis=1)
    return float(sides[0] + sides[2]) / 2, float(sides[1] + sides[3]) / 2


def _scale(page: Page) -> float:
    longest = float(max(page.image.shape[:2]))
    return min(_LOOK_PX / longest, 1.0)
