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

    With them goes what corrections of them taught: lines to train on, and words of lexicons. It
    may run beside the service. A file that came within the last hour stays.

    Example: `docextract purge --keep 30`
    """
    from docextract.errors import MissingExtra

    try:
        from docextract.service import Settings
        from docextract.service.retention import purge_all
        from docextract.store import Jobs
    except ImportError:
        raise MissingExtra("docextract purge", "serve") from None
    kept, settings = open_kept(data, database, files), Settings(data=data)
    jobs = Jobs(kept.database, lease_s=settings.lease_s)
    purged = purge_all(jobs, kept.files, settings.feedback_folder, keep_days=keep)
    typer.echo(f"deleted {purged}")
