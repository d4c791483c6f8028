"""The wheel as a stranger gets it: installed alone, run from another folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "templates" / "invoice" / "01-a.jpg"
HIGHEST_BYTES = 10_500_000  # half are crnn-typed and the language model, a third drawn samples


def run(command: Sequence[str | Path], folder: Path) -> str:
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(
        command, cwd=folder, env=clean, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def build(kind: str, folder: Path) -> Path:
    run(
        [sys.executable, "-m", "build", kind, "--no-isolation", "--outdir", folder, ROOT],
        folder.parent,
    )
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("--wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of an environment with the wheel; its dependencies are this environment's."""
    home = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    places = {"base": str(home), "platbase": str(home)}
    site = Path(sysconfig.get_path("purelib", "venv", places))
    installed = [sys.executable, "-m", "pip", "--python", home, "install", "--quiet"]
    run([*installed, "--no-deps", "--no-index", wheel], home)
    # A path in a .pth file comes after the environment's own packages, so the wheel wins; editable
    # installs, which hook in by .pth files of their own, are not followed.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return Path(sysconfig.get_path("scripts", "venv", places))


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_wheel_holds_the_package_its_data_and_nothing_else(wheel: Path) -> None:
    held = names(wheel)
    tops = {name.split("/")[0] for name in held}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"docextract"}
    data = {name for name in held if name.startswith("docextract/data/")}
    sources = {
        f"docextract/data/{path.relative_to(ROOT).as_posix()}"
        for kind in ("templates", "lexicons", "models")
        for path in (ROOT / kind).rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    assert {name for name in data if not name.rsplit("/", 1)[1].startswith(".")} == sources
    assert "docextract/py.typed" in held
    assert not [name for name in held if "test" in name.lower()]


def test_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size < HIGHEST_BYTES


def test_sdist_builds_a_wheel_of_the_same_files(wheel: Path, tmp_path: Path) -> None:
    sdist = build("--sdist", tmp_path / "sdist")
    again = tmp_path / "again"
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    run([*command, "--no-build-isolation", "--wheel-dir", again, sdist], tmp_path)
    (rebuilt,) = again.iterdir()
    assert sorted(names(rebuilt)) == sorted(names(wheel))


def test_installed_data_are_found_from_another_folder(scripts: Path, tmp_path: Path) -> None:
    code = (
        "import docextract, docextract.resources as r\n"
        "print(docextract.__file__)\n"
        "for kind in ('templates', 'lexicons', 'models'): print(r.resource_dir(kind))"
    )
    package, *folders = run([scripts / "python", "-c", code], tmp_path).split("\n")[:4]
    home = Path(package).parent
    assert scripts.parent in home.parents
    assert [Path(folder) for folder in folders] == [
        home / "data" / kind for kind in ("templates", "lexicons", "models")
    ]
    assert all(Path(folder).is_dir() for folder in folders)


def test_installed_command_lists_templates(scripts: Path, tmp_path: Path) -> None:
    assert "invoice" in run([scripts / "docextract", "template", "list"], tmp_path)


def test_installed_package_reads_a_sample(scripts: Path, tmp_path: Path) -> None:
    code = (
        "import sys, json\n"
        "from docextract import Extractor\n"
        "values = Extractor('invoice').read(sys.argv[1]).values\n"
        "print(json.dumps({name: str(value) for name, value in values.items()}))"
    )
    values = json.loads(run([scripts / "python", "-c", code, SAMPLE], tmp_path))
    labels = json.loads((ROOT / "templates/invoice/labels.json").read_text("utf-8"))
    wanted = labels["pages"][SAMPLE.name]
    assert {name: values[name] for name in wanted} == wanted
