"""Dockerfile and compose.yaml, looked at without an engine; `.ci/run` lints them as well."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from compose_pydantic import ComposeSpecification
from dockerfile_parse import DockerfileParser
from typer.main import get_command

from docextract.cli.main import app

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = ROOT / "compose.yaml"
_PINNED = re.compile(r"[\w./-]+:\d[\w.]*-[\w.-]+")
_SECRET = re.compile(r"(password|secret|token|api_?key)\w*[ =:]+[^\s$]", re.IGNORECASE)


@pytest.fixture(scope="module")
def stages() -> list[list[tuple[str, str]]]:
    """Each stage's instructions and their values."""
    parser = DockerfileParser(str(ROOT / "Dockerfile"), cache_content=True)
    found: list[list[tuple[str, str]]] = []
    for line in parser.structure:
        if line["instruction"] == "FROM":
            found.append([])
        if line["instruction"] != "COMMENT":
            found[-1].append((line["instruction"], line["value"]))
    return found


@pytest.fixture(scope="module")
def compose() -> ComposeSpecification:
    return ComposeSpecification.model_validate(yaml.safe_load(COMPOSE.read_text("utf-8")))


def values(stage: list[tuple[str, str]], instruction: str) -> list[str]:
    return [value for name, value in stage if name == instruction]


def test_images_are_pinned(stages: list[list[tuple[str, str]]], compose) -> None:
    bases = [values(stage, "FROM")[0].split()[0] for stage in stages]
    images = [service.image for service in compose.services.values() if service.image]
    for image in (*bases, *images):
        assert _PINNED.fullmatch(image), image


def test_the_image_runs_as_a_user_without_rights(stages: list[list[tuple[str, str]]]) -> None:
    (user,) = values(stages[-1], "USER")  # a number: orchestrators can tell that it is not root
    assert int(user) > 0
    assert f"--uid {user}" in values(stages[-1], "RUN")[0]
    instructions = [name for name, _ in stages[-1]]
    assert "RUN" not in instructions[instructions.index("USER") :]


def test_the_image_says_whether_it_is_ready(stages: list[list[tuple[str, str]]]) -> None:
    (check,) = values(stages[-1], "HEALTHCHECK")
    assert "/readyz" in check


def test_no_secret_is_in_the_image(stages: list[list[tuple[str, str]]]) -> None:
    for stage in stages:
        for name, value in stage:
            assert not _SECRET.search(value), (name, value)
    assert values(stages[-1], "COPY") == ["--from=build /opt/docextract /opt/docextract"]
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {".git", "keys.json", "docextract-data"} <= set(ignored)


def test_models_are_in_the_image() -> None:
    """It is installed from the wheel, which has them, and nothing keeps them out of the build."""
    built = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    inside = built["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    for folder in ("models", "templates", "lexicons"):
        assert folder in inside
        assert folder not in ignored


def test_the_command_has_only_options_that_there_are(
    stages: list[list[tuple[str, str]]], compose
) -> None:
    (command,) = values(stages[-1], "CMD")
    options = {
        option
        for parameter in get_command(app).commands["serve"].params  # type: ignore[attr-defined]
        for option in parameter.opts
    }
    for words in (json.loads(command), compose.services["service"].command):
        assert words[:2] == ["docextract", "serve"]
        asked = {word.split("=")[0] for word in words if word.startswith("--")}
        assert asked <= options
        assert {"--keys", "--host", "--data"} <= asked


def test_the_service_of_the_composition_is_shut_in(compose) -> None:
    service = compose.services["service"]
    assert service.read_only is True
    assert service.cap_drop == ["ALL"]
    assert all("no-new-privileges:true" in one.security_opt for one in compose.services.values())
    assert all(str(port).startswith("127.0.0.1:") for port in service.ports)
    written = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]
    assert written["database"]["environment"]["POSTGRES_PASSWORD"].startswith("${")
    assert any(":${POSTGRES_PASSWORD}@" in word for word in written["service"]["command"])


def test_volumes_are_declared_and_the_database_is_waited_for(compose) -> None:
    named = {
        str(volume).split(":")[0]
        for service in compose.services.values()
        for volume in service.volumes
    }
    assert {name for name in named if not name.startswith(".")} == set(compose.volumes)
    assert compose.services["database"].healthcheck is not None
    assert compose.services["service"].depends_on["database"].condition.value == "service_healthy"
