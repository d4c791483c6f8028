"""Inputs to an ordered stream of results, on this machine."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from pathlib import Path

from docextract.auto import Library
from docextract.batch._pool import Pool, Ticket
from docextract.errors import UsageError
from docextract.record_reader import RecordReader
from docextract.result import Result
from docextract.sources import find_files
from docextract.template import Template

_FILES_A_WORKER = 8  # found ahead, so that one slow file does not hold up the other workers


def run_local(
    template: str | Path | Template | Library, inputs: Sequence[str | Path], *, workers: int = 1
) -> Generator[Result, None, None]:
    """Read files, folders and globs, page by page, in order; ``workers`` above 1 are processes.

    ``template`` may be "auto", for all shipped ones, or a Library of some: each page is then read
    by the one that it is of. Errors of the template come before the first page. A file that
    cannot be read, or that ends its worker, comes as a "failed" result with the reason, and the
    rest goes on. Memory does not grow with the number of files. Closing the stream ends the
    workers.
    Raises UsageError for fewer than one worker, and what Extractor or AutoExtractor raises.
    """
    if workers < 1:
        raise UsageError(f"workers is {workers}. Give 1 or more")
    library = template if isinstance(template, Library) else Library.of([template])
    if workers == 1:
        return _here(library.reader(), inputs)
    library.reader(threads=1)  # says what is wrong before there are processes
    return _spread(library, inputs, workers)


def _here(reader: RecordReader, inputs: Sequence[str | Path]) -> Generator[Result, None, None]:
    yield from reader.run(inputs)


def _spread(
    library: Library, inputs: Sequence[str | Path], workers: int
) -> Generator[Result, None, None]:
    found = find_files(inputs)
    line: deque[Ticket] = deque()  # in the order of the inputs
    with Pool(library, workers) as pool:
        while True:
            while len(line) < _FILES_A_WORKER * workers and (file := next(found, None)):
                line.append(Ticket(file.path))
                if file.error is None:
                    pool.submit(line[-1])
                else:
                    line[-1].fail(library.name, file.error)
            while line and line[0].done:
                yield from line.popleft().take()
            if not line:
                return
            yield from line[0].take()
            pool.wait()
