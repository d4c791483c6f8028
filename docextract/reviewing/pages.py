"""What a page that was read brings to the review."""

from __future__ import annotations

from docextract.fields import type_name
from docextract.result import Result
from docextract.reviewing.kept import Current, Kept
from docextract.reviewing.worth import error_probabilities, page_gain
from docextract.store import FieldState, NewItem, PageReview
from docextract.template import Template


def page_review(result: Result, template: Template, name: str) -> PageReview:
    """All fields of a page that a person should see; of another one its expected errors only.

    ``name`` is what the template is asked for by. A page on which the form was not found has no
    fields to look at.
    """
    errors = error_probabilities(result.readings)
    counts = PageReview(name, len(result.readings), sum(errors.values()))
    if result.status != "review":
        return counts
    waiting = {
        field
        for field, reading in result.readings.items()
        if not result.limits[field].accepts(reading)
    }
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
                state="open" if field in waiting else "settled",
                current=Current.of(reading).model_dump_json(),
                error=errors[field],
                gain=gain,
            ),
        )
        for field, reading in result.readings.items()
    )
    return PageReview(name, counts.fields, counts.expected_errors, items)
