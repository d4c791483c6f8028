"""What a page that was read brings to the review."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from docextract.fields import type_name
from docextract.result import Result
from docextract.reviewing.kept import Current, Kept
from docextract.reviewing.worth import error_probabilities, page_gain
from docextract.store import FieldState, NewItem, PageReview
from docextract.template import Template

_CHANCE = secrets.SystemRandom()


def page_review(
    result: Result, template: Template, name: str, *, random_look: float = 0.0
) -> PageReview:
    """All fields of a page that a person should see; of another one its expected errors only.

    ``name`` is what the template is asked for by. Of fields that are accepted, each is drawn with
    the probability ``random_look``, below 1, to be looked at all the same: who only sees doubtful
    ones never learns how often sure ones are wrong. A page on which the form was not found has no
    fields to look at.
    """
    errors = error_probabilities(result.readings)
    counts = PageReview(name, len(result.readings), sum(errors.values()))
    waiting = {
        field
        for field, reading in result.readings.items()
        if not result.limits[field].accepts(reading)
    }
    drawn = _drawn(result.readings.keys() - waiting, random_look)
    if result.status == "failed" or not (drawn or result.status == "review"):
        return counts
    gain = page_gain(errors[field] for field in waiting)
    items = tuple(
        NewItem(
            template=name,
            field=field,
            type=type_name(template.fields[field].kind),
            reading=Kept.of(
                result.unruled[field], result.limits[field], result.page_size_u
            ).model_dump_json(),
            now=FieldState(
                state="open" if field in waiting or field in drawn else "settled",
                current=Current.of(reading).model_dump_json(),
                error=errors[field],
                gain=gain,
            ),
            share=1.0 if field in waiting else random_look if field in drawn else 0.0,
        )
        for field, reading in result.readings.items()
    )
    return PageReview(name, counts.fields, counts.expected_errors, items)


def _drawn(fields: Iterable[str], share: float) -> set[str]:
    """Each field with that probability, which nobody can foresee."""
    return {field for field in fields if _CHANCE.random() < share}
