"""What a service is started with; handed to worker processes through the environment."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from docextract.errors import UsageError

_VARIABLE = "DOCEXTRACT_SERVICE"


class Settings(BaseModel):
    """How a service runs, and what it takes from a request at most.

    ``keys`` is the file of API keys; without one only callers on this machine are served.
    ``templates`` is a folder of templates beside the shipped ones. ``preload`` names those that
    are loaded before the service says it is ready, others are when they are first asked for.
    With ``split``, pages may bear several documents by any template.
    ``at_once`` requests are read at a time in each process, and ``waiting`` more may wait. Their
    lines meet in common batches, for which ``batch_wait_ms`` is waited at most; 0 is without.
    ``per_minute`` limits each key's requests, or each address's without keys.

    Jobs are kept in ``data``, or in a ``database`` by its SQLAlchemy URL, and their files in
    ``data`` or in ``files``, a folder or a URL that fsspec knows; for ``keep_days``, or until they
    are deleted. ``job_readers`` threads of each process read them. A page whose process died is
    read again after ``lease_s``. Of all values that were read, at most ``review_target`` are to be
    wrong after people have looked, who see ``random_look`` of the accepted fields, too; what one of
    them has claimed comes to another after ``review_lease_s``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 5000
    workers: Annotated[int, Field(ge=1)] = 1
    keys: Path | None = None
    templates: Path | None = None
    preload: tuple[str, ...] = ()
    split: bool = False
    data: Path = Path("docextract-data")
    database: str | None = None
    files: str | None = None
    keep_days: Annotated[float, Field(gt=0)] | None = None
    job_readers: Annotated[int, Field(ge=1)] = 1
    lease_s: Annotated[float, Field(ge=0.1)] = 30.0
    review_target: Annotated[float, Field(gt=0, lt=1)] = 0.001
    random_look: Annotated[float, Field(ge=0, le=0.5)] = 0.01
    review_lease_s: Annotated[float, Field(ge=0.1)] = 300.0
    most_job_pages: Annotated[int, Field(ge=1)] = 1000
    most_open_pages: Annotated[int, Field(ge=1)] = 100_000
    at_once: Annotated[int, Field(ge=1)] = 4
    waiting: Annotated[int, Field(ge=0)] = 60
    batch_wait_ms: Annotated[float, Field(ge=0, le=1000)] = 3.0
    most_megabytes: Annotated[float, Field(gt=0)] = 32.0
    most_files: Annotated[int, Field(ge=1)] = 20
    most_pages: Annotated[int, Field(ge=1)] = 20
    most_megapixels: Annotated[float, Field(gt=0)] = 50.0
    per_minute: Annotated[float, Field(gt=0)] | None = None
    upload_timeout_s: Annotated[float, Field(gt=0)] = 60.0

    def check(self) -> None:
        """Raise UsageError for a service that strangers could use without a key."""
        if self.keys is None and not is_loopback(self.host):
            raise UsageError(
                f"--host {self.host}: others could use the service without a key. Make keys with "
                "docextract keys new, and name their file with --keys; or use --host 127.0.0.1"
            )

    @property
    def database_url(self) -> str:
        """Where jobs are: SQLite in ``data`` unless a database is named."""
        return self.database or f"sqlite:///{self.data.resolve() / 'docextract.db'}"

    @property
    def files_place(self) -> str:
        """Where the files of jobs are: in ``data`` unless a folder or a URL is named."""
        return self.files or str(self.data / "files")

    @property
    def feedback_folder(self) -> Path:
        """Where what corrections have taught is, if anything was promoted."""
        return self.data / "feedback"

    def to_environment(self) -> Mapping[str, str]:
        """The settings as an environment variable."""
        return {_VARIABLE: self.model_dump_json()}

    @classmethod
    def from_environment(cls) -> Self:
        """The settings that ``to_environment`` gave; the defaults where there are none."""
        return cls.model_validate_json(os.environ.get(_VARIABLE, "{}"))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine as only itself can reach it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
