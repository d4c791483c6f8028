"""Jobs of the service: taken in, read page by page, kept; also when the server is killed."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from service_client import http
from sqlalchemy import event
from typer.testing import CliRunner

from docextract.cli.main import app
from docextract.errors import SourceError, UsageError
from docextract.service.engine import Engine
from docextract.service.job_reader import JobReader
from docextract.service.metrics import Metrics
from docextract.service.settings import Settings
from docextract.store import (
    FolderStore,
    Jobs,
    NewFile,
    PageReview,
    ReadDocument,
    Reviews,
    StoreError,
    UnknownJob,
    open_database,
    open_files,
)
from docextract.store.tables import Table

PAGES = 24


@contextmanager
def server_process(settings: Settings) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The service as a process of its own, as its workers start it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--log-level", "warning", "docextract.service.app:from_environment"],
        env={**os.environ, **settings.to_environment(), "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: is_alive(url) or process.poll() is not None)
        yield url, process
    finally:
        process.terminate()
        process.wait(timeout=60)


def is_alive(url: str) -> bool:
    try:
        return http.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def wait_until(condition: Callable[[], bool], within_s: float = 90) -> None:
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def tickets(tmp_path_factory: pytest.TempPathFactory, draw_ticket) -> list[Path]:
    folder = tmp_path_factory.mktemp("tickets")
    return [draw_ticket(folder / f"{i:02}.png", f"TICKET-{i:02}") for i in range(PAGES)]


@pytest.fixture(scope="module")
def job_settings(tmp_path_factory: pytest.TempPathFactory, ticket_template: Path) -> Settings:
    return Settings(
        random_look=0,
        data=tmp_path_factory.mktemp("data"),
        templates=ticket_template.parent,
        lease_s=1.0,
        most_files=PAGES + 1,
    )


@pytest.fixture(scope="module")
def url(job_settings: Settings) -> Iterator[str]:
    with server_process(job_settings) as (address, _):
        yield address


def send(url: str, files: list[Path], **parameters: str) -> str:
    parts = [("file", (path.name, path.read_bytes())) for path in files]
    answer = http.post(f"{url}/jobs", params=parameters, files=parts)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/jobs/{answer.json()['id']}"
    return str(answer.json()["id"])


def progress(url: str, job: str) -> dict[str, int]:
    return dict(http.get(f"{url}/jobs/{job}").json()["progress"])


def pages_of(url: str, job: str) -> list[dict[str, object]]:
    return list(http.get(f"{url}/jobs/{job}/pages", params={"most": 1000}).json())


def test_a_job_is_read_by_a_template(url: str, tickets: list[Path], tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(b"no picture")
    job = send(url, [*tickets[:2], tmp_path / "notes.txt"], template="ticket")
    wait_until(lambda: progress(url, job)["done"] == 3)
    assert progress(url, job) == {"pages": 3, "done": 3, "failed": 1}
    assert http.get(f"{url}/jobs/{job}").json()["state"] == "done"
    first, second, failed = pages_of(url, job)
    assert first["extracted"]["record"] == {"code": "TICKET-00"}
    assert second["source"] == "01.png"
    assert failed["status"] == "failed"
    assert "Give a JPEG" in failed["extracted"]["reason"]
    rest = http.get(f"{url}/jobs/{job}/pages", params={"after": 1, "most": 1}).json()
    assert rest == [second]


def test_progress_comes_as_events(url: str, tickets: list[Path]) -> None:
    job = send(url, tickets[:6], template="ticket")
    events = []
    with http.stream("GET", f"{url}/jobs/{job}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for row in stream.iter_lines():
            if row.startswith("event: "):
                events.append(row.removeprefix("event: "))
            if row.startswith("data: "):
                told = json.loads(row.removeprefix("data: "))
    assert events[-1] == "done"
    assert set(events[:-1]) <= {"progress"}
    assert told == {"pages": 6, "done": 6, "failed": 0}


def test_what_is_wrong_with_a_job_is_told(url: str, tickets: list[Path]) -> None:
    parts = [("file", ("a.png", tickets[0].read_bytes()))]
    unknown = http.post(f"{url}/jobs", params={"template": "tiket"}, files=parts)
    assert (unknown.status_code, unknown.json()["type"][-12:]) == (404, "unknown-name")
    for path in ("", "/pages", "/events"):
        none = http.get(f"{url}/jobs/{'0' * 32}{path}")
        assert (none.status_code, none.json()["type"][-11:]) == (404, "unknown-job")
    assert http.get(f"{url}/jobs/../../etc/passwd").status_code == 404
    assert http.get(f"{url}/jobs/%2e%2e%2fetc").status_code in {404, 422}


def test_a_deleted_job_is_gone(url: str, tickets: list[Path]) -> None:
    job = send(url, tickets[:1], template="ticket")
    assert http.delete(f"{url}/jobs/{job}").status_code == 204
    assert http.get(f"{url}/jobs/{job}").status_code == 404


def test_a_killed_server_loses_no_page_and_reads_none_twice(
    ticket_template: Path, tickets: list[Path], tmp_path: Path
) -> None:
    settings = Settings(
        random_look=0,
        data=tmp_path,
        templates=ticket_template.parent,
        lease_s=1.0,
        most_files=PAGES,
    )
    with server_process(settings) as (url, process):
        job = send(url, tickets, template="ticket")
        wait_until(lambda: progress(url, job)["done"] >= 3)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with sqlite3.connect(tmp_path / "docextract.db") as database:
        states = Counter(state for (state,) in database.execute("SELECT state FROM job_pages"))
        before = dict(database.execute("SELECT id, worker FROM job_pages WHERE state = 'done'"))
    database.close()
    assert states["done"] < PAGES, "the server was killed too late for this test"
    with server_process(settings) as (url, _):
        wait_until(lambda: progress(url, job)["done"] == PAGES)
        records = [page["extracted"]["record"]["code"] for page in pages_of(url, job)]
    assert records == [f"TICKET-{i:02}" for i in range(PAGES)]
    with sqlite3.connect(tmp_path / "docextract.db") as database:
        workers = dict(database.execute("SELECT id, worker FROM job_pages"))
        attempts = Counter(n for (n,) in database.execute("SELECT attempts FROM job_pages"))
    database.close()
    assert {page: workers[page] for page in before} == before  # not read again
    assert set(attempts) <= {1, 2}
    assert attempts[2] <= 1  # only the page at hand when the server was killed


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(open_database(f"sqlite:///{tmp_path / 'jobs.db'}"), lease_s=1.0)


READ = ReadDocument("read", "{}")


def read_all(jobs: Jobs) -> list[int]:
    """Let four workers finish all pages; gives the pages' numbers as they were claimed."""
    taken: list[int] = []
    lock = threading.Lock()

    def work(worker: str) -> None:
        while (page := jobs.claim(worker)) is not None:
            with lock:
                taken.append(page.number)
            assert jobs.finish(page.id, worker, [READ])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, "abcd"))
    return taken


