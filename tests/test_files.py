"""Files of jobs wherever they are kept: in a folder, in memory, and in an object store."""

from __future__ import annotations

import hashlib
import os
import resource
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import boto3
import fsspec
import pytest
from moto.server import ThreadedMotoServer
from service_client import http, serving_app
from typer.testing import CliRunner

import docextract.store.folder
import docextract.store.remote
from docextract.cli.main import app
from docextract.errors import SourceError, UnknownName, UsageError
from docextract.service.app import create_app
from docextract.service.settings import Settings
from docextract.store import FileStore, StoreError, open_files

UNKNOWN = hashlib.sha256(b"never kept").hexdigest()


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreadedMotoServer]:
    """A server that speaks S3, which clients find as they find any other."""
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}")
        patched.setenv("AWS_ACCESS_KEY_ID", "someone")
        patched.setenv("AWS_SECRET_ACCESS_KEY", "something")
        patched.setenv("AWS_DEFAULT_REGION", "us-east-1")
        boto3.client("s3").create_bucket(Bucket="papers")
        yield server
    server.stop()


@pytest.fixture(params=["folder", "file", "memory", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new place of each kind."""
    if request.param == "s3":
        request.getfixturevalue("s3")
    return {
        "folder": str(tmp_path / "kept"),
        "file": (tmp_path / "k e p t").as_uri(),
        "memory": f"memory://{tmp_path.name}/kept",
        "s3": f"s3://papers/{tmp_path.name}",
    }[request.param]


def old_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept just now counts as kept long ago; S3 tells times in whole seconds."""
    for module in (docextract.store.folder, docextract.store.remote):
        monkeypatch.setattr(module, "YOUNGEST_S", -2.0)


def opened(place: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """fsspec's own look at a place; of its versions some take %20 for a blank, some do not."""
    if place.startswith("file:"):
        place = url2pathname(urlsplit(place).path)
    return fsspec.url_to_fs(place, use_listings_cache=False)


def names(place: str) -> set[str]:
    fs, root = opened(place)
    return {path.rsplit("/", 1)[-1] for path in fs.find(root)}


def test_files_are_kept_once_loaded_and_dropped(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = open_files(place)
    kept, unused = files.keep(b"kept"), files.keep(b"unused" * 100_000)
    assert kept == hashlib.sha256(b"kept").hexdigest()
    assert files.keep(b"kept") == kept
    assert open_files(place).load(unused, name="a") == b"unused" * 100_000
    assert names(place) == {kept, unused}  # no trial of the start is left either
    assert files.drop_all_but({kept}) == 0  # too young
    old_at_once(monkeypatch)
    assert files.drop_all_but({kept}) == 1
    assert files.load(kept, name="a") == b"kept"
    for gone in (unused, UNKNOWN):
        with pytest.raises(SourceError, match=r"mine.png: .*Send it again"):
            files.load(gone, name="mine.png")


def test_what_is_not_the_stores_own_is_left_alone(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = open_files(place)
    fs, root = opened(place)
    fs.makedirs(f"{root}/ab", exist_ok=True)
    for name in ("holiday.jpg", "ab/holiday.jpg", "ab/" + "0" * 63):
        fs.pipe_file(f"{root}/{name}", b"mine")
    old_at_once(monkeypatch)
    assert files.drop_all_but(set()) == 0
    assert names(place) == {"holiday.jpg", "0" * 63}


def test_a_file_kept_again_is_young_again(tmp_path: Path, s3: ThreadedMotoServer) -> None:
    folder, bucket = open_files(str(tmp_path)), open_files(f"s3://papers/{tmp_path.name}")
    for files in (folder, bucket):
        files.keep(b"a")
    (path,) = tmp_path.glob("*/*")
    os.utime(path, (0, 0))
    folder.keep(b"a")
    assert folder.drop_all_but(set()) == 0
    assert time.time() - path.stat().st_mtime < 60
    fs = fsspec.filesystem("s3")
    key = f"papers/{tmp_path.name}/{path.name}"
    before = fs.modified(key, refresh=True)
    time.sleep(1.1)
    bucket.keep(b"a")
    assert fs.modified(key, refresh=True) > before


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    files = open_files(str(tmp_path))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        with pytest.raises(StoreError, match="See that it has room"):
            files.keep(b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert names(str(tmp_path)) == set()
    assert files.load(files.keep(b"x" * 5000), name="a") == b"x" * 5000


def test_a_server_that_goes_is_a_store_error() -> None:
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}")
        patched.setenv("AWS_ACCESS_KEY_ID", "someone")
        patched.setenv("AWS_SECRET_ACCESS_KEY", "something")
        patched.setenv("AWS_MAX_ATTEMPTS", "1")
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="short")
        fsspec.filesystem("s3").clear_instance_cache()
        files = open_files("s3://short/lived")
        kept = files.keep(b"a")
        server.stop()
        for failing in (
            lambda: files.keep(b"b"),
            lambda: files.load(kept, name="a"),
            lambda: files.drop_all_but(set()),
        ):
            with pytest.raises(StoreError, match=r"s3://short/lived failed \(.*can be reached"):
                failing()
    fsspec.filesystem("s3").clear_instance_cache()


@pytest.mark.parametrize(
    ("place", "kind", "says"),
    [
        ("s4://papers", UnknownName, "unknown file system 's4'. Did you mean 's3'"),
        ("hdfs-x://me:secret@host/papers", UnknownName, "unknown file system 'hdfs-x'"),
        ("dropbox://papers", UsageError, "pip install it"),
        ("file://papers/here", UsageError, "Write a folder as file:///FOLDER"),
        ("ftp://me:secret@127.0.0.1:1/papers", UsageError, "127.0.0.1:1/papers: cannot keep"),
    ],
)
def test_a_place_that_cannot_be_is_told(place: str, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind) as told:
        open_files(place)
    assert says in str(told.value)
    assert "secret" not in str(told.value)


def test_a_file_in_the_way_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match="cannot keep files"):
        open_files(str(tmp_path / "file"))


def test_jobs_are_read_and_purged_in_an_object_store(
    s3: ThreadedMotoServer,
    tmp_path: Path,
    draw_ticket,
    ticket_template: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = f"s3://papers/{tmp_path.name}/jobs"
    settings = Settings(data=tmp_path / "data", files=place, templates=ticket_template.parent)
    picture = draw_ticket(tmp_path / "a.png", "TICKET-01")
    with serving_app(create_app(settings)) as url:
        sent = http.post(
            f"{url}/jobs", params={"template": "ticket"}, files={"file": picture.read_bytes()}
        )
        job = sent.json()["id"]
        until = time.monotonic() + 60
        while not (pages := http.get(f"{url}/jobs/{job}/pages").json()):
            assert time.monotonic() < until
            time.sleep(0.05)
        assert pages[0]["status"] == "accepted"
    assert names(place) == {hashlib.sha256(picture.read_bytes()).hexdigest()}
    assert not (tmp_path / "data" / "files").exists()
    with sqlite3.connect(settings.data / "docextract.db") as database:
        database.execute("UPDATE jobs SET created = created - 172800")
    database.close()
    old_at_once(monkeypatch)
    common = ["purge", "--keep", "1", "--data", str(settings.data)]
    wrong = CliRunner().invoke(app, common)
    assert wrong.exit_code == 2
    assert "or its --files" in wrong.stderr
    done = CliRunner().invoke(app, [*common, "--files", place])
    assert done.stdout.startswith("deleted 1 jobs, 1 files,"), done.output
    assert names(place) == set()


def test_without_its_database_nothing_is_purged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: FileStore = open_files(str(tmp_path / "files"))
    files.keep(b"of a job in a database that was not named")
    old_at_once(monkeypatch)
    done = CliRunner().invoke(app, ["purge", "--keep", "1", "--data", str(tmp_path)])
    assert done.exit_code == 2
    assert "its --database if it has one" in done.stderr
    assert len(names(str(tmp_path / "files"))) == 1
    assert not (tmp_path / "docextract.db").exists()
