"""``docextract doctor``: whether this installation can work, and how fast."""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import metadata
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import typer

from docextract import __version__
from docextract.cli._console import stdout, table

if TYPE_CHECKING:
    from docextract.types import Image

_CROP_PX = (48, 320)  # height, width
_PAGE_PX = (640, 960)
_LINE_ROUNDS = 15
_PAGE_ROUNDS = 3


class _Finding(NamedTuple):
    """One line of the report; what is not ``needed`` may be missing."""

    about: str
    name: str
    state: str
    ok: bool = True


def doctor() -> None:
    """Check packages, models and templates, and time the recognition of one line.

    Exits with 0 when everything needed works, else with 1.
    """
    findings = [*_packages(), *_models(), *_detectors(), *_templates()]
    listed = table("", "", "")
    listed.show_header = False
    for finding in findings:
        listed.add_row(finding.about, finding.name, finding.state)
    stdout().print(listed)
    sound = all(finding.ok for finding in findings)
    stdout().print("Everything needed works." if sound else "Something needed does not work.")
    raise typer.Exit(0 if sound else 1)


def _packages() -> Iterator[_Finding]:
    yield _Finding("python", platform.python_version(), platform.platform())
    yield _Finding("package", "docextract", __version__)
    try:
        requirements = metadata.requires("docextract") or []
    except metadata.PackageNotFoundError:
        requirements = []
    for requirement in requirements:
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        extra = re.search(r"extra\s*==\s*['\"]([\w-]+)", requirement)
        if extra is None:
            yield _package(name)
        elif extra[1] != "test":
            yield _extra(name, extra[1])


def _package(name: str) -> _Finding:
    version = _version(name)
    if version is None:
        return _Finding("package", name, f"missing. Install it with: pip install {name}", False)
    return _Finding("package", name, version)


def _extra(name: str, extra: str) -> _Finding:
    missing = f"not installed (optional): pip install 'docextract[{extra}]'"
    return _Finding(f"extra {extra}", name, _version(name) or missing)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _models() -> Iterator[_Finding]:
    from docextract.errors import DocextractError, MissingExtra
    from docextract.recognition import load_card, model_names

    for name in model_names():
        try:
            card = load_card(name)
            state = f"{card.licence}, {card.weights()}, {_line_ms(name):.0f} ms a line"
            yield _Finding("model", name, state)
        except MissingExtra as error:
            yield _Finding("model", name, f"not installed (optional): {error}")
        except DocextractError as error:
            yield _Finding("model", name, str(error), False)
    if not model_names():
        yield _Finding("model", "none", "no model is found. Install docextract again", False)


def _detectors() -> Iterator[_Finding]:
    from docextract.errors import DocextractError
    from docextract.recognition import detector_names, load_detector

    for name in detector_names():
        try:
            detector = load_detector(name)
            picture = _noise(_PAGE_PX)
            spent_ms = _median_ms(partial(detector.detect, picture), _PAGE_ROUNDS)
            yield _Finding("detector", name, f"{spent_ms:.0f} ms a page of 960 x 640 px")
        except DocextractError as error:
            yield _Finding("detector", name, str(error), False)


def _line_ms(model: str) -> float:
    """The median time to recognize one line of 48 x 320 px, in ms."""
    from docextract.recognition import load_recognizer

    return _median_ms(partial(load_recognizer(model).recognize, [_noise(_CROP_PX)]), _LINE_ROUNDS)


def _noise(size_px: tuple[int, int]) -> Image:
    import numpy as np

    return np.random.default_rng(0).integers(0, 256, (*size_px, 3), np.uint8)


def _median_ms(run: Callable[[], object], rounds: int) -> float:
    """The median time of a run that has been warmed up, in ms."""
    run()
    times_ms = []
    for _ in range(rounds):
        started = time.perf_counter()
        run()
        times_ms.append(1000 * (time.perf_counter() - started))
    return median(times_ms)


def _templates() -> Iterator[_Finding]:
    from docextract.errors import DocextractError
    from docextract.template import load_template, template_names

    for name in template_names():
        try:
            fields = len(load_template(name).fields)
            yield _Finding("template", name, f"{fields} fields")
        except DocextractError as error:
            yield _Finding("template", name, str(error), False)
    if not template_names():
        yield _Finding("template", "none", "no template is found. Install docextract again", False)