def test_pages_go_to_one_worker_each(tmp_path: Path) -> None:
    jobs = Jobs(open_database(f"sqlite:///{tmp_path / 'jobs.db'}"), lease_s=60)
    job = jobs.add("", None, [NewFile("a", "0" * 64, 40)])
    assert sorted(read_all(jobs)) == [*range(1, 41)]
    assert jobs.summary(job, "").finished


def test_a_page_is_another_workers_when_its_lease_is_over(jobs: Jobs) -> None:
    jobs.add("", None, [NewFile("a", "0" * 64, 1)])
    first = jobs.claim("slow")
    assert first is not None
    assert jobs.claim("quick") is None
    time.sleep(0.6)
    jobs.renew("slow")
    time.sleep(0.6)
    assert jobs.claim("quick") is None
    time.sleep(0.6)
    second = jobs.claim("quick")
    assert second is not None
    assert second.id == first.id
    assert not jobs.finish(first.id, "slow", [READ])
    assert jobs.finish(second.id, "quick", [READ])
    assert not jobs.finish(second.id, "quick", [READ])


def test_documents_of_a_page_become_rows_of_their_own(jobs: Jobs) -> None:
    """In their order, between the pages before and after; their reviews do not mix."""
    job = jobs.add("", "receipt", [NewFile("a", "0" * 64, 3)])
    for number in (1, 2, 3):
        page = jobs.claim("one")
        assert page is not None
        documents = [
            ReadDocument("review", f'{{"{number}": {n}}}', PageReview("receipt", 2, 0.5), n)
            for n in ((1, 2, 3) if number == 2 else (1,))
        ]
        assert jobs.finish(page.id, "one", documents)
    assert jobs.claim("one") is None
    summary = jobs.summary(job, "")
    assert (summary.pages, summary.done, summary.finished) == (5, 5, True)
    found = jobs.finished_pages(job, "", after=0, most=10)
    assert [(page.number, page.result) for page in found] == [
        (1, '{"1": 1}'),
        (2, '{"2": 1}'),
        (2, '{"2": 2}'),
        (2, '{"2": 3}'),
        (3, '{"3": 1}'),
    ]
    reviews = Reviews(jobs._engine, lease_s=1)
    assert reviews.counts(template="receipt").fields == 10
    jobs.remove(job, "")
    assert jobs.contents() == set()


