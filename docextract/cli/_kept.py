"""What a service has kept, for commands beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from docextract.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from docextract.store import FileStore

DATA = Path("docextract-data")
DataOption = Annotated[
    Path, typer.Option("--data", metavar="DIR", help="As given to `docextract serve`.")
]
DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="As given to `docextract serve`."),
]
FilesOption = Annotated[
    str | None,
    typer.Option("--files", metavar="PLACE", help="As given to `docextract serve`."),
]


class Kept(NamedTuple):
    """A service's database, and the files of its jobs."""

    database: Engine
    files: FileStore


def open_kept(data: Path, database: str | None, files: str | None) -> Kept:
    """Open what a service has kept; raises UsageError where none has.

    To open a database or a folder makes it. By one made just now no file would have a job, and all
    would be purged.
    """
    from docextract.service.settings import Settings
    from docextract.store import open_database, open_files

    settings = Settings(data=data, database=database, files=files)
    if database is None and not (data / "docextract.db").is_file():
        raise UsageError(
            f"--data {data}: holds no jobs. Name the folder that the service was given, "
            "and its --database if it has one"
        )
    if files is None and not Path(settings.files_place).is_dir():
        raise UsageError(
            f"--data {data}: holds no files of jobs. Name the folder that the service was given, "
            "or its --files"
        )
    return Kept(open_database(settings.database_url), open_files(settings.files_place))
