"""The pages about authoring are so: the tutorial runs, and what is generated is up to date."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from docextract.cli.main import app
from docextract.fields import type_name
from docextract.synth._fonts import fonts_installed
from docextract.template import load_template, template_names

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(line: str) -> str:
    words = shlex.split(line)
    if words[0] == "docextract":
        done = CliRunner().invoke(app, words[1:])
        assert done.exit_code == 0, f"{line}\n{done.output}"
        return done.output
    command = [sys.executable if words[0] == "python" else words[0], *words[1:]]
    subprocess.run(command, check=True, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"})
    return ""


@pytest.mark.skipif(not fonts_installed(), reason="typefaces are not installed")
def test_the_tutorial_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = FENCED.findall((DOCS / "authoring.md").read_text("utf-8"))
    printed = ""
    for language, text in blocks:
        if language == "sh":
            printed = "".join(run(line) for line in text.splitlines())
        elif "fields:" in text:
            assert text.strip() in printed
    assert (tmp_path / "look.png").is_file()


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What docs/*.py define, run with their folder on the path as ``python docs/X.py`` has it."""
    monkeypatch.syspath_prepend(str(DOCS))
    names = ("template_reference", "gallery")
    return SimpleNamespace(**{name: runpy.run_path(str(DOCS / f"{name}.py")) for name in names})


def test_the_reference_follows_from_the_models(scripts: SimpleNamespace) -> None:
    made = scripts.template_reference["page"]()
    written = (DOCS / "template.md").read_text("utf-8")
    assert written == made, "Run: python docs/template_reference.py"


def test_the_gallery_shows_every_template_and_what_its_sample_says(
    scripts: SimpleNamespace,
) -> None:
    written = (DOCS / "gallery.md").read_text("utf-8")
    shown = dict(scripts.gallery["samples"]())
    parts = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", written, re.MULTILINE | re.DOTALL))
    assert parts.keys() == shown.keys() == set(template_names())
    for name, picture in shown.items():
        assert (DOCS / "gallery" / f"{name}.jpg").is_file()
        labels = json.loads((picture.parent / "labels.json").read_text("utf-8"))["pages"]
        for field, label in labels[picture.name].items():
            kind = type_name(load_template(name).fields[field].kind)
            said = f"{len(json.loads(label))} rows" if kind == "table" else label or "nothing"
            assert f"| `{field}` | `{said}` |" in parts[name], "python docs/gallery.py"
