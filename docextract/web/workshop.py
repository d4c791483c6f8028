"""A template in the making, and the samples it is made of and tried on; in memory only.

A workshop belongs to a session and a browser's tab, as a desk does. Nothing of it reaches the disk
but while it is read, until it is saved.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import cv2

from docextract.authoring import paint_out, propose_template
from docextract.editing import NAME, Bundle, EditError, Outline, blank, outline
from docextract.editing.data import plain_data
from docextract.errors import DocextractError, TemplateError
from docextract.fields import is_told_by_marks
from docextract.linting import Finding, lint_template
from docextract.pipeline import Extractor
from docextract.result import Result
from docextract.service.problems import Problem, problem_of
from docextract.service.state import State
from docextract.service.uploads import Upload, count_pages
from docextract.sources import load_page
from docextract.template import Box, Template
from docextract.template.document import DocumentError
from docextract.types import Image, Page
from docextract.web.desk import MOST_KEPT
from docextract.web.picture import jpeg
from docextract.web.placed import placed_on_form
from docextract.web.tabs import Kept, Tabs

_MOST_SAMPLES = 50
_MOST_STEPS = 200  # that can be undone
_MOST_TEXT = 100_000  # characters of a template
_MOST_BESIDE = 2_000_000  # bytes of a lexicon


@dataclass(slots=True, eq=False)
class Sample:
    """One file, of which the first page counts, and what the template read on it at last.

    ``tried`` is the text it was read by.
    """

    upload: Upload
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    is_reading: bool = False
    result: Result | None = None
    tried: str = ""
    problem: Problem | None = None

    def page(self, size_u: tuple[float, float] | None = None) -> Page:
        """The page; raises SourceError."""
        return load_page(self.upload.data, 1, page_size_u=size_u, name=self.upload.name)


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong with a text, and what will be fragile; ``template`` where nothing is wrong."""

    text: str
    template: Template | None
    mistakes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The picture under the boxes: the form's own, or a sample laid on it, in template units.

    ``size_u`` is the page's; the picture is stretched to it.
    """

    key: str
    layout: int
    size_u: tuple[int, int]
    jpeg: bytes


class Workshop(Kept):
    """One tab's template; ``changed`` tells the page that shows it."""

    def __init__(self, state: State, session: str, has_room: Callable[[int], bool]) -> None:
        super().__init__(session)
        self.samples: dict[str, Sample] = {}
        self.bundle: Bundle | None = None
        self.version = ""  # of the saved template that was opened
        self.checked: Checked | None = None
        self.outline: Outline | None = None  # of the last text that was YAML
        self.base: int | str = 0  # what lies under the boxes: a layout's picture, or a sample by id
        self.shown: Shown | None = None
        self.selected = ""  # a field
        self.changed: Callable[[], None] = lambda: None
        self._past: list[Bundle] = []
        self._future: list[Bundle] = []
        self._state, self._has_room = state, has_room
        self._extractor: tuple[Bundle, Extractor] | None = None
        self._placed: dict[tuple[str, str], Shown] = {}

    @property
    def bytes_kept(self) -> int:
        """The memory that files and pictures take."""
        beside = self.bundle.files.values() if self.bundle else ()
        pictures = [shown.jpeg for shown in self._placed.values()]
        uploads = [sample.upload.data for sample in self.samples.values()]
        return sum(map(len, (*beside, *pictures, *uploads)))

    def clear(self) -> None:
        """Forget everything."""
        self.samples.clear()
        self._placed.clear()
        self._past, self._future = [], []
        self.bundle = self.shown = self._extractor = self.checked = self.outline = None

    # Samples and other files.

    def add(self, upload: Upload) -> None:
        """Take a sample in, or a lexicon (.txt); raises Problem for what cannot be one."""
        if len(self.samples) >= _MOST_SAMPLES or not self._has_room(len(upload.data)):
            raise Problem(
                413, "desk-full", f"{upload.name}: too many files are open. Remove some first"
            )
        if upload.name.lower().endswith(".txt"):
            self._add_lexicon(upload)
        else:
            count_pages(upload, self._state.settings, most_pages=self._state.settings.most_pages)
            sample = Sample(upload)
            self.samples[sample.id] = sample
        self.changed()

    def _add_lexicon(self, upload: Upload) -> None:
        bundle = self.bundle
        if bundle is None or not bundle.name or len(upload.data) > _MOST_BESIDE:
            raise Problem(
                422,
                "usage",
                f"{upload.name}: a lexicon has 2 MB at most, and needs a template that is open",
            )
        stem = "".join(c if c.isascii() and c.isalnum() else "_" for c in upload.name[:-4])[:40]
        name = f"{bundle.name}-{stem or 'words'}.txt"
        self._put(Bundle(bundle.text, {**bundle.files, name: upload.data}))

    def remove(self, sample: Sample) -> None:
        """Take a sample away."""
        self.samples.pop(sample.id, None)
        if self.base == sample.id:
            self.base = 0
        self.changed()

    @property
    def lexicons(self) -> tuple[str, ...]:
        """The lexicons that lie beside the template."""
        beside = self.bundle.files if self.bundle else {}
        return tuple(sorted(name for name in beside if name.endswith(".txt")))

    # The template: proposed, opened, edited, undone.

    async def propose(self, name: str) -> None:
        """Propose a template from the samples; raises UsageError where none can be made."""
        samples = list(self.samples.values())
        if not samples:
            raise EditError("a template is proposed from samples. Drop one or two first")
        _check_name(name)

        def made() -> Bundle:
            pages = [sample.page() for sample in samples]
            proposed = propose_template(name, pages, load=self._state.engine.load)
            return Bundle(proposed.text, {f"{name}.png": png(proposed.reference)})

        self._begin(await self._state.gate.run(made))
        self.base = samples[0].id

    async def draw_from_nothing(self, name: str) -> None:
        """A template without fields, on the first sample as it is."""
        samples = list(self.samples.values())
        if not samples:
            raise EditError("a template needs a picture of its form. Drop one first")
        _check_name(name)

        def made() -> Bundle:
            image = samples[0].page().image
            return blank(name, png(image), (image.shape[1], image.shape[0]))

        self._begin(await self._state.gate.run(made))

    async def open(self, name: str) -> None:
        """Open a template of the service; raises UnknownName and TemplateError."""
        folder = self._state.templates
        bundle = await asyncio.to_thread(folder.open, name)
        self._begin(bundle)
        if folder.is_there:
            self.version = await asyncio.to_thread(folder.version, name)

    def _begin(self, bundle: Bundle) -> None:
        self._put(bundle)
        self.version, self.base, self.selected = "", 0, ""

    def edit(self, change: Callable[[str], str]) -> None:
        """Change the text; raises EditError, and then nothing is changed."""
        if self.bundle is not None:
            text = change(self.bundle.text)
            if len(text) > _MOST_TEXT:
                raise EditError(f"the text has {len(text)} characters. Keep it to {_MOST_TEXT}")
            self._put(Bundle(text, self.bundle.files))

    def rename(self, name: str) -> None:
        """Call the template otherwise; it is a new one then, wherever it came from."""
        if self.bundle is not None and name != self.bundle.name:
            self._put(self.bundle.renamed(name))
            self.version = ""

    async def paint_out(self, layout: int) -> None:
        """Paint all values out of a layout's picture, so that it shows the form alone.

        Boxes to tick and places to sign stay: what is in them belongs to the form.
        """
        bundle, found = self.bundle, self.outline
        if bundle is None or found is None or layout >= len(found.layouts):
            return
        reference = found.layouts[layout].reference
        marks = {name for name, field in found.fields.items() if is_told_by_marks(field.type)}
        boxes = [b for name, b in found.boxes(layout).items() if name.split(".")[0] not in marks]

        def painted() -> bytes:
            image = _picture(bundle, reference)
            across, down = image.shape[1] / found.size_u[0], image.shape[0] / found.size_u[1]
            scaled = [
                Box(b.x * across, b.y * down, b.width * across, b.height * down) for b in boxes
            ]
            return png(paint_out(image, scaled))

        clean = await self._state.gate.run(painted)
        self._put(Bundle(bundle.text, {**bundle.files, reference: clean}))

    def undo(self) -> None:
        """Go back before the last change."""
        self._go(self._past, self._future)

    def redo(self) -> None:
        """Go on to what was undone."""
        self._go(self._future, self._past)

    @property
    def can_undo(self) -> bool:
        """Whether there was a change."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether something was undone."""
        return bool(self._future)

    def _put(self, bundle: Bundle) -> None:
        if bundle == self.bundle:
            return
        if self.bundle is not None:
            self._past = [*self._past[-_MOST_STEPS:], self.bundle]
        self._future = []
        self._take(bundle)

    def _go(self, back: list[Bundle], forth: list[Bundle]) -> None:
        if back and self.bundle is not None:
            forth.append(self.bundle)
            self._take(back.pop())

    def _take(self, bundle: Bundle) -> None:
        if self.bundle is not None and self.bundle.files != bundle.files:
            self._placed.clear()
        self.bundle = bundle
        try:
            self.outline = outline(bundle.text)
        except DocumentError:
            return  # told by the check; what was there stays in view
        fields = self.outline.fields
        if self.selected not in fields:
            self.selected = next(iter(fields), "")

    # What is wrong with it, what it looks like, and what it reads.

    async def check(self) -> None:
        """Say what is wrong with the text, and what will be fragile."""
        bundle = self.bundle
        if bundle is None:
            return
        checked = await asyncio.to_thread(_checked, bundle)
        if bundle is self.bundle:
            self.checked = checked

    async def show(self) -> None:
        """Bring the picture to what lies under the boxes; raises what placing a sample raises."""
        bundle, base, found = self.bundle, self.base, self.outline
        if bundle is None or found is None:
            self.shown = None
            return
        key = (_form(bundle), str(base))
        if key not in self._placed:
            made = self._laid(bundle, base, found)
            shown = await self._state.gate.run(made)
            self._placed = {**dict(list(self._placed.items())[-8:]), key: shown}
        if bundle is self.bundle and base == self.base:
            self.shown = self._placed[key]

    def _laid(self, bundle: Bundle, base: int | str, found: Outline) -> Callable[[], Shown]:
        """What makes the picture of a layout, or lays a sample on the form."""
        if isinstance(base, int):
            return partial(_reference, bundle, found, base)
        sample = self.samples.get(base)
        if sample is None:
            raise EditError("the sample is no longer there. Choose another picture")

        def laid() -> Shown:
            extractor = self._made(bundle)
            sheet = extractor.place(sample.page(extractor.page_size_u))
            names = [layout.name for layout in extractor.template.layouts]
            picture = jpeg(placed_on_form(sheet, found.size_u))
            return Shown(_key(), names.index(sheet.layout), found.size_u, picture)

        return laid

    async def try_all(self) -> None:
        """Read all samples by the template as it is; raises TemplateError for one with mistakes."""
        bundle = self.bundle
        if bundle is None:
            return
        extractor = await self._state.gate.run(partial(self._made, bundle))
        for sample in tuple(self.samples.values()):
            sample.is_reading = True
        try:
            for sample in tuple(self.samples.values()):
                self.changed()
                await self._try(sample, extractor, bundle.text)
        finally:
            for sample in self.samples.values():
                sample.is_reading = False
            self.changed()

    async def _try(self, sample: Sample, extractor: Extractor, text: str) -> None:
        read = partial(extractor.read_page, sample.upload.data, 1, name=sample.upload.name)
        try:
            sample.result, sample.problem = await self._state.gate.run(read), None
        except Exception as error:  # a fault is logged, and told by its number
            sample.problem = problem_of(error)
        sample.tried, sample.is_reading = text, False

    def _made(self, bundle: Bundle) -> Extractor:
        """The extractor of a bundle; the last one is kept."""
        kept = self._extractor
        if kept is not None and kept[0] == bundle:
            return kept[1]
        with bundle.loaded() as template:
            extractor = Extractor(template, load=self._state.engine.load)
        self._extractor = (bundle, extractor)
        return extractor

    # Out.

    async def save(self) -> str:
        """Save the template into the service's folder and serve it; gives its name."""
        bundle = self.bundle
        assert bundle is not None
        own = bundle.renamed(bundle.name)  # files that were named by hand
        folder, replaces = self._state.templates, self.version
        self.version = await self._state.gate.run(partial(folder.save, own, replaces=replaces))
        self._put(own)
        return own.name