def test_a_page_that_ends_its_readers_is_given_up(jobs: Jobs) -> None:
    jobs.add("", None, [NewFile("a", "0" * 64, 1)])
    worn_out = []
    for worker in "abcd":
        page = jobs.claim(worker)
        assert page is not None
        worn_out.append(page.worn_out)
        time.sleep(1.05)
    assert worn_out == [False, False, False, True]


def test_a_job_is_its_owners_only(jobs: Jobs) -> None:
    job = jobs.add("one", "ticket", [NewFile("a", "0" * 64, 1)])
    assert jobs.summary(job, "one").template == "ticket"
    for ask in (
        lambda: jobs.summary(job, "two"),
        lambda: jobs.finished_pages(job, "two", after=0, most=1),
        lambda: jobs.remove(job, "two"),
    ):
        with pytest.raises(UnknownJob):
            ask()


def test_migrations_make_the_tables_that_the_code_has(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'jobs.db'}")
    open_database(f"sqlite:///{tmp_path / 'jobs.db'}")  # once more changes nothing
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Table.metadata) == []


def test_a_database_that_cannot_be_opened_is_told() -> None:
    with pytest.raises(UsageError, match="cannot be opened") as told:
        open_database("nonsense://someone:secret@nowhere/x")
    assert "secret" not in str(told.value)


def test_equal_files_are_kept_once_and_unused_ones_dropped(tmp_path: Path) -> None:
    files = FolderStore(tmp_path)
    kept, unused = files.keep(b"kept"), files.keep(b"unused")
    assert files.keep(b"kept") == kept
    assert files.load(kept, name="a") == b"kept"
    assert files.drop_all_but({kept}) == 0  # too young
    for path in tmp_path.glob("*/*"):
        os.utime(path, (0, 0))
    assert files.drop_all_but({kept}) == 1
    with pytest.raises(SourceError, match="Send it again"):
        files.load(unused, name="a")
    assert [path.name for path in tmp_path.glob("*/*")] == [kept]


