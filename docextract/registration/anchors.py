"""Anchors: a form's printed words, and the detected lines that they are looked for in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from docextract.types import Quad

_ALIKE = 0.6  # share of an anchor's characters that must be read in order
_MARGIN = 0.13  # of a detected line's height: paper around the text, on all sides

Complex: TypeAlias = NDArray[np.complex128]
Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Printed:
    """Words with a fixed place: their text or a regular expression; the box fits them tightly.

    A glance is enough for ``plain`` ones: the quick recognizer knows their symbols.
    """

    text: str
    pattern: str
    box_u: tuple[float, float, float, float]
    plain: bool = False

    def is_read_in(self, text: str) -> bool:
        """True when a line's text, as recognized, holds these words."""
        if self.pattern:
            return re.search(self.pattern, text) is not None
        return share_found(self.text, text) >= _ALIKE


def share_found(wanted: str, text: str) -> float:
    """The share of the characters of ``wanted`` that ``text`` has in the same order, after NFKC."""
    wanted, text = ("".join(unicodedata.normalize("NFKC", t).split()) for t in (wanted, text))
    blocks = SequenceMatcher(None, wanted, text, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / max(len(wanted), 1)


@dataclass(frozen=True, eq=False)
class AnchoredForm:
    """One layout of a template that is placed by its anchors; sizes in template units."""

    layout: str
    size_u: tuple[float, float]
    anchors: tuple[Printed, ...]

    @cached_property
    def ends_u(self) -> Complex:
        """The middle of the left and of the right edge of each anchor, (A, 2), x + iy."""
        boxes = np.array([anchor.box_u for anchor in self.anchors])
        middle = 1j * (boxes[:, 1] + boxes[:, 3] / 2)
        return np.stack([boxes[:, 0] + middle, boxes[:, 0] + boxes[:, 2] + middle], axis=1)

    @cached_property
    def heights_u(self) -> Floats:
        """The height of each anchor."""
        return np.array([anchor.box_u[3] for anchor in self.anchors])


class Lines(NamedTuple):
    """Detected lines: their two ends (L, 2) and heights (L,) in px."""

    ends_px: Complex
    heights_px: Floats

    @classmethod
    def of(cls, quads_px: Sequence[Quad]) -> Lines:
        """Measure quads whose first edge is their longer one, without the detector's margin."""
        if not quads_px:
            return cls(np.zeros((0, 2), np.complex128), np.zeros(0))
        corners = np.array(quads_px) @ (1, 1j)
        ends = np.stack([corners[:, [0, 3]].mean(axis=1), corners[:, [1, 2]].mean(axis=1)], axis=1)
        heights = np.abs(corners[:, 3] - corners[:, 0])
        along = ends[:, 1] - ends[:, 0]
        inset = along / np.maximum(np.abs(along), 1e-6) * _MARGIN * heights
        inward = np.stack([inset, -inset], axis=1)
        return cls(ends + inward, heights * (1 - 2 * _MARGIN))
