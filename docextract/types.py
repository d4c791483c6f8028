"""The nouns of the straight line: Page, Sheet, Crop, Lattice, Candidate, Reading.

All are frozen and check themselves when made. Arrays are not copied; treat them as read-only.
Coordinates are (x, y); ``_px`` is page pixels, ``_u`` template units. A pixel's centre lies
at whole numbers, as in OpenCV.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, time
from decimal import Decimal
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

Image: TypeAlias = NDArray[np.uint8]  # (H, W, 3) BGR
FloatArray: TypeAlias = NDArray[np.float32]
Quad: TypeAlias = NDArray[np.float64]  # (4, 2): top-left, top-right, bottom-right, bottom-left
Homography: TypeAlias = NDArray[np.float64]  # (3, 3), last entry 1
# Several ticked boxes are a tuple of names, a table is a tuple of models, one a row.
Value: TypeAlias = (
    str | int | Decimal | date | time | bool | tuple[str, ...] | tuple[BaseModel, ...]
)
Status: TypeAlias = Literal["accepted", "review", "failed"]
# Whether further recognizers look: where there is doubt (True), always, or never (False).
Vote: TypeAlias = Literal[True, False, "always"]
# What a recognizer of few symbols writes for a character that is none of them.
OTHER = "\ufffd"


def _check(ok: bool, message: str) -> None:
    if not ok:
        raise ValueError(message)


def _check_image(name: str, image: Image) -> None:
    _check(
        image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8 and image.size > 0,
        f"{name}.image must be a non-empty (H, W, 3) uint8 BGR array, "
        f"not {image.dtype} {image.shape}",
    )


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One picture in memory, upright as its EXIF says; ``number`` counts from 1."""

    image: Image
    source: str = "<array>"
    number: int = 1

    def __post_init__(self) -> None:
        _check_image("Page", self.image)
        _check(self.number >= 1, f"Page.number counts from 1, not {self.number}")


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A page placed in template coordinates.

    ``homography`` maps template units to page pixels. ``residual_px`` is the root mean square
    distance between the printed form and where the homography puts it; ``score`` (0 to 1) is
    the share of the form that was found there. ``lines_px`` are the lines of text on the page, in
    its px, if registration looked for any.
    """

    page: Page
    layout: str
    homography: Homography
    residual_px: float
    score: float
    method: str
    lines_px: tuple[Quad, ...] = ()

    def __post_init__(self) -> None:
        _check(
            self.homography.shape == (3, 3) and bool(np.isfinite(self.homography).all()),
            "Sheet.homography must be a finite (3, 3) array",
        )
        _check(self.residual_px >= 0, f"Sheet.residual_px is {self.residual_px}")
        _check(0 <= self.score <= 1, f"Sheet.score is {self.score}")

    def to_page(self, points_u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map (N, 2) template units to (N, 2) page pixels."""
        p = np.c_[points_u, np.ones(len(points_u))] @ self.homography.T
        mapped: NDArray[np.float64] = p[:, :2] / p[:, 2:3]
        return mapped

    def to_units(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map (N, 2) page pixels to (N, 2) template units."""
        p = np.c_[points_px, np.ones(len(points_px))] @ np.linalg.inv(self.homography).T
        mapped: NDArray[np.float64] = p[:, :2] / p[:, 2:3]
        return mapped

    @property
    def turn(self) -> int:
        """By how many degrees the form is turned clockwise in the picture, in [0, 360)."""
        (x0, y0), (x1, y1) = self.to_page(np.array([[0.0, 0.0], [1.0, 0.0]]))
        return round(math.degrees(math.atan2(y1 - y0, x1 - x0))) % 360


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """One field's line image fine enough for its recognizers, and where it lies on the page.

    ``residual_px`` is that of the sheet it is cut from, None for a line from elsewhere.
    ``off_page`` is True for a line on a page that goes on with the document of another one.
    """

    field: str
    image: Image
    quad_px: Quad
    residual_px: float | None = None
    off_page: bool = False

    def __post_init__(self) -> None:
        _check_image("Crop", self.image)
        _check(self.quad_px.shape == (4, 2), "Crop.quad_px must be (4, 2)")


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The symbols of a recognizer's outputs, in order; ``symbols[blank]`` is the CTC blank."""

    symbols: tuple[str, ...]
    blank: int = 0

    def __post_init__(self) -> None:
        _check(
            0 <= self.blank < len(self.symbols),
            f"Alphabet.blank {self.blank} is not an index of {len(self.symbols)} symbols",
        )

    def __len__(self) -> int:
        return len(self.symbols)

    @property
    def other(self) -> int | None:
        """The index of OTHER; None where every character is taken for one of the symbols."""
        return self.symbols.index(OTHER) if OTHER in self.symbols else None


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """A recognizer's per-step log-probabilities (natural log), shape (T, V) float32."""

    logp: FloatArray
    alphabet: Alphabet

    def __post_init__(self) -> None:
        _check(
            self.logp.ndim == 2 and self.logp.shape[1] == len(self.alphabet),
            f"Lattice.logp has shape {self.logp.shape}, "
            f"but its alphabet has {len(self.alphabet)} symbols",
        )

    @property
    def steps(self) -> int:
        """The number of time steps T."""
        return int(self.logp.shape[0])

    def greedy(self) -> str:
        """The best path's text: argmax, repeats merged, blanks dropped (Graves 2006)."""
        best = self.logp.argmax(axis=1)
        keep = np.flatnonzero(np.r_[True, best[1:] != best[:-1]][: len(best)])
        symbols, blank = self.alphabet.symbols, self.alphabet.blank
        return "".join(symbols[best[t]] for t in keep if best[t] != blank)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible text with its total log-evidence, and each scorer's share of it."""

    text: str
    logp: float
    terms: Mapping[str, float] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What was read for one field.

    ``value`` is None when nothing valid was read or the form says "none"; ``failed`` tells the
    two apart: it names the checks that failed and is empty for a reading without doubt.
    ``confidence`` is the probability (0 to 1) that ``value`` is right; ``margin`` the
    log-evidence by which the best candidate leads the next one; ``mass`` the probability (0 to
    1) that the picture gives to all valid texts together: 1 where every text is valid.
    ``models`` are the recognizers that looked; with several, their evidence was added up.
    ``calibrated`` tells whether ``confidence`` was fitted to labelled readings, from the
    ``evidence`` by name, or is the lattice's own probability. ``image`` is the picture itself, BGR,
    for a field that is one. ``rows`` are a table's rows, each the readings of its cells by column;
    the table's confidence is that of its least sure cell.
    """

    field: str
    value: Value | None
    text: str
    confidence: float
    margin: float = math.inf
    mass: float = 1.0
    candidates: Sequence[Candidate] = ()
    failed: tuple[str, ...] = ()
    quad_px: Quad | None = None
    models: tuple[str, ...] = ()
    evidence: Mapping[str, float] = attribute(default_factory=dict)
    calibrated: bool = False
    image: Image | None = None
    rows: tuple[Mapping[str, Reading], ...] = ()

    def __post_init__(self) -> None:
        _check(0 <= self.confidence <= 1, f"Reading.confidence is {self.confidence}")
        _check(0 <= self.mass <= 1, f"Reading.mass is {self.mass}")

    @property
    def ok(self) -> bool:
        """True when no check failed."""
        return not self.failed
