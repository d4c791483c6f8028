"""Which calibrations a field's readings have: its template's own, else those beside model cards."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from docextract.confidence import FILE_NAME, Calibrations, load_calibrations
from docextract.errors import ModelError, TemplateError, UsageError
from docextract.recognition import load_card, model_names
from docextract.template import Template


def template_calibrations(template: Template) -> Calibrations:
    """The calibrations in a template's own file; raises TemplateError when it is wrong."""
    if template.calibration is None:
        return Calibrations()
    try:
        return Calibrations(load_calibrations(template.calibration))
    except UsageError as err:
        raise TemplateError(str(template.path), [f"calibration: {err}"]) from None


def field_calibrations(
    models: Sequence[str], *, named: str | None = None, own: Calibrations | None = None
) -> Calibrations:
    """The calibrations for readings by these models, the ``own`` ones first.

    ``named`` is the model that a template or caller named, if any, maybe by its card's path.
    Raises ModelError for a calibration file that is wrong.
    """
    cards = {name for name in models if name in model_names()} | ({named} if named else set())
    found = [entry for name in sorted(cards) for entry in _beside_card(name)]
    return Calibrations([*found, *(own or ())])


@lru_cache(maxsize=16)
def _beside_card(model: str) -> Calibrations:
    path: Path = load_card(model).path.with_name(FILE_NAME)
    if not path.exists():
        return Calibrations()
    try:
        return Calibrations(load_calibrations(path))
    except UsageError as err:
        raise ModelError(str(err)) from None
