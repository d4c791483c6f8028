"""The straight line: pages to sheets, crops, lattices, candidates, readings, records."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from docextract.cutting import Cuts, cut_fields, read_fields
from docextract.errors import DocextractError, RegistrationError, SourceError, UsageError
from docextract.fields import ReadsPicture
from docextract.forms import form_placer, needs_anchors, page_size
from docextract.lines import LineReader, template_readers
from docextract.places import template_finder
from docextract.recognition import load_detector, load_recognizer
from docextract.record import build_record, record_model
from docextract.result import Result
from docextract.rules import compile_rule
from docextract.rules.choice import Choice
from docextract.rules.joint import agree
from docextract.settling import Slot, settle_picture
from docextract.sight import Sight
from docextract.sources import Source, find_files, load_pages
from docextract.template import Template, load_template
from docextract.types import Crop, Lattice, Page, Quad, Reading, Status

PAGES_IN_FLIGHT = 4  # pages whose lines share the recognizer's batches


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """A page on its way: placed on a layout and cut, or the reason why it could not be.

    It does not hold the page's picture: crops are all that is still needed.
    """

    source: str
    number: int
    origin: Source
    layout: str | None = None
    cuts: Cuts = field(default_factory=Cuts)
    error: DocextractError | None = None
    timings_s: Mapping[str, float] = field(default_factory=dict)


class Extractor:
    """Reads pages by one template; immutable, and safe to share between threads.

    Everything the template names is resolved and loaded here, so that errors come before the
    first page. ``threads`` is the recognizer's; 0 means all cores.
    """

    def __init__(self, template: str | Path | Template, *, threads: int = 0) -> None:
        self.template = template if isinstance(template, Template) else load_template(template)
        self.record_type = record_model(self.template)
        self._rules = [
            compile_rule(line.rule, self.template.fields, says=line.says)
            for line in self.template.rules
        ]
        self._nullable = frozenset(n for n, f in self.template.fields.items() if f.nullable)
        self._readers = template_readers(self.template, threads=threads)
        sight = _sight(self.template, self._readers, threads)
        self._placer = form_placer(self.template, sight)
        self._finder = template_finder(self.template, sight)

    def read(self, source: Source) -> Result:
        """Read one page: a path, an encoded file's bytes, or a BGR array.

        Raises SourceError when it cannot be loaded and UsageError when it has several pages
        (``run`` reads those). A page on which the form is not found comes back "failed".
        """
        jobs = list(islice(self._jobs_of(source), 2))
        if len(jobs) > 1:
            raise UsageError(f"{jobs[0].source}: has several pages. Read them with run()")
        if isinstance(jobs[0].error, SourceError):
            raise jobs[0].error
        return self._finished(jobs)[0]

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

    def _jobs(self, inputs: Sequence[str | Path]) -> Iterator[_Job]:
        for found in find_files(inputs):
            if found.error is not None:
                yield _Job(str(found.path), 1, found.path, error=found.error)
                continue
            yield from self._jobs_of(found.path)

    def _jobs_of(self, source: Source) -> Iterator[_Job]:
        size_u = page_size(self.template)
        started = time.perf_counter()
        try:
            for slot in load_pages(source, page_size_u=size_u):
                loaded = time.perf_counter() - started
                if slot.page is None:
                    name = slot.error.source if slot.error else str(source)
                    yield _Job(name, slot.number, source, error=slot.error)
                else:
                    yield self._placed(slot.page, source, loaded)
                started = time.perf_counter()
        except SourceError as err:
            yield _Job(err.source, 1, source, error=err)

    def _placed(self, page: Page, origin: Source, loaded_s: float) -> _Job:
        """Register a page and cut its fields."""
        started = time.perf_counter()
        job = _Job(page.source, page.number, origin)
        try:
            sheet = self._placer.place(page)
        except RegistrationError as err:
            return replace(job, error=err)
        registered = time.perf_counter()
        places = self._finder.find(sheet)
        cuts = cut_fields(sheet, places, self.template.fields, self._readers)
        timings = {
            "load": loaded_s,
            "register": registered - started,
            "cut": time.perf_counter() - registered,
        }
        return replace(job, layout=sheet.layout, cuts=cuts, timings_s=timings)

    def _finished(self, jobs: Sequence[_Job]) -> list[Result]:
        """Recognize the lines of all pages together, then decode each."""
        started = time.perf_counter()
        lattices = iter(self._lattices([crop for job in jobs for crop in job.cuts.crops]))
        recognize_s = (time.perf_counter() - started) / len(jobs)
        results = []
        for job in jobs:
            started = time.perf_counter()
            mine = [next(lattices) for _ in job.cuts.crops]
            lines, used = read_fields(job.cuts, mine, self._line)
            pictures = [self._picture(crop) for crop in job.cuts.pictures.values()]
            readings = self._agreed([*lines.values(), *pictures], used)
            timings = {"recognize": recognize_s, "decode": time.perf_counter() - started}
            results.append(self._result(job, readings, timings))
        return results

    def _lattices(self, crops: Sequence[Crop]) -> list[Lattice]:
        """Read all crops, those of one recognizer together."""
        found: dict[int, Lattice] = {}
        used = [self._readers[crop.field].recognizer for crop in crops]
        for recognizer in dict.fromkeys(used):
            mine = [i for i, other in enumerate(used) if other is recognizer]
            lattices = recognizer.recognize([crops[i].image for i in mine])
            found.update(zip(mine, lattices, strict=True))
        return [found[i] for i in range(len(crops))]

    def _line(self, name: str, lattice: Lattice, quad_px: Quad) -> Reading:
        return self._readers[name].read(lattice, quad_px=quad_px)

    def _picture(self, crop: Crop) -> Reading:
        field = self.template.fields[crop.field]
        assert isinstance(field.kind, ReadsPicture)
        slot = Slot(field.name, field.kind, field.nullable)
        return settle_picture(slot, field.kind.read_image(crop.image), quad_px=crop.quad_px)

    def _agreed(
        self, readings: Sequence[Reading], lattices: Mapping[str, Lattice]
    ) -> dict[str, Reading]:
        """The readings after the template's rules have chosen among the alternatives."""
        by_field = {reading.field: reading for reading in readings}

        def listed(name: str) -> tuple[Choice, ...]:
            if name not in lattices:
                return ()
            return self._readers[name].alternatives(by_field[name], lattices[name])

        return agree(by_field, self._rules, nullable=self._nullable, alternatives=listed)

    def _result(
        self, job: _Job, readings: Mapping[str, Reading], timings_s: Mapping[str, float]
    ) -> Result:
        result = Result(
            source=job.source,
            page=job.number,
            template=self.template.name,
            status="failed",
            reason=str(job.error or ""),
            origin=job.origin,
            page_size_u=page_size(self.template),
        )
        if job.layout is None:
            return result
        ordered = {name: readings[name] for name in self.template.fields}
        values = {name: reading.value for name, reading in ordered.items()}
        return replace(
            result,
            status=_status(ordered, self.template.accept.confidence),
            layout=job.layout,
            record=build_record(self.record_type, values),
            readings=ordered,
            timings_s={**job.timings_s, **timings_s},
        )


def _status(readings: Mapping[str, Reading], confidence: float) -> Status:
    sure = all(r.ok and r.confidence >= confidence for r in readings.values())
    return "accepted" if sure else "review"


def _sight(template: Template, readers: Mapping[str, LineReader], threads: int) -> Sight | None:
    """What anchors and places are seen with, for a template that has any.

    They are read by the template's recognizer, which is that of most fields.
    """
    if not needs_anchors(template) and all(f.place is None for f in template.fields.values()):
        return None
    same = (r.recognizer for n, r in readers.items() if template.fields[n].recognizer is None)
    recognizer = next(same, None) or load_recognizer(template.recognizer, threads=threads)
    return Sight(load_detector(threads=threads), recognizer)
