"""The straight line: pages to sheets, crops, lattices, candidates, readings, records."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from docextract.cropping import cut_line, cut_picture
from docextract.decoding import (
    CompiledLexicon,
    Decoded,
    Grammar,
    LanguageModel,
    compile_grammar,
    compile_lexicon,
    decode,
    decode_free,
    decode_fused,
    favour_lexicon,
    load_language,
    load_lexicon,
    match_lexicon,
)
from docextract.errors import (
    DocextractError,
    RegistrationError,
    SourceError,
    TemplateError,
    UsageError,
)
from docextract.fields import FieldType, ReadsPicture, field_types
from docextract.recognition import Recognizer, load_recognizer
from docextract.record import build_record, record_model
from docextract.registration import Form, Placer, findable, rectangle
from docextract.result import Result
from docextract.rules import compile_rule
from docextract.rules.choice import Choice
from docextract.rules.joint import agree
from docextract.settling import Slot, alternatives, settle, settle_picture
from docextract.sources import Source, find_files, load_page, load_pages
from docextract.template import Field, Layout, Template, load_template
from docextract.types import Alphabet, Crop, Image, Lattice, Page, Reading, Sheet, Status

PAGES_IN_FLIGHT = 4  # pages whose lines share the recognizer's batches
_NBEST = 5


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """A page on its way: placed and cut, or the reason why it could not be."""

    source: str
    number: int
    origin: Source
    sheet: Sheet | None = None
    crops: tuple[Crop, ...] = ()
    pictures: Mapping[str, Crop] = field(default_factory=dict)
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
        self._slots = {
            name: Slot(name, f.kind, f.nullable, f.prefix, f.suffix)
            for name, f in self.template.fields.items()
        }
        self._rules = [
            compile_rule(line.rule, self.template.fields, says=line.says)
            for line in self.template.rules
        ]
        self._nullable = frozenset(n for n, f in self.template.fields.items() if f.nullable)
        self._placer = _placer(self.template)
        self._recognizers: dict[str, Recognizer] = {}
        self._of_field: dict[str, str] = {}
        self._grammars: dict[str, Grammar] = {}
        self._lexicons: dict[str, CompiledLexicon] = {}
        self._languages = _languages(self.template)
        for name, f in self.template.fields.items():
            if isinstance(f.kind, ReadsPicture):
                continue
            model = f.recognizer or self.template.recognizer
            if model not in self._recognizers:
                self._recognizers[model] = load_recognizer(model, threads=threads)
            self._of_field[name] = model
            alphabet = self._recognizers[model].alphabet
            if f.lexicon is not None:
                self._lexicons[name] = _lexicon(self.template, f, f.lexicon, alphabet)
            pattern = self._slots[name].pattern
            if pattern is not None:
                self._grammars[name] = compile_grammar(pattern, alphabet, ignores=f.kind.ignores)

    def read(self, source: Source) -> Result:
        """Read one page: a path, an encoded file's bytes, or a BGR array.

        Raises SourceError when it cannot be loaded and UsageError when it has several pages
        (``run`` reads those). A page on which the form is not found comes back "failed".
        """
        jobs = list(islice(self._jobs_of(source, source), 2))
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
            yield from self._jobs_of(found.path, found.path)

    def _jobs_of(self, source: Source, origin: Source) -> Iterator[_Job]:
        size_u = _page_size(self.template)
        started = time.perf_counter()
        try:
            for slot in load_pages(source, page_size_u=size_u):
                loaded = time.perf_counter() - started
                if slot.page is None:
                    name = slot.error.source if slot.error else str(source)
                    yield _Job(name, slot.number, origin, error=slot.error)
                else:
                    yield self._placed(slot.page, origin, loaded)
                started = time.perf_counter()
        except SourceError as err:
            yield _Job(err.source, 1, origin, error=err)

    def _placed(self, page: Page, origin: Source, loaded_s: float) -> _Job:
        """Register a page and cut its fields."""
        started = time.perf_counter()
        job = _Job(page.source, page.number, origin)
        try:
            sheet = self._placer.place(page)
        except RegistrationError as err:
            return replace(job, error=err)
        registered = time.perf_counter()
        crops, pictures = self._cut(sheet)
        timings = {
            "load": loaded_s,
            "register": registered - started,
            "cut": time.perf_counter() - registered,
        }
        # The page itself is let go: crops are all that is still needed.
        return replace(job, sheet=sheet, crops=crops, pictures=pictures, timings_s=timings)

    def _cut(self, sheet: Sheet) -> tuple[tuple[Crop, ...], dict[str, Crop]]:
        crops, pictures = [], {}
        for name in self.template.fields:
            box = self.template.box(name, sheet.layout)
            if name in self._of_field:
                height = self._recognizers[self._of_field[name]].height
                crops.append(cut_line(sheet, box, field=name, height=height))
            else:
                pictures[name] = cut_picture(sheet, box, field=name)
        return tuple(crops), pictures

    def _finished(self, jobs: Sequence[_Job]) -> list[Result]:
        """Recognize the lines of all pages together, then decode each."""
        started = time.perf_counter()
        lattices = iter(self._lattices([crop for job in jobs for crop in job.crops]))
        recognize_s = (time.perf_counter() - started) / len(jobs)
        results = []
        for job in jobs:
            started = time.perf_counter()
            by_line = {crop.field: next(lattices) for crop in job.crops}
            lines = [self._line(crop, by_line[crop.field]) for crop in job.crops]
            pictures = [self._picture(crop) for crop in job.pictures.values()]
            readings = self._agreed([*lines, *pictures], by_line)
            timings = {"recognize": recognize_s, "decode": time.perf_counter() - started}
            results.append(self._result(job, readings, timings))
        return results

    def _lattices(self, crops: Sequence[Crop]) -> list[Lattice]:
        found: dict[int, Lattice] = {}
        for model, recognizer in self._recognizers.items():
            mine = [i for i, crop in enumerate(crops) if self._of_field[crop.field] == model]
            lattices = recognizer.recognize([crops[i].image for i in mine])
            found.update(zip(mine, lattices, strict=True))
        return [found[i] for i in range(len(crops))]

    def _line(self, crop: Crop, lattice: Lattice) -> Reading:
        decoded = self._decoded(crop.field, lattice)
        return settle(
            self._slots[crop.field],
            decoded.candidates,
            empty_logp=_empty_logp(lattice),
            quad_px=crop.quad_px,
        )

    def _decoded(self, name: str, lattice: Lattice) -> Decoded:
        lexicon = self._lexicons.get(name)
        if lexicon is not None and self.template.fields[name].lexicon_mode == "hard":
            return match_lexicon(lattice, lexicon, nbest=_NBEST)
        decoded = _decoded(lattice, self._grammars.get(name), self._languages.get(name))
        if lexicon is None:
            return decoded
        return favour_lexicon(lattice, lexicon, decoded, nbest=_NBEST)

    def _picture(self, crop: Crop) -> Reading:
        slot = self._slots[crop.field]
        assert isinstance(slot.kind, ReadsPicture)
        return settle_picture(slot, slot.kind.read_image(crop.image), quad_px=crop.quad_px)

    def _agreed(
        self, readings: Sequence[Reading], lattices: Mapping[str, Lattice]
    ) -> dict[str, Reading]:
        """The readings after the template's rules have chosen among the alternatives."""
        by_field = {reading.field: reading for reading in readings}

        def listed(name: str) -> tuple[Choice, ...]:
            if name not in lattices:
                return ()
            empty_logp = _empty_logp(lattices[name])
            candidates = by_field[name].candidates
            return alternatives(self._slots[name], candidates, empty_logp=empty_logp)

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
            page_size_u=_page_size(self.template),
        )
        if job.sheet is None:
            return result
        ordered = {name: readings[name] for name in self.template.fields}
        values = {name: reading.value for name, reading in ordered.items()}
        return replace(
            result,
            status=_status(ordered, self.template.accept.confidence),
            layout=job.sheet.layout,
            record=build_record(self.record_type, values),
            readings=ordered,
            timings_s={**job.timings_s, **timings_s},
        )


