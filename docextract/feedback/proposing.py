"""Corrections to proposals, each tried on documents that it was not made of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from docextract.confidence import save_calibrations
from docextract.errors import UsageError
from docextract.feedback.calibrations import NewCalibration, new_calibrations
from docextract.feedback.corrected import Corrected
from docextract.feedback.lexicons import LongerLexicon, longer_lexicons
from docextract.feedback.numbered import next_folder, numbered, numbers
from docextract.feedback.reading import read_right
from docextract.feedback.report import markdown
from docextract.feedback.training_lines import save_lines
from docextract.feedback.trials import Trial, compare_losses, compare_right
from docextract.store import FileStore
from docextract.template import Template

_TRIALS = "trials.json"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A folder with a report, files to promote, how they did, and lines to train on."""

    folder: Path
    trials: tuple[Trial, ...]


class Proposals:
    """The proposals in a folder, FOLDER/proposals/0001 and so on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "proposals"

    def load(self, number: int | None) -> Proposal:
        """A proposal that was made before, the last one for None.

        Raises UsageError when there is none, or not that one.
        """
        known = numbers(self._folder)
        asked = max(known, default=1) if number is None else number
        folder = numbered(self._folder, asked)
        try:
            rows = json.loads((folder / _TRIALS).read_text("utf-8"))
            return Proposal(folder, tuple(Trial.model_validate(row) for row in rows))
        except (OSError, ValueError):
            there = ", ".join(map(str, known)) or "none"
            raise UsageError(
                f"{folder}: is no proposal; there is {there}. "
                "Make one with docextract feedback propose"
            ) from None

    def propose(
        self, fields: Sequence[Corrected], templates: Mapping[str, Template], files: FileStore
    ) -> Proposal:
        """Make proposals of corrections, and try each on the held-out documents.

        ``templates`` are as in use now, by the names that they are asked for by. A calibration is
        better when the mean log loss falls, a lexicon when more fields of its template are read
        right; both have to be significant. Writes all to a new folder, and raises UsageError when
        it cannot be written.
        """
        try:
            with next_folder(self._folder) as (number, new):
                trials = _proposed(fields, templates, files, new)
        except OSError as error:
            raise UsageError(f"{self._folder}: cannot be written: {error.strerror}") from None
        return Proposal(numbered(self._folder, number), tuple(trials))


def _proposed(
    fields: Sequence[Corrected],
    templates: Mapping[str, Template],
    files: FileStore,
    folder: Path,
) -> list[Trial]:
    """Fill a folder with all that a proposal has."""
    trials: list[Trial] = []
    for name in sorted({one.template for one in fields}):
        mine = [one for one in fields if one.template == name]
        trials += _calibrations(name, mine, folder)
        trials += _lexicons(name, templates[name], mine, files, folder)
    lines = save_lines(fields, files, folder / "lines")
    _write(folder / _TRIALS, json.dumps([trial.model_dump() for trial in trials], indent=1))
    _write(folder / "report.md", markdown(fields, trials, lines))
    return trials


def _calibrations(name: str, fields: Sequence[Corrected], folder: Path) -> Iterator[Trial]:
    for number, new in enumerate(new_calibrations(fields)):
        file = f"{name}-calibration-{number}.yaml"
        save_calibrations(folder / file, [new.calibration])
        yield _tried_calibration(name, file, new)


def _tried_calibration(name: str, file: str, new: NewCalibration) -> Trial:
    verdict, n = compare_losses(new.losses), len(new.losses)
    total = sum(loss.weight for loss in new.losses) or 1.0
    if verdict.passed and not new.accepts_any:
        why = f"it would accept nothing: {new.asked:.4g} is asked for. Collect more corrections"
        verdict = verdict._replace(passed=False, why=why)
    return Trial(
        kind="calibration",
        template=name,
        about=f"{new.calibration.type} by {new.calibration.model}",
        file=file,
        n=n,
        documents=len({loss.document for loss in new.losses}),
        before=sum(loss.weight * loss.before for loss in new.losses) / total,
        after=sum(loss.weight * loss.after for loss in new.losses) / total,
        **verdict._asdict(),
    )


def _lexicons(
    name: str,
    template: Template,
    fields: Sequence[Corrected],
    files: FileStore,
    folder: Path,
) -> Iterator[Trial]:
    made_of = [one for one in fields if not one.held_out]
    held_out = [one for one in fields if one.held_out]
    for lexicon in longer_lexicons(name, template, made_of):
        file = f"{name}-{lexicon.field}.txt"
        _write(folder / file, lexicon.text())
        yield _tried_lexicon(lexicon, template, held_out, files, folder / file)


def _tried_lexicon(
    lexicon: LongerLexicon,
    template: Template,
    held_out: Sequence[Corrected],
    files: FileStore,
    path: Path,
) -> Trial:
    """Read held-out pages both ways; all their corrected fields count, not only the lexicon's."""
    field = template.fields[lexicon.field].model_copy(update={"lexicon": str(path.resolve())})
    changed = template.model_copy(update={"fields": {**template.fields, field.name: field}})
    before, after = read_right(template, held_out, files), read_right(changed, held_out, files)
    n = len(before)
    return Trial(
        kind="lexicon",
        template=lexicon.template,
        about=lexicon.field,
        file=path.name,
        n=n,
        documents=len({one.document for one in held_out}),
        before=sum(before) / max(n, 1),
        after=sum(after) / max(n, 1),
        **compare_right(before, after)._asdict(),
    )


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
