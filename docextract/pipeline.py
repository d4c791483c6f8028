"""The straight line: pages to sheets, crops, lattices, candidates, readings, records."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import islice
from pathlib import Path

from docextract.confidence import Limit
from docextract.cutting import cut_fields, likeliest
from docextract.errors import (
    UnknownName,
    UsageError,
)
from docextract.fields import KeepsPicture, ReadsPicture
from docextract.forms import form_placer, needs_anchors, page_size, template_sight
from docextract.job import Job, failed
from docextract.lines import LineRead, first_look, further_looks, template_readers
from docextract.marks import template_marks
from docextract.places import template_finder
from docextract.recognition import Load, load_detector, load_recognizer
from docextract.record import build_record, record_model
from docextract.record_reader import RecordReader
from docextract.result import Result, Unruled
from docextract.rules import Rule
from docextract.rules.joint import agree
from docextract.settling import Slot, settle_picture
from docextract.sight import Sight
from docextract.sources import Source, load_page
from docextract.splitting import Document, documents_finder
from docextract.tables import TableRead, template_tables
from docextract.template import Template, load_template
from docextract.types import Crop, Page, Reading, Sheet, Status


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
