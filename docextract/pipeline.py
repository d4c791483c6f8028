"""The straight line: pages to sheets, crops, lattices, candidates, readings, records."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import islice
from pathlib import Path

from docextract.confidence import Limit
from docextract.cutting import Cuts, cut_fields, joined, likeliest
from docextract.errors import (
    DocextractError,
    RegistrationError,
    SourceError,
    UnknownName,
    UsageError,
)
from docextract.fields import KeepsPicture, ReadsPicture
from docextract.forms import form_placer, needs_anchors, page_size, template_sight
from docextract.lines import LineRead, first_look, further_looks, template_readers
from docextract.marks import template_marks
from docextract.places import template_finder
from docextract.recognition import Load, load_detector, load_recognizer
from docextract.record import build_record, record_model
from docextract.result import Failure, Result, Unruled
from docextract.rules import Rule
from docextract.rules.joint import agree
from docextract.settling import Slot, settle_picture
from docextract.sight import Sight
from docextract.sources import Source, find_files, load_page, load_pages
from docextract.splitting import Document, documents_finder
from docextract.tables import TableRead, template_tables
from docextract.template import Template, load_template
from docextract.types import Crop, Page, Quad, Reading, Sheet, Status

PAGES_IN_FLIGHT = 4  # pages whose lines share the recognizer's batches


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A page on its way: placed on a layout and cut, or the reason why it could not be.

    ``template`` is the one that was chosen for it, where there is a choice.

    It does not hold the page's picture: crops are all that is still needed. ``continues`` says that
    it goes on with the document of the page before; ``last`` is the number of a document's last
    page. ``quad_px`` are the form's corners on the page. Of a page that may bear several documents
    it is the ``document`` of that number, from 1, ``alone`` or not.
    """

    source: str
    number: int
    origin: Source
    page_size_u: tuple[float, float] | None = None
    template: str | None = None
    layout: str | None = None
    cuts: Cuts = field(default_factory=Cuts)
    marks: tuple[Reading, ...] = ()
    tables: tuple[TableRead, ...] = ()
    error: DocextractError | None = None
    timings_s: Mapping[str, float] = field(default_factory=dict)
    continues: bool = False
    last: int | None = None
    quad_px: Quad | None = None
    document: int | None = None
    alone: bool = True

    def goes_on_with(self, job: Job) -> bool:
        """True when another page is the next one of this page's document."""
        return (
            job.continues
            and self.error is None
            and self.alone
            and job.alone
            and (self.source, self.template) == (job.source, job.template)
            and (self.last or self.number) + 1 == job.number
        )

    def then(self, job: Job) -> Job:
        """The document of this page and the next: tables grow, fields may be on either page."""
        more = {table.field: table.off_page() for table in job.tables}
        tables = tuple(t.then(more[t.field]) if t.field in more else t for t in self.tables)
        steps = (*self.timings_s, *job.timings_s)
        timings = {s: self.timings_s.get(s, 0.0) + job.timings_s.get(s, 0.0) for s in steps}
        return replace(
            self,
            cuts=joined(self.cuts, job.cuts),
            tables=tables,
            timings_s=timings,
            last=job.number,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """One field of a page, or one cell of a table, with what it was read from.

    ``line`` is the reading before the rules, with its crop and lattices; ``reading`` the one after
    them, which is in the ``result``. It is accepted from the ``limit`` on. ``rules`` are those
    about the field.
    """

    field: str
    result: Result
    reading: Reading
    limit: Limit
    line: LineRead
    rules: tuple[Rule, ...]


class RecordReader(ABC):
    """Pages to results, in order and as a stream."""

    page_size_u: tuple[float, float] | None = None
    """The form's size, (width, height), where it is known: PDF pages are drawn by it."""

    def read(self, source: Source) -> Result:
        """Read one document: a path, an encoded file's bytes, or a BGR array.

        Raises SourceError when it cannot be loaded and UsageError when it has several pages or
        documents (``run`` reads those). A page on which the form is not found comes back "failed".
        """
        return self._finished([self._only_job(source)])[0]

    def read_page(self, source: Source, number: int, *, name: str | None = None) -> Result:
        """Read page ``number``, from 1, of a source, which the result calls ``name``.

        A page that cannot be loaded comes back "failed", like one without the form. Raises
        UsageError when several documents are found on it (``read_documents`` reads those).
        """
        results = self.read_documents(source, number, name=name)
        if len(results) > 1:
            raise UsageError(_several(results[0].source, number, len(results)))
        return results[0]

    def read_documents(
        self, source: Source, number: int = 1, *, name: str | None = None
    ) -> list[Result]:
        """Read all documents on page ``number``, from 1, of a source, in reading order.

        There is one unless pages are split. A page that cannot be loaded, or on which there is
        none, is one result that is "failed".
        """
        started = time.perf_counter()
        try:
            page = load_page(source, number, page_size_u=self.page_size_u, name=name)
        except SourceError as err:
            job = Job(name or err.source, number, source, self.page_size_u, error=err)
            return self._finished([job])
        return self._finished(self._placed(page, source, time.perf_counter() - started))

    def run(self, inputs: Sequence[str | Path]) -> Iterator[Result]:
        """Read files, folders and globs, page by page, in order, as a stream.

        A file or page that cannot be read comes as a "failed" result with the reason. While
        lines are recognized, the next pages are loaded and placed.
        """
        jobs = self._jobs(inputs)
        with ThreadPoolExecutor(1, thread_name_prefix="docextract-pages") as ahead:
            coming = ahead.submit(lambda: list(islice(jobs, PAGES_IN_FLIGHT)))
            while batch := coming.result():
                coming = ahead.submit(lambda: list(islice(jobs, PAGES_IN_FLIGHT)))
                yield from self._finished(batch)

    @abstractmethod
    def _found(self, page: Page) -> list[Document]:
        """Register a page; raises RegistrationError when no form is on it."""

    @abstractmethod
    def _reader(self, template: str) -> Extractor:
        """What reads the documents of a template."""

    @abstractmethod
    def _finished(self, jobs: Sequence[Job]) -> list[Result]:
        """Read the lines of all pages together, then settle each page."""

    def _only_job(self, source: Source) -> Job:
        """The job of a source's only page; raises as ``read`` does."""
        jobs = list(islice(self._jobs_of(source), 2))
        if len(jobs) > 1 and jobs[0].number == jobs[1].number:
            raise UsageError(_several(jobs[0].source, jobs[0].number))
        if len(jobs) > 1:
            raise UsageError(f"{jobs[0].source}: has several pages. Read them with run()")
        if isinstance(jobs[0].error, SourceError):
            raise jobs[0].error
        return jobs[0]

    def _jobs(self, inputs: Sequence[str | Path]) -> Iterator[Job]:
        for found in find_files(inputs):
            if found.error is not None:
                yield Job(str(found.path), 1, found.path, self.page_size_u, error=found.error)
                continue
            yield from self._jobs_of(found.path)

    def _jobs_of(self, source: Source) -> Iterator[Job]:
        """The documents of a source: pages, with those that go on with them."""
        held: Job | None = None
        for job in self._pages_of(source):
            if held is not None and held.goes_on_with(job):
                held = held.then(job)
                continue
            if held is not None:
                yield held
            held = job
        if held is not None:
            yield held

    def _pages_of(self, source: Source) -> Iterator[Job]:
        started = time.perf_counter()
        try:
            for slot in load_pages(source, page_size_u=self.page_size_u):
                loaded = time.perf_counter() - started
                if slot.page is None:
                    name = slot.error.source if slot.error else str(source)
                    yield Job(name, slot.number, source, self.page_size_u, error=slot.error)
                else:
                    yield from self._placed(slot.page, source, loaded)
                started = time.perf_counter()
        except SourceError as err:
            yield Job(err.source, 1, source, self.page_size_u, error=err)

    def _placed(self, page: Page, origin: Source, loaded_s: float) -> list[Job]:
        """Register a page and cut the fields of its documents, which share the time that took."""
        started = time.perf_counter()
        job = Job(page.source, page.number, origin, self.page_size_u)
        try:
            found = self._found(page)
        except RegistrationError as err:
            return [replace(job, error=err)]
        registered_s = time.perf_counter() - started
        job = replace(
            job,
            timings_s={"load": loaded_s / len(found), "register": registered_s / len(found)},
            alone=len(found) == 1,
        )
        return [
            self._reader(one.template).cut(
                replace(job, template=one.template, document=one.number, quad_px=one.quad_px),
                one.sheet,
            )
            for one in found
        ]


class Extractor(RecordReader):
    """Reads pages by one template; immutable, and safe to share between threads.

    Everything the template names is resolved and loaded here, so that errors come before the
    first page. ``threads`` is the recognizer's; 0 means all cores. ``load`` gives recognizers by
    name, where several extractors are to share them. With ``split``, or where the template says so,
    a page may bear several documents, each of which is a result.
    """

    def __init__(
        self,
        template: str | Path | Template,
        *,
        threads: int = 0,
        load: Load | None = None,
        split: bool = False,
    ) -> None:
        self.template = template if isinstance(template, Template) else load_template(template)
        if split:
            self.template = self.template.splitting()
        self.record_type = record_model(self.template)
        self._rules = self.template.compiled_rules()
        self._nullable = frozenset(n for n, f in self.template.fields.items() if f.nullable)
        self.page_size_u = page_size(self.template)
        load = load or cache(partial(load_recognizer, threads=threads))
        self._marks = template_marks(self.template)
        self._readers = template_readers(self.template, load)
        self._tables = template_tables(self.template, self._readers, load)
        sight = _sight(self.template, load, threads)
        self._documents = documents_finder(
            form_placer(self.template, sight), [self.template], threads=threads
        )
        self._finder = template_finder(self.template, sight)
        self._margins = {
            name: field.kind.margin
            for name, field in self.template.fields.items()
            if isinstance(field.kind, KeepsPicture)
        }
        self._directions = {n: field.direction for n, field in self.template.fields.items()}
        self.limits = self._limits()

    def read_with_crops(self, source: Source) -> tuple[Result, tuple[Crop, ...]]:
        """Read one page as ``read`` does, and give the crops of its lines of print as well."""
        jobs = [self._only_job(source)]
        lines, spent_s = self._lines(jobs)
        crops = tuple(line.crop for line in lines[0].values())
        return self._settled(jobs, lines, spent_s)[0], crops

    def inspect(
        self, source: Source, field: str, *, page: int = 1, document: int = 1
    ) -> Inspection:
        """Read one document of a page and keep what one field of print was read from.

        A table's cell is called FIELD.ROW.COLUMN, rows counted from 1. Raises UnknownName for a
        field, UsageError for one that is not print or a page or document that is not there,
        SourceError, and RegistrationError when the form is not on the page.
        """
        table, _, cell = field.partition(".")
        if table in self._tables:
            return self._inspect_cell(source, table, cell, page, document)
        if field not in self.template.fields:
            raise UnknownName("field", field, self.template.fields)
        if field not in self._readers:
            raise UsageError(f"field {field!r} is not print: it has no lattice to look at")
        job = self._job_at(source, page, document)
        if job.error is not None:
            raise job.error
        lines, spent_s = self._lines([job])
        if field not in lines[0]:
            raise UsageError(
                f"{job.source}: the place of field {field!r} was not found on page {page}"
            )
        result = self._settled([job], lines, spent_s)[0]
        return Inspection(
            field,
            result,
            result.readings[field],
            self.limits[field],
            lines[0][field],
            rules=tuple(rule for rule in self._rules if field in rule.fields),
        )

    def _job_at(self, source: Source, page: int, document: int) -> Job:
        """The job of one document of a page; raises UsageError when it is not there."""
        jobs = [job for job in self._pages_of(source) if job.number == page]
        name = source if isinstance(source, str | Path) else "the file"
        if not jobs:
            raise UsageError(f"{name}: has no page {page}. Name a page that it has")
        if document > len(jobs):
            raise UsageError(
                f"{name}: page {page} has no document {document}, but {len(jobs)}. Count from 1"
            )
        return jobs[document - 1]

    def _inspect_cell(
        self, source: Source, table: str, cell: str, page: int, document: int
    ) -> Inspection:
        """A cell's reading and what it was read from; ``cell`` is ROW.COLUMN."""
        row, _, column = cell.partition(".")
        if not row.isdecimal():
            raise UsageError(
                f"field {table!r} is a table. Name one of its cells, as {table}.1."
                f"{next(iter(self._tables[table].cells))}"
            )
        picture = load_page(source, page, page_size_u=self.page_size_u)
        sheets = [found.sheet for found in self._documents.find(picture)]
        result = self.finish([self._job_at(source, page, document)])[0]
        line = self._tables[table].cell(sheets[document - 1], int(row), column)
        return Inspection(
            f"{table}.{cell}",
            result,
            result.readings[table].rows[int(row) - 1][column],
            self.limits[table],
            line,
            rules=tuple(rule for rule in self._rules if table in rule.fields),
        )

    def place(self, page: Page) -> Sheet:
        """Where the form lies on a page, or its first document; RegistrationError for none."""
        return self._documents.find(page)[0].sheet

    def _limits(self) -> dict[str, Limit]:
        """From which confidence each field is accepted, as the template's ``accept`` asks."""
        rate = self.template.accept.error_rate
        if rate is None:
            return dict.fromkeys(self.template.fields, Limit(self.template.accept.confidence))
        return {
            name: self._readers[name].limit(rate) if name in self._readers else Limit(1 - rate)
            for name in self.template.fields
        }

    def _found(self, page: Page) -> list[Document]:
        return self._documents.find(page)

    def _reader(self, template: str) -> Extractor:
        assert template == self.template.name
        return self

    def cut(self, job: Job, sheet: Sheet) -> Job:
        """The job of a page that was placed on one of the template's layouts."""
        started = time.perf_counter()
        layout = self.template.layout(sheet.layout)
        places = self._finder.find(sheet)
        names = {field.name for field in self.template.fields_on(sheet.layout)}
        if layout.continues:
            places = places.of(names)
        cuts = cut_fields(sheet, places, self._readers, self._margins, self._directions)
        marks = () if layout.continues else self._marks.read(sheet)
        timings = {**job.timings_s, "cut": time.perf_counter() - started}
        started = time.perf_counter()
        tables = tuple(t.read(sheet) for name, t in self._tables.items() if name in names)
        if tables:
            timings["tables"] = time.perf_counter() - started
        return replace(
            job,
            layout=sheet.layout,
            cuts=cuts,
            marks=marks,
            tables=tables,
            timings_s=timings,
            continues=layout.continues,
        )

    def finish(self, jobs: Sequence[Job]) -> list[Result]:
        """Read the lines of all pages together, then settle each page."""
        return self._settled(jobs, *self._lines(jobs))

    def _finished(self, jobs: Sequence[Job]) -> list[Result]:
        return self.finish(jobs)

    def _settled(
        self,
        jobs: Sequence[Job],
        lines: Sequence[Mapping[str, LineRead]],
        spent_s: Mapping[str, float],
    ) -> list[Result]:
        """Each page's result, from its fields of print and its pictures."""
        shares_s = {step: seconds / len(jobs) for step, seconds in spent_s.items()}
        results = []
        for job, read in zip(jobs, lines, strict=True):
            started = time.perf_counter()
            pictures = [self._picture(crop) for crop in job.cuts.pictures.values()]
            unruled = self._unruled(read, [*pictures, *job.marks], job.tables)
            readings = self._agreed(unruled, job.tables)
            timings = {**shares_s, "agree": time.perf_counter() - started}
            results.append(self._result(job, unruled, readings, timings))
        return results

    def _lines(self, jobs: Sequence[Job]) -> tuple[list[dict[str, LineRead]], dict[str, float]]:
        """Each page's fields of print, read; and seconds a step.

        Where print may lie in several ways, a first look tells which.
        """
        crops = [crop for job in jobs for crop in job.cuts.crops]
        firsts, first_s = first_look(crops, self._readers)
        looks, kept, counts = iter(firsts), list[LineRead](), []
        for job in jobs:
            mine = list(islice(looks, len(job.cuts.crops)))
            ways = likeliest(job.cuts, [line.reading for line in mine])
            kept += [mine[way] for way in ways]
            counts.append(len(ways))
        reads, further_s = further_looks(kept, self._readers)
        lines = iter(reads)
        pages = [{line.crop.field: line for line in islice(lines, count)} for count in counts]
        return pages, {**first_s, **further_s}

    def _picture(self, crop: Crop) -> Reading:
        field = self.template.fields[crop.field]
        assert isinstance(field.kind, ReadsPicture)
        slot = Slot(field.name, field.kind, field.nullable)
        reading = settle_picture(slot, field.kind.read_image(crop.image), quad_px=crop.quad_px)
        kept = isinstance(field.kind, KeepsPicture) and reading.value is not None
        return replace(reading, image=crop.image) if kept else reading

    def _unruled(
        self,
        lines: Mapping[str, LineRead],
        pictures: Sequence[Reading],
        tables: Sequence[TableRead],
    ) -> dict[str, Unruled]:
        """Every field as its own place says it."""
        found = {name: Unruled(_shown(line), line.alternatives()) for name, line in lines.items()}
        found |= {picture.field: Unruled(picture) for picture in pictures}
        found |= {table.field: Unruled(table.reading(), table.alternatives()) for table in tables}
        missing = self.template.fields.keys() - found.keys()
        return found | {
            name: Unruled(Reading(name, None, "", 0.0, failed=("place",))) for name in missing
        }

    def _agreed(
        self, unruled: Mapping[str, Unruled], tables: Sequence[TableRead]
    ) -> dict[str, Reading]:
        """The readings after the template's rules have chosen among the alternatives."""
        agreed = agree(
            {name: field.reading for name, field in unruled.items()},
            self._rules,
            nullable=self._nullable,
            alternatives=lambda name: unruled[name].alternatives,
        )
        return agreed | {table.field: table.settled(agreed[table.field]) for table in tables}

    def _result(
        self,
        job: Job,
        unruled: Mapping[str, Unruled],
        readings: Mapping[str, Reading],
        timings_s: Mapping[str, float],
    ) -> Result:
        if job.error is not None:
            return failed(job, self.template.name, job.error)
        ordered = {name: readings[name] for name in self.template.fields}
        values = {name: reading.value for name, reading in ordered.items()}
        return Result(
            source=job.source,
            page=job.number,
            template=self.template.name,
            status=_status(ordered, self.limits),
            origin=job.origin,
            page_size_u=job.page_size_u,
            layout=job.layout,
            record=build_record(self.record_type, values),
            readings=ordered,
            limits=self.limits,
            quad_px=job.quad_px,
            document=job.document,
            unruled=unruled,
            timings_s={**job.timings_s, **timings_s},
        )


def _shown(line: LineRead) -> Reading:
    """A line's reading, without a quad where it stands on another page."""
    return replace(line.reading, quad_px=None) if line.crop.off_page else line.reading


def failed(job: Job, template: str, error: DocextractError) -> Result:
    """The result of a page that could not be loaded or placed."""
    return Result(
        source=job.source,
        page=job.number,
        template=template,
        status="failed",
        failure=Failure.of(error),
        origin=job.origin,
        page_size_u=job.page_size_u,
    )


def _several(source: str, page: int, count: int | None = None) -> str:
    many = "several" if count is None else str(count)
    return f"{source}: page {page} has {many} documents. Read them with run() or read_documents()"


def _status(readings: Mapping[str, Reading], limits: Mapping[str, Limit]) -> Status:
    sure = all(limits[name].accepts(reading) for name, reading in readings.items())
    return "accepted" if sure else "review"


def _sight(template: Template, load: Load, threads: int) -> Sight | None:
    """What anchors and places are seen with, for a template that has any."""
    places = (field.place for field in template.fields.values() if field.place is not None)
    placed = any(not place.lines for place in places)
    if not (placed or template.by_rows or needs_anchors(template)):
        return None
    return template_sight(template, load_detector(threads=threads), load)
