"""A page or document on its way from picture to result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from docextract.cutting import Cuts, joined
from docextract.errors import DocextractError
from docextract.result import Failure, Result
from docextract.sources import Source
from docextract.tables import TableRead
from docextract.types import Quad, Reading


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
