"""What a look at a field is worth: the errors that it removes, on average.

The aim is that of all values delivered, at most a given share is wrong, after the fewest looks.
A person is taken to be right, so a look removes the probability that the value was wrong, and all
looks cost the same. Then the greatest probabilities first is the best order there is: of n looks,
those n remove the most. Looks at one page come together, since a page has to be found one's way
in, which costs ``_PAGE_COSTS`` of a look, and since a record is finished only when all its fields
are. So a new page is worth the best rate that it can give: over its m likeliest errors, their sum
by m looks and the cost of beginning (the ratio rule of Smith 1956 for jobs with a set-up). A page
that is begun has no such cost any more, and is left when another's rate is higher.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from docextract.types import Reading

_PAGE_COSTS = 0.5  # looks
_RULE = "rule:"


def error_probabilities(readings: Mapping[str, Reading]) -> dict[str, float]:
    """The probability that each field's value is wrong.

    It is what the confidence leaves; a field without a value where it should have one is wrong.
    A rule that is violated says that at least one of its fields is wrong: given that, p becomes
    p / (1 - (1 - p1)(1 - p2)...), taken as independent.
    """
    errors = {name: 1 - reading.confidence for name, reading in readings.items()}
    groups: dict[str, list[str]] = {}
    for name, reading in readings.items():
        for check in reading.failed:
            if check.startswith(_RULE):
                groups.setdefault(check, []).append(name)
    judged = dict(errors)
    for names in groups.values():
        any_wrong = -math.expm1(sum(math.log1p(-min(errors[name], 1 - 1e-12)) for name in names))
        for name in names:
            judged[name] = max(judged[name], min(1.0, errors[name] / max(any_wrong, 1e-12)))
    return judged


def page_gain(errors: Iterable[float]) -> float:
    """The errors removed per look at a page that is not begun, at best; 0 without open fields."""
    removed = accumulate(sorted(errors, reverse=True))
    return max((total / (m + _PAGE_COSTS) for m, total in enumerate(removed, start=1)), default=0.0)


def looks_left(open_errors: Sequence[float], expected_errors: float, allowed: float) -> int | None:
    """How many looks bring the expected errors down to what is allowed, greatest error first.

    None where looking at all open items does not.
    """
    left = expected_errors
    for looks, error in enumerate([0.0, *open_errors]):
        left -= error
        if left <= allowed:
            return looks
    return None
