"""Everything that reads: extractors by template and the page reader, on shared recognizers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

from docextract.auto import AUTO, AutoExtractor
from docextract.errors import UnknownName, UsageError
from docextract.feedback import with_promoted
from docextract.ocr import PageReader, PageText
from docextract.pipeline import Extractor
from docextract.recognition import Load, Recognizer, load_recognizer
from docextract.record_reader import RecordReader
from docextract.result import Result
from docextract.reviewing import page_review
from docextract.sources import load_page
from docextract.store import PageReview
from docextract.template import Template, load_template, template_names

T = TypeVar("T")
Gather: TypeAlias = Callable[[Recognizer], Recognizer]


class _Once(Generic[T]):
    """Things by name, each made once, by the first who asks; others wait for it only."""

    def __init__(self, make: Callable[[str], T]) -> None:
        self._make = make
        self._made: dict[str, T] = {}
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    def get(self, name: str) -> T:
        """The thing of that name; raises what making it raises, each time."""
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self._made:
                self._made[name] = self._make(name)
            return self._made[name]

    def forget(self, name: str) -> None:
        """Make the thing anew when it is next asked for."""
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            self._made.pop(name, None)


class Engine:
    """Loads what is asked for once, when it is first asked for; safe to share between threads.

    ``templates`` are the names that may be asked for, and where each lies: no other name leads
    to a file. ``gather`` is put between recognizers and those who use them. ``feedback`` is the
    folder of what corrections have taught. With ``split``, a page may bear several documents,
    whatever its template says. ``random_look`` is the share of accepted fields that go to review
    all the same.
    """

    def __init__(
        self,
        templates: Mapping[str, str | Path],
        gather: Gather | None = None,
        *,
        feedback: Path | None = None,
        split: bool = False,
        random_look: float = 0.0,
    ) -> None:
        self._feedback, self._split, self._random_look = feedback, split, random_look
        self._sources = dict(sorted(templates.items()))
        self._gather = gather
        self._recognizers = _Once(self._new_recognizer)
        self._templates = _Once(self._new_template)
        self._extractors = _Once(self._new_extractor)
        self._readers = _Once(lambda _name: PageReader(load=self._recognizers.get))

    @property
    def template_names(self) -> tuple[str, ...]:
        """The templates that may be asked for."""
        return tuple(self._sources)

    @property
    def load(self) -> Load:
        """Gives the recognizers that all share, by name."""
        return self._recognizers.get

    def source(self, name: str) -> str | Path:
        """What a template is loaded by: a shipped one's name, or a file; raises UnknownName."""
        if name not in self._sources:
            raise UnknownName("template", name, self._sources)
        return self._sources[name]

    def serve(self, name: str, path: Path) -> None:
        """Answer for a template that is new, or has changed, from now on."""
        self._sources = dict(sorted({**self._sources, name: path}.items()))
        self._templates.forget(name)
        for one in (name, AUTO):
            self._extractors.forget(one)

    def template(self, name: str) -> Template:
        """A template by its name; raises UnknownName, and TemplateError for a wrong file."""
        self.check(name)
        return self._templates.get(name)

    def review(self, asked: str, result: Result) -> PageReview | None:
        """What a page brings to the review; None for one that no template read."""
        name = self._read_by(asked, result)
        if result.status == "failed" or name == AUTO:
            return None
        return page_review(result, self.template(name), name, random_look=self._random_look)

    def _read_by(self, asked: str, result: Result) -> str:
        """The name that a page's template is asked for by; of "auto", the chosen one's."""
        if asked != AUTO:
            return asked
        names = (name for name in self._sources if self.template(name).name == result.template)
        return next(names, AUTO)

    def extractor(self, name: str) -> RecordReader:
        """A template's extractor; "auto" is the one that chooses a template for each page.

        Raises UnknownName, and what Extractor raises.
        """
        self.check(name)
        return self._extractors.get(name)

    def reader(self) -> PageReader:
        """The reader of whole pages."""
        return self._readers.get("")

    def extract(self, template: str, data: bytes, number: int, *, name: str) -> list[Result]:
        """Read the documents on a page, from 1, of an encoded file by a template: mostly one."""
        return self.extractor(template).read_documents(data, number, name=name)

    def ocr(self, data: bytes, number: int, *, name: str) -> PageText:
        """Read all print of a page, from 1; raises SourceError when it cannot be loaded."""
        return self.reader().read_page(load_page(data, number, name=name))

    def check(self, template: str) -> None:
        """Raise UnknownName for a template that may not be asked for."""
        if template != AUTO and template not in self._sources:
            raise UnknownName("template", template, (*self._sources, AUTO))

    def _new_template(self, name: str) -> Template:
        template = load_template(self._sources[name])
        if self._split:
            template = template.splitting()
        if self._feedback is None:
            return template
        return with_promoted(name, template, self._feedback)

    def _new_extractor(self, name: str) -> RecordReader:
        if name == AUTO:
            library = [self.template(name) for name in self._sources]
            return AutoExtractor(library, load=self._recognizers.get)
        return Extractor(self.template(name), load=self._recognizers.get)

    def _new_recognizer(self, name: str) -> Recognizer:
        recognizer = load_recognizer(name)
        return recognizer if self._gather is None else self._gather(recognizer)


def find_templates(folder: Path | None) -> dict[str, str | Path]:
    """The templates to serve by name: the shipped ones, and those of a folder.

    Raises UsageError when the folder is none.
    """
    found: dict[str, str | Path] = {name: name for name in template_names()}
    if folder is not None:
        if not folder.is_dir():
            raise UsageError(f"{folder}: is no folder. Name a folder of templates")
        found |= {path.stem: path.resolve() for path in sorted(folder.glob("*.yaml"))}
    return found
