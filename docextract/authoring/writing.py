"""A proposed template on disk: tried on its own samples first, then put where it is to be."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2

from docextract.authoring.draft import Draft
from docextract.authoring.proposing import Proposal, propose, retyped
from docextract.errors import DocextractError, RegistrationError, TemplateError, UsageError
from docextract.fields import GENERAL_MODEL
from docextract.pipeline import Extractor
from docextract.recognition import Load, load_detector, load_recognizer
from docextract.registration import Form
from docextract.result import Result
from docextract.sight import Sight
from docextract.sources import load_page
from docextract.types import Image, Page

_HARDLY = 0.1  # confidence below which a field's type is as likely wrong
_NAME = re.compile("[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A template that was written, and what it reads on its own samples."""

    path: Path
    reference: Path
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Proposed:
    """A template's YAML and its reference picture, and what it reads on its own samples."""

    text: str
    reference: Image
    results: tuple[Result, ...]


def new_template(
    name: str, samples: Sequence[Path], folder: Path, *, force: bool = False
) -> Written:
    """Write NAME.yaml and NAME.png into ``folder``, proposed from pictures of one form.

    A file's first page is taken. Raises UsageError for a name that no template may have, files
    that are there already (unless ``force``), a folder that cannot be written to, and samples
    that no template can be made of; SourceError for one that cannot be loaded.
    """
    check_target(name, folder, force=force)
    proposed = propose_template(name, [load_page(sample, 1) for sample in samples])
    return put(name, proposed.text, proposed.reference, folder, proposed.results)


def propose_template(name: str, pages: Sequence[Page], *, load: Load | None = None) -> Proposed:
    """A template proposed from pictures of one form, and tried on them; nothing is written.

    ``load`` gives recognizers by name, where they are shared. Raises UsageError for samples that
    no template can be made of.
    """
    load = load or cache(load_recognizer)
    proposal = propose(name, pages, Sight(load_detector(), load(GENERAL_MODEL)))
    with tempfile.TemporaryDirectory() as desk:
        path, results = _tried(proposal, pages, Path(desk), load)
        return Proposed(path.read_text("utf-8"), proposal.reference, results)


def check_target(name: str, folder: Path, *, force: bool) -> None:
    """Raise UsageError where NAME.yaml and NAME.png could or should not be written."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no template's name. Use small letters, digits and _, a letter first"
        )
    there = [folder / f"{name}{ending}" for ending in (".yaml", ".png")]
    for path in there:
        if path.exists() and not force:
            raise UsageError(f"{path}: exists. Choose another name, or overwrite it with --force")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be written to: {error.strerror}. Give another --out"
        ) from None


def put(
    name: str, text: str, reference: Image, folder: Path, results: Sequence[Result] = ()
) -> Written:
    """Write a template into ``folder``, with its reference picture; UsageError if it cannot be."""
    target = folder / f"{name}.yaml"
    picture = target.with_suffix(".png")
    save_reference(picture, reference)
    try:
        target.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror}") from None
    return Written(target, picture, tuple(results))


def save_reference(path: Path, image: Image) -> None:
    """Write a picture as PNG; UsageError when it cannot be."""
    try:
        path.write_bytes(cv2.imencode(".png", image)[1].tobytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def save_draft(draft: Draft, reference: Image, folder: Path) -> Path:
    """Write a draft with its reference picture into ``folder``; returns the YAML file."""
    save_reference(folder / draft.reference, reference)
    path = folder / f"{draft.name}.yaml"
    path.write_text(draft.text(), "utf-8")
    return path


def _tried(
    proposal: Proposal, pages: Sequence[Page], folder: Path, load: Load
) -> tuple[Path, tuple[Result, ...]]:
    """The draft in the first way of placing it that finds the form in all samples."""
    why: DocextractError | None = None
    for draft in _ways(proposal):
        try:
            results = _read(draft, proposal.reference, pages, folder, load)
            if unread := _unread(results, draft):
                results = _read(retyped(draft, unread), proposal.reference, pages, folder, load)
        except (TemplateError, RegistrationError) as error:
            why = error
            continue
        return folder / f"{draft.name}.yaml", results
    raise UsageError(
        f"{pages[0].source}: the form was not found again in its own samples: {_short(why)}. "
        "Give a flat, sharp picture in which ruling lines or printed words stay the same"
    )


def _short(why: DocextractError | None) -> str:
    """The first line of an error, without the file that is gone by now."""
    return "" if why is None else str(why).splitlines()[0].split(": ", 1)[-1].rstrip(".")


def _ways(proposal: Proposal) -> list[Draft]:
    """By ruling lines where there are any, else by words; the other way after it."""
    by_words, by_reference = proposal.draft, replace(proposal.draft, anchors=())
    size = (float(by_words.size[0]), float(by_words.size[1]))
    ruled = Form("a", size, proposal.reference).ruled
    return [by_reference, by_words] if ruled else [by_words, by_reference]


def _read(
    draft: Draft, reference: Image, pages: Sequence[Page], folder: Path, load: Load
) -> tuple[Result, ...]:
    """What a draft reads on the samples; RegistrationError when it is not found in one."""
    extractor = Extractor(save_draft(draft, reference, folder), load=load)
    results = tuple(extractor.read(page.image) for page in pages)
    for result in results:
        if result.failure is not None:
            raise RegistrationError(result.failure.reason)
    return results


def _unread(results: Sequence[Result], draft: Draft) -> list[str]:
    """Fields of a guessed type of which a sample has no value, or one that is hardly likely."""
    readings = {
        field.name: [result.readings[field.name] for result in results] for field in draft.fields
    }
    return [
        field.name
        for field in draft.fields
        if field.type != "text"
        and any(not one.ok or one.confidence < _HARDLY for one in readings[field.name])
    ]
