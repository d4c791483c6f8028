"""Opening the database, bringing its tables up to date, and transactions in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from docextract.errors import UsageError
from docextract.store.errors import StoreError

_MIGRATIONS = Path(__file__).with_name("migrations")
# A second process may write; what was accepted is on the disk before the caller hears of it.
# What was deleted is overwritten, not only left out of the index.
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=10000",
    "secure_delete=ON",
)


def open_database(url: str) -> Engine:
    """Open a database by its SQLAlchemy URL, its tables made or brought up to date.

    SQLite needs nothing else, and its folder is made; other databases need their driver. Raises
    UsageError for a URL that leads to no database, and for one that a newer docextract made.
    """
    try:
        engine = create_engine(url, pool_pre_ping=True)
        if engine.dialect.name == "sqlite":
            Path(engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
            event.listen(engine, "connect", _set_pragmas)
        with engine.begin() as connection:
            _upgrade(connection)
    except CommandError:
        raise UsageError(
            f"database {_shown(url)}: was made by a newer docextract. Use that, or another database"
        ) from None
    except (ArgumentError, ModuleNotFoundError, OSError, SQLAlchemyError) as error:
        why = " ".join(str(getattr(error, "orig", None) or error).split())
        raise UsageError(
            f"database {_shown(url)}: cannot be opened: {why}. See that it runs and may be "
            "written; give it as sqlite:///FILE or postgresql+pg8000://USER@HOST/NAME"
        ) from None
    return engine


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """A transaction, kept at its end; raises StoreError when the database fails."""
    with _errors_told(), engine.begin() as connection:
        yield connection


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """A connection to look through; raises StoreError when the database fails."""
    with _errors_told(), engine.connect() as connection:
        yield connection


def scrub(engine: Engine) -> None:
    """Empty SQLite's log, in which what was deleted would stand until it is written over.

    While others read or write it stays, and goes with a later call.
    """
    if engine.dialect.name == "sqlite":
        with looking(engine) as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _errors_told() -> Iterator[None]:
    """Raise the database's own errors as StoreError, without the values they were about."""
    try:
        yield
    except SQLAlchemyError as error:
        kind = type(getattr(error, "orig", None) or error).__name__
        raise StoreError(f"database: it failed ({kind}). See that it runs and has room") from None


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _shown(url: str) -> str:
    """The URL without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "URL"