def read_lines(
    crops: Sequence[Image],
    type: str,
    *,
    model: str | None = None,
    lm: str | None = None,
    **options: object,
) -> list[Reading]:
    """Read line images (BGR uint8 arrays) as values of one field type.

    ``lm`` is the language model of free text, "none" for none; the type's own when absent.
    ``options`` are the field type's own, as in a template: ``read_lines(crops, "amount",
    currency="MYR")``. Raises UnknownName, or UsageError for a wrong option.
    """
    slot = Slot("line", _kind(type, options))
    recognizer = _shared_recognizer(model or "ppocrv6-small")
    pattern = slot.pattern
    grammar = (
        None
        if pattern is None
        else compile_grammar(pattern, recognizer.alphabet, ignores=slot.kind.ignores)
    )
    language_name = _language_name(slot.kind, lm)
    language = None if language_name is None else _shared_language(language_name)
    readings = []
    for crop, lattice in zip(crops, recognizer.recognize(crops), strict=True):
        height, width = crop.shape[:2]
        quad = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
        readings.append(
            settle(
                slot,
                _decoded(lattice, grammar, language).candidates,
                empty_logp=_empty_logp(lattice),
                quad_px=quad,
            )
        )
    return readings


def _kind(type_name: str, options: Mapping[str, object]) -> FieldType:
    try:
        kind = field_types.get(type_name).model_validate(options)
    except ValidationError as err:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in err.errors())
        raise UsageError(f"options of field type {type_name!r}: {wrong}") from None
    if isinstance(kind, ReadsPicture):
        raise UsageError(f"field type {type_name!r} is not a line of print")
    return kind