class Workshops(Tabs[Workshop]):
    """All workshops of the process."""

    def __init__(self, state: State) -> None:
        most_bytes = round(MOST_KEPT * state.settings.most_megabytes * 1_000_000)
        super().__init__(partial(Workshop, state), most_bytes)


def png(image: Image) -> bytes:
    """A picture as PNG."""
    return cv2.imencode(".png", image)[1].tobytes()


def _checked(bundle: Bundle) -> Checked:
    try:
        with bundle.loaded() as template:
            return Checked(bundle.text, template, findings=tuple(lint_template(template)))
    except TemplateError as error:
        return Checked(bundle.text, None, error.mistakes)
    except DocextractError as error:
        return Checked(bundle.text, None, tuple(str(error).splitlines()))


def _reference(bundle: Bundle, found: Outline, layout: int) -> Shown:
    name = found.layouts[layout].reference if layout < len(found.layouts) else ""
    return Shown(_key(), layout, found.size_u, jpeg(_picture(bundle, name)))


def _picture(bundle: Bundle, reference: str) -> Image:
    if reference not in bundle.files:
        raise EditError(f"layouts: there is no picture {reference!r} beside the template")
    return load_page(bundle.files[reference], 1, name=reference).image


def _form(bundle: Bundle) -> str:
    """What a sample's place depends on: all of a text but fields, boxes and rules."""
    try:
        data = plain_data(bundle.text)
    except DocumentError:
        return ""
    layouts = data.get("layouts")
    kept = [
        {key: value for key, value in layout.items() if key != "boxes"}
        for layout in (layouts if isinstance(layouts, list) else [])
        if isinstance(layout, dict)
    ]
    return json.dumps([data.get("page"), data.get("register"), kept])


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise EditError(
            f"{name!r} is no template's name. Use small letters, digits and _, a letter first"
        )


def _key() -> str:
    return secrets.token_urlsafe(12)
