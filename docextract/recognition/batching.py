"""Lines of similar width share a batch, so that little of it is padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

MAX_BATCH_PX = 640  # widths added up; larger batches gain nothing on a CPU and cost memory


def padded_width(width: int, *, min_width: int, multiple: int) -> int:
    """The width in px a line is padded to."""
    return max(min_width, -(-width // multiple) * multiple)


def batches(widths: Sequence[int], *, max_px: int = MAX_BATCH_PX) -> Iterator[NDArray[np.intp]]:
    """Group the indices of lines of equal padded width into batches, wide lines first.

    Wide ones first, so that threads that share the batches end together.
    """
    order = np.argsort(-np.asarray(widths), kind="stable")
    start = 0
    while start < len(order):
        width = widths[order[start]]
        end = start + 1
        while (
            end < len(order) and widths[order[end]] == width and (end - start + 1) * width <= max_px
        ):
            end += 1
        yield order[start:end]
        start = end
