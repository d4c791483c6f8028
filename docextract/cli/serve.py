"""``docextract serve``: the REST service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docextract.cli._console import stderr, tell

if TYPE_CHECKING:
    from fastapi import FastAPI

    from docextract.service import Settings


def serve(
    *,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="Port.")] = 5000,
    workers: Annotated[int, typer.Option("--workers", "-w", min=1, help="Processes.")] = 1,
    keys: Annotated[
        Path | None, typer.Option("--keys", metavar="FILE", help="API keys; see `keys new`.")
    ] = None,
    templates: Annotated[
        Path | None, typer.Option("--templates", metavar="DIR", help="Further templates.")
    ] = None,
    preload: Annotated[
        list[str] | None,
        typer.Option("--preload", metavar="NAME", help="Template to load at the start; repeat it."),
    ] = None,
    data: Annotated[
        Path, typer.Option("--data", metavar="DIR", help="Where jobs and their files are kept.")
    ] = Path("docextract-data"),
    database: Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help="SQLAlchemy URL; SQLite in --data if none."),
    ] = None,
    files: Annotated[
        str | None,
        typer.Option(
            "--files", metavar="PLACE", help="Folder or fsspec URL for files; in --data if none."
        ),
    ] = None,
    keep: Annotated[
        float | None,
        typer.Option("--keep", metavar="DAYS", min=0.01, help="Delete jobs older than that."),
    ] = None,
    review_target: Annotated[
        float,
        typer.Option("--review-target", metavar="RATE", min=1e-9, max=0.5, help="Errors to allow."),
    ] = 0.001,
    random_look: Annotated[
        float,
        typer.Option(
            "--random-look", metavar="SHARE", min=0, max=0.5, help="Accepted fields to review."
        ),
    ] = 0.01,
    job_readers: Annotated[
        int, typer.Option("--job-readers", min=1, help="Pages of jobs read at a time, a process.")
    ] = 1,
    max_mb: Annotated[float, typer.Option("--max-mb", min=0.1, help="Largest request, MB.")] = 32,
    max_pages: Annotated[int, typer.Option("--max-pages", min=1, help="Most pages a file.")] = 20,
    max_megapixels: Annotated[
        float, typer.Option("--max-megapixels", min=0.1, help="Largest page.")
    ] = 50,
    rate: Annotated[
        float | None,
        typer.Option("--rate", min=0.1, help="Most requests a minute, of each key or address."),
    ] = None,
    split: Annotated[
        bool, typer.Option("--split", help="A page may bear several documents.")
    ] = False,
    at_once: Annotated[
        int, typer.Option("--at-once", min=1, help="Requests read at a time, a process.")
    ] = 4,
    waiting: Annotated[
        int, typer.Option("--waiting", min=0, help="Requests that may wait, a process.")
    ] = 60,
    batch_wait_ms: Annotated[
        float,
        typer.Option("--batch-wait-ms", min=0, max=1000, help="Wait for lines; 0: no batching."),
    ] = 3.0,
) -> None:
    """Answer OCR and extraction over HTTP: POST /ocr, /extract?template=NAME, /jobs.

    What there is says `/openapi.json`. With `pip install 'docextract[web]'` there are pages for
    people, too, at `/ui/`. Without --keys only this machine is served. Needs
    `pip install 'docextract[serve]'`.

    Examples:

    - `docextract serve`
    - `docextract serve --host 0.0.0.0 --keys keys.json --workers 2`
    """
    from docextract.errors import MissingExtra

    try:
        from docextract.service import Settings
        from docextract.service.serving import serve as run
    except ImportError:
        raise MissingExtra("docextract serve", "serve") from None
    settings = Settings(
        host=host,
        port=port,
        workers=workers,
        keys=keys,
        templates=templates,
        preload=tuple(preload or ()),
        split=split,
        data=data,
        database=database,
        files=files,
        keep_days=keep,
        job_readers=job_readers,
        review_target=review_target,
        random_look=random_look,
        most_megabytes=max_mb,
        most_pages=max_pages,
        most_megapixels=max_megapixels,
        per_minute=rate,
        at_once=at_once,
        waiting=waiting,
        batch_wait_ms=batch_wait_ms,
    )
    run(settings, _app_maker(workers))


def _app_maker(workers: int) -> Callable[[Settings], FastAPI]:
    """The service with pages where they can be shown; tells why not, where they cannot."""
    from docextract.service.app import create_app

    if workers > 1:
        tell(stderr(), "No pages: with several processes a browser would meet another each time")
        return create_app
    try:
        from docextract.web.app import create_app as create_with_pages
    except ImportError:
        tell(stderr(), "No pages: pip install 'docextract[web]'")
        return create_app
    return create_with_pages
