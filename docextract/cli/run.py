"""``docextract run``: files, folders and globs to records."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docextract.errors import MissingExtra

if TYPE_CHECKING:
    from docextract.auto import Library

_INTERRUPTED = 130


def run(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Pictures, PDFs, folders or quoted globs."),
    ],
    *,
    template: Annotated[
        list[str],
        typer.Option(
            "--template",
            "-t",
            metavar="NAME|FILE|auto",
            help="Template to read by. auto, or several: the one that each page is of.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File to write; JSON lines to stdout if none."),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option("--format", "-f", help="jsonl, csv, parquet or xlsx; else by --out's ending."),
    ] = None,
    rows: Annotated[
        str | None,
        typer.Option("--rows", metavar="FIELD", help="Write the rows of this table, one a row."),
    ] = None,
    draw: Annotated[
        Path | None, typer.Option("--draw", metavar="DIR", help="Draw every page's readings here.")
    ] = None,
    crops: Annotated[
        Path | None,
        typer.Option("--crops", metavar="DIR", help="Save pictures, such as portraits, here."),
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", "-w", min=1, help="Processes to read with.")
    ] = 1,
    split: Annotated[
        bool, typer.Option("--split", help="A page may bear several documents: a row for each.")
    ] = False,
    vote: Annotated[
        bool, typer.Option("--vote", help="Let a second model read what the first is unsure of.")
    ] = False,
    feedback: Annotated[
        Path | None,
        typer.Option("--feedback", metavar="DIR", help="Use what was promoted: DATA/feedback."),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, no summary; failures are told.")
    ] = False,
) -> None:
    """Read pages into records, one row a page; with --split, one row a document on it.

    Records go to stdout as JSON lines, or to --out. Progress, pages that failed and a summary
    go to stderr. A page that cannot be read is a row with the status "failed" and the reason;
    the rest goes on. With `--template auto`, or several templates, each page is read by the one
    that its form is of; tables are then written a file a template. Exits with 3 when a file
    could not be loaded, else with 4 when the form was not found on a page.

    Examples:

    - `docextract run -t invoice scans/ > records.jsonl`
    - `docextract run -t invoice scans/ more.pdf --out records.xlsx --workers 4`
    - `docextract run -t my/form.yaml 'in/**/*.jpg' --draw checked/`
    - `docextract run -t delivery_note notes.pdf --out goods.csv --rows lines`
    - `docextract run -t taxi_receipt --split flatbed/ --out receipts.csv`
    - `docextract run -t auto mixed/ --out records.csv` writes records-invoice.csv and so on
    """
    from docextract.auto import Library
    from docextract.batch import run_local
    from docextract.cli._drawings import Crops, Drawings
    from docextract.cli._progress import progress
    from docextract.cli._tally import Tally
    from docextract.writers import open_writer

    library = Library.of(template)
    if split:
        library = library.splitting()
    if vote:
        library = library.voting()
    if feedback is not None:
        library = _taught(library, feedback)
    drawings = Drawings(draw) if draw else None
    portraits = Crops(crops) if crops else None
    tally = Tally(*library.templates)
    interrupted = False
    with (
        closing(run_local(library, paths, workers=workers)) as results,
        open_writer(out, format, *library.templates, rows=rows) as writer,
        progress(paths, quiet=quiet) as bar,
    ):
        try:
            for result in results:
                writer.write(result.row(portraits.add(result) if portraits else {}))
                tally.add(result)
                bar.add(result)
                if result.failure is not None:
                    bar.tell(f"failed: {result.failure.reason}")
                if drawings and (trouble := drawings.add(result)):
                    bar.tell(f"not drawn: {trouble}")
        except KeyboardInterrupt:
            interrupted = True  # the writer still finishes its file
    if not quiet:
        tally.show()
    raise typer.Exit(_INTERRUPTED if interrupted else tally.exit_code)


def _taught(library: Library, folder: Path) -> Library:
    """The same, with what corrections have taught."""
    try:
        from docextract.feedback import with_promoted
    except ImportError:
        raise MissingExtra("--feedback", "serve") from None
    return replace(
        library,
        templates=tuple(with_promoted(one.name, one, folder) for one in library.templates),
    )
