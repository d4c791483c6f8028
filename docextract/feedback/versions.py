"""Promoted files, version by version; the one in use is named by a small file beside them.

A version is a whole: FOLDER/versions/0003/TEMPLATE/calibration.yaml and FIELD.txt. None is changed
once it is made, so going back is naming another one; but entries of lexicons go from all of them
with the documents that they came from (``forgetting``).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from docextract.confidence import load_calibrations, save_calibrations
from docextract.durable import write_durably
from docextract.errors import UnknownName, UsageError
from docextract.feedback.numbered import next_folder, numbered
from docextract.feedback.trials import Trial
from docextract.template import Template

CALIBRATION = "calibration.yaml"


class _InUse(BaseModel):
    """The versions that were in use, the last one is; 0 is without any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    versions: tuple[int, ...] = (0,)


class Versions:
    """The versions of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def current(self) -> int:
        """The version in use; 0 when nothing was promoted, or all of it was rolled back."""
        return self._in_use().versions[-1]

    def files(self) -> Path | None:
        """The folder of the version in use, which has a folder for each template."""
        current = self.current
        return self._version(current) if current else None

    def promote(
        self, proposal: Path, trials: Sequence[Trial], templates: Mapping[str, Template]
    ) -> int:
        """Make a version of what is in use and of the files that passed; gives its number.

        ``trials`` are of the folder ``proposal``. Raises UsageError when none passed, or the folder
        cannot be written; UnknownName for a template that is no more.
        """
        passed = [trial for trial in trials if trial.passed]
        for trial in passed:
            if trial.template not in templates:
                raise UnknownName("template", trial.template, templates)
        if not passed:
            raise UsageError(f"{proposal}: nothing in it passed its trial. Collect corrections")
        try:
            with next_folder(self._all()) as (number, new):
                before = self.files()
                if before is not None:
                    shutil.copytree(before, new, dirs_exist_ok=True)
                for trial in passed:
                    _add(new / trial.template, proposal, trial, templates[trial.template])
        except OSError as error:
            raise UsageError(f"{self._folder}: cannot be written: {error.strerror}") from None
        self._use((*self._in_use().versions, number))
        return number

    def rollback(self) -> int:
        """Use the version that was in use before, and give its number; 0 is none.

        Raises UsageError when there is nothing to go back to.
        """
        *before, _current = self._in_use().versions
        if not before:
            raise UsageError(f"{self._folder}: nothing is promoted there, so nothing to go back to")
        self._use(before)
        return before[-1]

    def _all(self) -> Path:
        return self._folder / "versions"

    def _version(self, number: int) -> Path:
        return numbered(self._all(), number)

    def _in_use(self) -> _InUse:
        path = self._folder / "in-use.json"
        try:
            return _InUse.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return _InUse()
        except (OSError, ValidationError):
            raise UsageError(f"{path}: is not readable. Remove it to use no version") from None

    def _use(self, versions: Sequence[int]) -> None:
        path = self._folder / "in-use.json"
        try:
            write_durably(path, (json.dumps({"versions": list(versions)}) + "\n").encode())
        except OSError as error:
            raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _add(folder: Path, proposal: Path, trial: Trial, template: Template) -> None:
    """Put one trial's file into a version's folder of its template."""
    folder.mkdir(exist_ok=True)
    if trial.kind == "lexicon":
        shutil.copyfile(proposal / trial.file, folder / f"{trial.about}.txt")
        return
    target = folder / CALIBRATION
    if not target.exists() and template.calibration is not None:
        shutil.copyfile(template.calibration, target)
    save_calibrations(target, load_calibrations(proposal / trial.file))
