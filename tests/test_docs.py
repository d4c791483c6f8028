"""What README and docs say is so: their code runs, their templates load, their tables are true."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import io
import json
import pkgutil
import re
import runpy
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import jsonschema
import numpy as np
import pytest
import yaml
from typer import Typer
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

import docextract
from docextract.fields import field_types
from docextract.recognition.card import ModelCard
from docextract.service.keys import Scope, add_key
from docextract.service.settings import Settings
from docextract.store import FolderStore, open_database
from docextract.synth.together import laid_together
from docextract.template import load_template, template_schema

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "templates" / "invoice"
PAGES = (ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").glob("*.md")))
TEST_COMMAND = ".venv/bin/pip install -q '.[test]' && .venv/bin/python -m pytest"
# Slow, or about files nobody drew.
NOT_HERE = (
    "doctor",
    "--workers",
    "more.pdf",
    "corpus.txt",
    "held_out.txt",
    "train",
    "quantize",
    "serve",
)


class Block(NamedTuple):
    page: Path
    language: str
    text: str

    @property
    def id(self) -> str:
        return f"{self.page.name}:{self.text.strip().splitlines()[0][:40]}"


def blocks(*languages: str) -> list[Block]:
    fenced = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    found = (Block(p, *match) for p in PAGES for match in fenced.findall(p.read_text("utf-8")))
    return [block for block in found if block.language in languages]


def is_template(block: Block) -> bool:
    return "fields:" in block.text


def place_template(block: Block, folder: Path) -> Path:
    """Write a template where it is to be, with a ruled blank form for each layout."""
    written = yaml.safe_load(block.text)
    for layout in written["layouts"]:
        form = ruled_form(written["page"]["width"], written["page"]["height"])
        cv2.imwrite(str(folder / layout["reference"]), form)
    path = folder / f"{written['name']}.yaml"
    path.write_text(block.text, "utf-8")
    return path


def ruled_form(width: int, height: int) -> np.ndarray:
    """A blank table of three columns and four rows."""
    form = np.full((height, width, 3), 255, np.uint8)
    for x in np.linspace(20, width - 20, 4).astype(int).tolist():
        cv2.line(form, (x, 20), (x, height - 20), (40, 80, 150), 2)
    for y in np.linspace(20, height - 20, 5).astype(int).tolist():
        cv2.line(form, (20, y), (width - 20, y), (40, 80, 150), 2)
    return form


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder as the documentation supposes it."""
    (tmp_path / "scans").mkdir()
    for place in ("scan.jpg", "scans/01-a.jpg"):
        shutil.copy(SAMPLES / "01-a.jpg", tmp_path / place)
    shutil.copy(SAMPLES.parent / "mrz" / "03.jpg", tmp_path / "passport.jpg")
    shutil.copy(SAMPLES.parent / "delivery_note" / "01.jpg", tmp_path / "note.jpg")
    receipts = [cv2.imread(str(SAMPLES.parent / "taxi_receipt" / f"0{n}.jpg")) for n in (1, 3)]
    together, _ = laid_together(receipts, np.random.default_rng(1), columns=2)
    cv2.imwrite(str(tmp_path / "receipts.jpg"), together)
    add_key(tmp_path / "keys.json", "warehouse", [Scope.OCR])
    FolderStore(tmp_path / "docextract-data" / "files")
    open_database(Settings(data=tmp_path / "docextract-data").database_url)
    for block in filter(is_template, blocks("yaml")):
        place_template(block, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def expected_output(code: str) -> list[str]:
    return re.findall(r"# → (.*)$", code, re.MULTILINE)


@pytest.fixture
def own_field_types(monkeypatch: pytest.MonkeyPatch) -> None:
    """A field type that a page defines is gone after the test."""
    field_types.names()
    monkeypatch.setattr(field_types, "_items", dict(field_types))


@pytest.mark.usefixtures("desk", "own_field_types")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_blocks_run_and_print_what_they_say(page: Path) -> None:
    namespace: dict[str, object] = {}
    for block in (b for b in blocks("python") if b.page == page):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block.text, block.id, "exec"), namespace)
        if expected := expected_output(block.text):
            assert printed.getvalue().splitlines() == expected, block.id


