"""Pages of several templates: each is read by the one that its form is of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from threading import Lock
from typing import Self

from docextract.choosing import Chooser
from docextract.errors import UnknownName, UsageError
from docextract.job import Job, failed
from docextract.pipeline import Extractor
from docextract.recognition import Load, load_detector, load_recognizer
from docextract.record_reader import RecordReader
from docextract.resources import resource_dir
from docextract.result import Result
from docextract.splitting import Document, documents_finder
from docextract.template import Template, load_template, template_names
from docextract.types import Page

AUTO = "auto"  # in the place of a template's name: each page's own


class AutoExtractor(RecordReader):
    """Reads each page by the template, out of several, that its form is of.

    ``templates`` are as for ``Extractor``; without any, all shipped ones. Their files and
    references are checked here. What your own are read with is loaded here, too, so that their
    errors come before the first page; for a shipped one it is when its first page comes. A page
    that none fits comes back "failed", with the template "auto". ``load`` gives recognizers by
    name, where they are shared with others. With ``split``, or where one of the templates says so,
    a page may bear several documents. Safe to share between threads.
    """

    def __init__(
        self,
        templates: Sequence[str | Path | Template] = (),
        *,
        threads: int = 0,
        load: Load | None = None,
        split: bool = False,
    ) -> None:
        forms = [_loaded(one) for one in templates or template_names()]
        if split:
            forms = [form.splitting() for form in forms]
        self.templates = {template.name: template for template in forms}
        if len(self.templates) < len(forms):
            twice = next(name for name in self.templates if [f.name for f in forms].count(name) > 1)
            raise UsageError(
                f"two of the templates have one name, {twice!r}. Name it once, or rename one"
            )
        self._threads = threads
        self._load = load or cache(partial(load_recognizer, threads=threads))
        self._chooser = Chooser(forms, load_detector(threads=threads), self._load)
        self._documents = documents_finder(self._chooser, forms, threads=threads)
        self._extractors: dict[str, Extractor] = {}
        self._making = Lock()
        for template in forms:
            if template.path.parent != resource_dir("templates"):
                self.extractor(template.name)

    def extractor(self, template: str) -> Extractor:
        """The extractor of one of the templates, made when it is first asked for.

        Raises UnknownName for another template, and what Extractor raises.
        """
        if template not in self.templates:
            raise UnknownName("template", template, self.templates)
        with self._making:
            if template not in self._extractors:
                self._extractors[template] = Extractor(
                    self.templates[template], threads=self._threads, load=self._load
                )
            return self._extractors[template]

    def _found(self, page: Page) -> list[Document]:
        return self._documents.find(page)

    def _reader(self, template: str) -> Extractor:
        return self.extractor(template)

    def _finished(self, jobs: Sequence[Job]) -> list[Result]:
        """Pages of one template are read together."""
        results: dict[int, Result] = {}
        waiting: dict[str, list[int]] = defaultdict(list)
        for i, job in enumerate(jobs):
            if job.error is not None:
                results[i] = failed(job, AUTO, job.error)
            else:
                assert job.template is not None
                waiting[job.template].append(i)
        for template, mine in waiting.items():
            read = self.extractor(template).finish([jobs[i] for i in mine])
            results.update(zip(mine, read, strict=True))
        return [results[i] for i in range(len(jobs))]


@dataclass(frozen=True)
class Library:
    """What pages are read by: one template, or of several the one that each page is of."""

    templates: tuple[Template, ...]

    @classmethod
    def of(cls, names: Sequence[str | Path | Template]) -> Self:
        """Templates by name, path or as they are; "auto" stands for all shipped ones."""
        named = [n for name in names for n in (template_names() if name == AUTO else (name,))]
        return cls(tuple(map(_loaded, named)))

    @property
    def name(self) -> str:
        """The template's name, or "auto"."""
        return self.templates[0].name if len(self.templates) == 1 else AUTO

    def voting(self) -> Self:
        """The same, a second model looking at what the first is unsure of."""
        return replace(
            self,
            templates=tuple(
                template.model_copy(update={"vote": template.vote or True})
                for template in self.templates
            ),
        )

    def splitting(self) -> Self:
        """The same, for pages that may bear several documents."""
        return replace(self, templates=tuple(one.splitting() for one in self.templates))

    def reader(self, *, threads: int = 0) -> RecordReader:
        """What reads the pages."""
        if len(self.templates) == 1:
            return Extractor(self.templates[0], threads=threads)
        return AutoExtractor(self.templates, threads=threads)


def _loaded(template: str | Path | Template) -> Template:
    return template if isinstance(template, Template) else load_template(template)