def test_old_jobs_are_purged_with_their_files(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    files = open_files(settings.files_place)
    jobs = Jobs(open_database(settings.database_url), lease_s=1)
    old = jobs.add("", None, [NewFile("old", files.keep(b"old"), 1)])
    fresh = jobs.add("", None, [NewFile("fresh", files.keep(b"fresh"), 1)])
    for path in tmp_path.glob("files/*/*"):
        os.utime(path, (0, 0))
    with sqlite3.connect(tmp_path / "docextract.db") as database:
        database.execute("UPDATE jobs SET created = created - 172800 WHERE id = ?", [old])
    database.close()
    done = CliRunner().invoke(app, ["purge", "--keep", "1", "--data", str(tmp_path)])
    assert done.stdout == (
        "deleted 1 jobs, 1 files, 0 lines to train on and 0 lexicon entries\n"
    ), done.output
    with pytest.raises(UnknownJob):
        jobs.summary(old, "")
    assert jobs.summary(fresh, "").pages == 1
    assert [path.read_bytes() for path in tmp_path.glob("files/*/*")] == [b"fresh"]


def test_a_database_that_goes_is_a_store_error(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'jobs.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE job_pages")
    with pytest.raises(StoreError, match="it failed"):
        Jobs(engine, lease_s=1).claim("one")


def test_a_database_of_a_newer_docextract_is_told(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'jobs.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UsageError, match="newer docextract"):
        open_database(f"sqlite:///{tmp_path / 'jobs.db'}")


def test_old_jobs_go_however_many_they_are(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'jobs.db'}")
    engine.dispose()

    @event.listens_for(engine, "connect")
    def allow_few(connection: sqlite3.Connection, _entry: object) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 30)

    jobs = Jobs(engine, lease_s=1)
    for _ in range(40):
        jobs.add("", None, [NewFile("a", "0" * 64, 2)])
    assert jobs.remove_before(time.time() + 1) == 40
    assert jobs.contents() == set()
    assert jobs.open_pages() == 0


def test_purging_where_nothing_was_kept_makes_nothing(tmp_path: Path) -> None:
    place = tmp_path / "typo"
    done = CliRunner().invoke(app, ["purge", "--keep", "1", "--data", str(place)])
    assert done.exit_code == 2
    assert "holds no jobs" in done.stderr
    assert not place.exists()


def test_a_disk_that_fails_is_a_store_error(tmp_path: Path) -> None:
    files = FolderStore(tmp_path)
    (tmp_path / hashlib.sha256(b"a").hexdigest()[:2]).write_bytes(b"in the way")
    with pytest.raises(StoreError, match="See that it has room"):
        files.keep(b"a")


def test_several_may_purge_at_a_time(tmp_path: Path) -> None:
    files = FolderStore(tmp_path)
    for i in range(300):
        files.keep(str(i).encode())
    for path in tmp_path.glob("*/*"):
        os.utime(path, (0, 0))
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(files.drop_all_but, [set()] * 4)) == 300


class Forgetful(Jobs):
    """Jobs whose database fails when the first result is noted."""

    failed = False

    def finish(self, page: int, worker: str, documents: Sequence[ReadDocument]) -> bool:
        if not self.failed:
            self.failed = True
            raise StoreError("database: it failed")
        return super().finish(page, worker, documents)


def test_a_page_whose_result_could_not_be_noted_is_read_again(
    tmp_path: Path, tickets: list[Path], ticket_template: Path
) -> None:
    engine = Engine({"ticket": ticket_template})
    files = FolderStore(tmp_path / "files")
    jobs = Forgetful(open_database(f"sqlite:///{tmp_path / 'jobs.db'}"), lease_s=1)
    job = jobs.add("", "ticket", [NewFile("a", files.keep(tickets[0].read_bytes()), 1)])
    reader = JobReader(jobs, files, engine, Metrics(), lease_s=1, threads=1)
    reader.start()
    wait_until(lambda: jobs.summary(job, "").finished, within_s=30)
    reader.stop()
    (page,) = jobs.finished_pages(job, "", after=0, most=1)
    assert page.status == "accepted"


def test_jobs_live_in_postgresql_too(postgres_url: str) -> None:
    engine = open_database(postgres_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []
    jobs = Jobs(open_database(postgres_url), lease_s=60)
    jobs.remove_before(time.time() + 1)
    job = jobs.add("one", None, [NewFile("a", "0" * 64, 30)])
    taken = read_all(jobs)
    assert sorted(taken) == [*range(1, 31)]
    assert jobs.summary(job, "one").finished
    assert len(jobs.finished_pages(job, "one", after=20, most=100)) == 10
    assert jobs.contents() == {"0" * 64}
    assert jobs.remove_before(time.time() + 1) == 1
    engine.dispose()
