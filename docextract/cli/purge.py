"""``docextract purge``: old jobs of the service deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def purge(
    *,
    keep: Annotated[
        float, typer.Option("--keep", metavar="DAYS", min=0, help="Delete jobs older than that.")
    ],
    data: Annotated[
        Path, typer.Option("--data", metavar="DIR", help="As given to `docextract serve`.")
    ] = Path("docextract-data"),
    database: Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help="As given to `docextract serve`."),
    ] = None,
) -> None:
    """Delete jobs of the service that are older than --keep DAYS, and files that no job has.

    It may run beside the service. A file that came within the last hour stays.

    Example: `docextract purge --keep 30`
    """
    from docextract.errors import MissingExtra, UsageError

    try:
        from docextract.service import Settings
        from docextract.store import FileStore, Jobs, open_database
        from docextract.store import purge as purge_store
    except ImportError:
        raise MissingExtra("docextract purge", "serve") from None
    settings = Settings(data=data, database=database)
    if not settings.files_folder.is_dir():
        raise UsageError(
            f"--data {data}: holds no jobs. Name the folder that the service was given"
        )
    files = FileStore(settings.files_folder)
    jobs = Jobs(open_database(settings.database_url), lease_s=settings.lease_s)
    purged = purge_store(jobs, files, keep_days=keep)
    typer.echo(f"deleted {purged.jobs} jobs and {purged.files} files")