@pytest.mark.parametrize("block", [b for b in blocks("yaml") if is_template(b)], ids=lambda b: b.id)
def test_templates_load_and_meet_the_schema(block: Block, tmp_path: Path) -> None:
    path = place_template(block, tmp_path)
    jsonschema.validate(yaml.safe_load(block.text), template_schema())
    assert set(load_template(path).fields) == set(yaml.safe_load(block.text)["fields"])


@pytest.mark.parametrize(
    "block", [b for b in blocks("yaml") if not is_template(b)], ids=lambda b: b.id
)
def test_model_cards_are_valid(block: Block) -> None:
    ModelCard.model_validate(yaml.safe_load(block.text))


def commands() -> Iterator[list[str]]:
    """The arguments of every docextract command of every block."""
    for block in blocks("bash", "console"):
        for part in re.split(r"\n|&&", block.text):
            words = shlex.split(part.removeprefix("$ "), comments=True)
            if words and words[0].rsplit("/", 1)[-1] == "docextract":
                yield words[1 : words.index(">")] if ">" in words else words[1:]


def front() -> Typer:
    from docextract.cli.main import app

    return app


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("arguments", [*commands()], ids=" ".join)
def test_commands_parse(arguments: list[str]) -> None:
    command = get_command(front())
    rest = list(arguments)
    while isinstance(command, TyperGroup):
        command = command.commands[rest.pop(0)]
    command.make_context(arguments[0], rest)


@pytest.mark.parametrize(
    "arguments",
    [words for words in commands() if not set(NOT_HERE) & set(words)],
    ids=" ".join,
)
def test_commands_work(arguments: list[str], desk: Path) -> None:
    (desk / "templates").symlink_to(ROOT / "templates")
    done = CliRunner().invoke(front(), arguments)
    assert done.exit_code == 0, done.output


def test_the_compose_file_and_the_image_start_what_there_is() -> None:
    composed = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    image = (ROOT / "Dockerfile").read_text("utf-8")
    started = json.loads(image[image.rindex("\nCMD ") :].removeprefix("\nCMD "))
    for words in (composed["services"]["service"]["command"], started):
        front_command = get_command(front())
        assert isinstance(front_command, TyperGroup)
        assert words[0] == "docextract"
        front_command.commands[words[1]].make_context(words[1], list(words[2:]))
    user = re.search(r"^USER (\S+)$", image, re.MULTILINE)
    assert user is not None
    assert user.group(1) not in ("0", "root")
    assert "\nHEALTHCHECK " in image


def test_some_commands_are_documented() -> None:
    documented = {words[0] for words in commands()}
    command = get_command(front())
    assert isinstance(command, TyperGroup)
    assert documented == set(command.commands)


def test_json_blocks_are_json() -> None:
    found = [json.loads(block.text) for block in blocks("json")]
    assert found


def test_tables_follow_from_the_code() -> None:
    tables = runpy.run_path(str(ROOT / "docs" / "tables.py"))
    readme = (ROOT / "README.md").read_text("utf-8")
    wanted = {"fields": tables["field_table"](), "errors": tables["error_table"]()}
    assert readme == tables["in_step"](readme, wanted), "Run: python docs/tables.py"


def test_public_names_are_documented() -> None:
    text = "".join(page.read_text("utf-8") for page in PAGES)
    missing = [name for name in docextract.__all__ if not re.search(rf"\b{name}\b", text)]
    assert not missing


def test_links_lead_to_files() -> None:
    for page in PAGES:
        targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))
        assert [t for t in targets if not (page.parent / t).exists()] == []


def test_the_checks_run_the_readme_test_command() -> None:
    checks = ROOT / ".ci" / "run"
    if not checks.exists():
        pytest.skip("the source archive is without .ci")
    assert TEST_COMMAND in (ROOT / "README.md").read_text("utf-8")
    assert TEST_COMMAND in checks.read_text("utf-8")


def test_the_changelog_begins_with_this_version() -> None:
    versions = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert docextract.__version__ == next(v for v in versions if v != "Unreleased")


def modules() -> list[str]:
    found = pkgutil.walk_packages(docextract.__path__, "docextract.")
    return ["docextract", *(m.name for m in found if not m.name.endswith("__main__"))]


@pytest.mark.parametrize("name", modules())
def test_docstring_examples(name: str) -> None:
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE).failed == 0