@lru_cache(maxsize=4)
def _shared_recognizer(name: str) -> Recognizer:
    return load_recognizer(name)


@lru_cache(maxsize=4)
def _shared_language(name: str) -> LanguageModel:
    return load_language(name)


def _language_name(kind: FieldType, wanted: str | None) -> str | None:
    """The language model to read a field with; only free text has one."""
    if kind.pattern is not None or isinstance(kind, ReadsPicture) or wanted == "none":
        return None
    return wanted or kind.language_model


def _languages(template: Template) -> dict[str, LanguageModel]:
    """The language model of every field that has one, each loaded once."""
    loaded: dict[str, LanguageModel] = {}
    of_field: dict[str, LanguageModel] = {}
    for slot, f in template.fields.items():
        name = _language_name(f.kind, f.lm)
        if name is None:
            continue
        try:
            if name not in loaded:
                loaded[name] = load_language(name, folder=template.path.parent)
        except UsageError as err:
            where = f"fields.{slot}.lm: {err}"
            raise TemplateError(str(template.path), [where]) from None
        of_field[slot] = loaded[name]
    return of_field


def _placer(template: Template) -> Placer:
    """The placer of a template's layouts; raises TemplateError for a useless reference."""
    return Placer(
        [_form(template, layout) for layout in template.layouts],
        method_names=template.register.methods,
    )


def _form(template: Template, layout: Layout) -> Form:
    boxes = {name: template.box(name, layout.name) for name in template.fields}
    codes = [name for name, f in template.fields.items() if isinstance(f.kind, ReadsPicture)]
    form = Form(
        layout=layout.name,
        size_u=_page_size(template),
        reference=_reference(template, layout),
        barcodes_u=tuple(rectangle(*boxes[name]) for name in codes),
        values_u=np.array(list(boxes.values()), float),
    )
    if not findable(form):
        why = "has too few ruling lines and too little print to be found. Use a sharper picture"
        raise _reference_error(template, layout, why)
    return form


def _reference(template: Template, layout: Layout) -> Image:
    if layout.reference is None:
        why = "is missing. Give a picture of the form, by which it is found in pages"
        raise _reference_error(template, layout, why)
    try:
        return load_page(layout.reference, 1).image
    except SourceError as err:
        raise _reference_error(template, layout, err.why) from None


def _reference_error(template: Template, layout: Layout, why: str) -> TemplateError:
    return TemplateError(str(template.path), [f"layouts.{layout.name}.reference {why}"])


def _lexicon(template: Template, field: Field, name: str, alphabet: Alphabet) -> CompiledLexicon:
    try:
        lexicon = load_lexicon(name, folder=template.path.parent)
        return compile_lexicon(lexicon, alphabet, ignores=field.kind.ignores)
    except UsageError as err:
        where = f"fields.{field.name}.lexicon: {err}"
        raise TemplateError(str(template.path), [where]) from None


def _page_size(template: Template) -> tuple[float, float]:
    return float(template.page.width), float(template.page.height)


def _decoded(lattice: Lattice, grammar: Grammar | None, language: LanguageModel | None) -> Decoded:
    if grammar is not None:
        return decode(lattice, grammar, nbest=_NBEST)
    if language is not None:
        return decode_fused(lattice, language, nbest=_NBEST)
    return decode_free(lattice, nbest=_NBEST)


def _empty_logp(lattice: Lattice) -> float:
    """The log-probability that every step is blank."""
    return float(lattice.logp[:, lattice.alphabet.blank].sum())


def _status(readings: Mapping[str, Reading], confidence: float) -> Status:
    sure = all(r.ok and r.confidence >= confidence for r in readings.values())
    return "accepted" if sure else "review"
