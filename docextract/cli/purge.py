"""``docextract purge``: old jobs of the service deleted."""

from __future__ import annotations

from typing import Annotated

import typer

from docextract.cli._kept import DATA, DatabaseOption, DataOption, FilesOption, open_kept


def purge(
    *,
    keep: Annotated[
        float, typer.Option("--keep", metavar="DAYS", min=0, help="Delete jobs older than that.")
    ],
    data: DataOption = DATA,
    database: DatabaseOption = None,
    files: FilesOption = None,
) -> None:
    """Delete jobs of the service that are older than --keep DAYS, and files that no job has.

    It may run beside the service. A file that came within the last hour stays.

    Example: `docextract purge --keep 30`
    """
    from docextract.errors import MissingExtra

    try:
        from docextract.service import Settings
        from docextract.store import Jobs
        from docextract.store import purge as purge_store
    except ImportError:
        raise MissingExtra("docextract purge", "serve") from None
    kept = open_kept(data, database, files)
    jobs = Jobs(kept.database, lease_s=Settings().lease_s)
    purged = purge_store(jobs, kept.files, keep_days=keep)
    typer.echo(f"deleted {purged.jobs} jobs and {purged.files} files")
