"""Which calibration a field's readings have, and from which confidence they are accepted."""

from __future__ import annotations

from functools import lru_cache

from docextract.confidence import (
    FILE_NAME,
    Calibration,
    Calibrations,
    Limit,
    load_calibrations,
    plain_limit,
    proven_limit,
)
from docextract.errors import ModelError, TemplateError, UsageError
from docextract.fields import ReadsPicture, type_name
from docextract.recognition import load_card
from docextract.template import Field, Template


def field_calibrations(template: Template) -> dict[str, Calibration | None]:
    """Each field's calibration: from the template's own file, else from beside its model's card.

    Raises TemplateError or ModelError for a file that is wrong.
    """
    own = _own(template)
    return {
        name: _of(template.recognizer_of(field), field, own)
        for name, field in template.fields.items()
    }


def field_limits(template: Template) -> dict[str, Limit]:
    """From which confidence each field is accepted, as the template's ``accept`` asks."""
    rate = template.accept.error_rate
    if rate is None:
        return dict.fromkeys(template.fields, plain_limit(template.accept.confidence))
    found = field_calibrations(template)
    return {
        name: _picture_limit(rate) if _is_picture(field) else proven_limit(found[name], rate)
        for name, field in template.fields.items()
    }


@lru_cache(maxsize=8)
def model_calibrations(model: str) -> Calibrations:
    """The calibrations beside a model's card, none without a file; raises ModelError."""
    path = load_card(model).path.with_name(FILE_NAME)
    if not path.exists():
        return Calibrations()
    try:
        return Calibrations(load_calibrations(path))
    except UsageError as err:
        raise ModelError(str(err)) from None


def _own(template: Template) -> Calibrations:
    if template.calibration is None:
        return Calibrations()
    try:
        return Calibrations(load_calibrations(template.calibration))
    except UsageError as err:
        raise TemplateError(str(template.path), [f"calibration: {err}"]) from None


def _of(model: str, field: Field, own: Calibrations) -> Calibration | None:
    if _is_picture(field):
        return None
    shipped = model_calibrations(model)
    name, kind = load_card(model).name, type_name(field.kind)
    return own.get(name, kind) or shipped.get(name, kind)


def _is_picture(field: Field) -> bool:
    return isinstance(field.kind, ReadsPicture)


def _picture_limit(rate: float) -> Limit:
    why = "it is a code that corrects its own errors; no calibration is about it"
    return Limit(1 - rate, 1 - rate, why=why)
