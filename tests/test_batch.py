"""Batches over worker processes: the same results in the same order, whatever a worker does."""

from __future__ import annotations

import itertools
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from docextract.batch import run_local
from docextract.errors import TemplateError, UnknownName, UsageError
from docextract.result import Result

PAGES = 9


def _told(results: list[Result]) -> list[tuple[object, ...]]:
    return [(r.source, r.page, r.status, r.failure, r.layout, r.values) for r in results]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory, draw_ticket):
    """Good pages, a damaged file and a missing one between them."""
    folder = tmp_path_factory.mktemp("scans")
    for number in range(PAGES):
        draw_ticket(folder / f"{number:02}.png", f"T-{number}")
    (folder / "04-damaged.png").write_bytes(b"no picture at all")
    return [folder / "00.png", folder / "missing.png", folder]


@pytest.fixture(scope="module")
def in_process(ticket_template, inputs):
    return list(run_local(ticket_template, inputs, workers=1))


def test_pages_come_in_order_with_failures_in_their_place(in_process):
    assert [Path(r.source).name for r in in_process] == [
        "00.png",
        "missing.png",
        *(f"{n:02}.png" for n in range(1, 4)),
        "04-damaged.png",
        *(f"{n:02}.png" for n in range(4, PAGES)),
    ]
    codes = [r.values["code"] for r in in_process if r.status != "failed"]
    assert codes == [f"T-{number}" for number in range(PAGES)]


def test_workers_give_the_same_results_in_the_same_order(in_process, ticket_template, inputs):
    spread = list(run_local(ticket_template, inputs, workers=2))
    assert _told(spread) == _told(in_process)
    assert [r.record for r in spread] == [r.record for r in in_process]


def test_a_result_survives_pickling(in_process):
    result = in_process[0]
    copy = pickle.loads(pickle.dumps(result))
    assert copy.record == result.record
    assert copy.readings["code"].value == result.readings["code"].value
    assert copy.draw().shape == result.draw().shape


@pytest.mark.parametrize("workers", [1, 2])
def test_a_wrong_template_is_told_before_the_first_page(tmp_path, workers):
    broken = tmp_path / "broken.yaml"
    broken.write_text("docextract: 1\nname: broken\n", "utf-8")
    with pytest.raises(UnknownName):
        run_local("no_such_template", [tmp_path], workers=workers)
    with pytest.raises(TemplateError):
        run_local(broken, [tmp_path], workers=workers)


def test_no_worker_is_a_usage_error(ticket_template):
    with pytest.raises(UsageError, match="workers is 0"):
        run_local(ticket_template, [], workers=0)


def test_closing_the_stream_ends_the_workers(ticket_template, inputs):
    before = set(psutil.Process().children())
    results = run_local(ticket_template, inputs, workers=2)
    next(results)
    workers = [p for p in set(psutil.Process().children()) - before if _reads(p)]
    results.close()
    assert workers
    assert psutil.wait_procs(workers, timeout=10)[1] == []


def _reads(process: psutil.Process) -> bool:
    return "spawn_main" in " ".join(process.cmdline())


def test_files_are_looked_for_as_they_are_needed(ticket_template, draw_ticket, tmp_path):
    """An endless list of inputs yields its first results: memory cannot depend on its length."""
    page = draw_ticket(tmp_path / "page.png", "T-1")
    asked = itertools.count()

    class Endless(list):
        def __iter__(self):
            for number in asked:
                yield page if number == 0 else tmp_path / f"missing-{number}.png"

    results = run_local(ticket_template, Endless(), workers=2)
    first = list(itertools.islice(results, 5))
    results.close()
    assert [r.status for r in first] == ["accepted", *["failed"] * 4]
    assert next(asked) < 100


# A field type of somebody else's package that ends its process on one picture, as a fault in
# native code does. Worker processes find it as they find any installed plug-in.
TRAP = '''
import os, signal
from docextract.fields import Example, FieldType

class Trap(FieldType):
    """Kills its process when it sees red."""

    value_type = str
    examples = (Example("fine", "fine"),)
    rejects = ("",)

    @property
    def pattern(self):
        return "fine"

    def parse(self, text):
        return text

    def read_image(self, image):
        blue, green, red = image.reshape(-1, 3).mean(axis=0)
        if red > blue + 100:
            os.kill(os.getpid(), signal.SIGKILL)
        return "fine"
'''


@pytest.fixture
def trap_package(tmp_path):
    """A folder with the plug-in, as installed; for PYTHONPATH."""
    site = tmp_path / "site"
    info = site / "trap-1.dist-info"
    info.mkdir(parents=True)
    (site / "trap.py").write_text(TRAP, "utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: trap\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text("[docextract.fields]\ntrap = trap:Trap\n", "utf-8")
    return site


def _with_trap(template: Path, folder: Path) -> Path:
    folder.mkdir()
    (folder / "ticket.png").write_bytes(template.with_name("ticket.png").read_bytes())
    text = template.read_text("utf-8") + "  trap: {type: trap, box: [345, 165, 260, 120]}\n"
    (folder / "ticket.yaml").write_text(text, "utf-8")
    return folder / "ticket.yaml"


def _paint_red(path: Path) -> None:
    import cv2

    picture = cv2.imread(str(path))
    picture[160:290, 340:612] = (0, 0, 255)
    cv2.imwrite(str(path), picture)


def test_a_killed_worker_costs_its_file_and_nothing_else(
    tmp_path, trap_package, ticket_template, draw_ticket
):
    scans = tmp_path / "scans"
    for number in range(6):
        draw_ticket(scans / f"{number}.png", f"T-{number}")
    for number in (1, 4):
        _paint_red(scans / f"{number}.png")
    template = _with_trap(ticket_template, tmp_path / "templates")
    command = [sys.executable, "-m", "docextract", "run", "-t", str(template), str(scans)]
    done = subprocess.run(
        [*command, "--workers", "2"],
        env={**os.environ, "PYTHONPATH": str(trap_package)},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(row["source"]).stem for row in rows] == list("012345"), done.stderr
    assert [row["status"] == "failed" for row in rows] == [n in (1, 4) for n in range(6)]
    assert "killed by SIGKILL" in rows[1]["reason"]
    assert rows[1]["error"] == "SourceError"
    assert [row["values"].get("code") for row in rows if row["status"] != "failed"] == [
        "T-0",
        "T-2",
        "T-3",
        "T-5",
    ]
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


SCRIPT = """
from docextract.batch import run_local
for result in run_local({template!r}, [{page!r}], workers=2):
    pass
"""


def test_a_script_without_a_main_guard_ends_with_the_cure(tmp_path, ticket_template, draw_ticket):
    page = draw_ticket(tmp_path / "page.png", "T-1")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(template=str(ticket_template), page=str(page)), "utf-8")
    done = subprocess.run(
        [sys.executable, script], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "__name__ == '__main__'" in done.stderr.splitlines()[-1]
